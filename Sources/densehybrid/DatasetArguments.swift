internal import ArgumentParser
internal import Evaluation

/// A labelled set: its folder, or options for its parts.
struct DatasetArguments: ParsableArguments {
    @Argument(help: "Folder in a known layout.")
    var dataset: String?

    @OptionGroup var options: DatasetOptions

    /// What the set is called in reports.
    var name: String { dataset ?? options.images ?? "" }

    /// Looks into the folders. Prints the layouts and ends for `--layout help`.
    func survey(readsPictures: Bool) throws -> DatasetSurvey {
        try options.survey(dataset, readsPictures: readsPictures)
    }
}

/// Options that say how a labelled set lies and what its labels mean.
struct DatasetOptions: ParsableArguments {
    @Option(help: "Layout of DATASET, if it is not to be recognised, or of the folders; 'help' lists them.")
    var layout: String?

    @Option(help: "Folder of pictures, in place of DATASET.")
    var images: String?

    @Option(help: "Folder of label pictures.")
    var labels: String?

    @Option(name: .customLong("label-suffix"), help: "What a label picture's name has in place of the ending (.png).")
    var labelSuffix: String?

    @Option(name: .customLong("anomaly-values"), help: "Label values of anomalies, comma-separated (1).")
    var anomalyValues: String?

    @Option(name: .customLong("void-values"), help: "Label values that take no part, comma-separated (255).")
    var voidValues: String?

    /// Looks into the folders. Prints the layouts and ends for `--layout help`.
    func survey(_ dataset: String?, readsPictures: Bool = true) throws -> DatasetSurvey {
        if layout == "help" {
            print(DatasetLayout.helpText)
            throw ExitStatus(code: 0)
        }
        let named: DatasetLayout? =
            if let layout { try usage { try DatasetLayout(named: layout) } } else { nil }
        if let dataset {
            guard images == nil, labels == nil else {
                throw ValidationError("name either DATASET or --images and --labels")
            }
            guard labelSuffix == nil, anomalyValues == nil, voidValues == nil else {
                throw ValidationError(
                    "a layout has its own label values and names: give --images and --labels with them")
            }
            return try DatasetSurvey(folder: dataset, layout: named, readsPictures: readsPictures)
        }
        guard let images, let labels else { throw ValidationError("name a DATASET, or --images and --labels") }
        return try DatasetSurvey(
            images: images, labels: labels, layout: try named ?? custom(), readsPictures: readsPictures)
    }

    private func custom() throws -> DatasetLayout {
        let roles = try usage {
            try LabelRoles(
                anomaly: try LabelRoles.values(anomalyValues ?? "1"), void: try LabelRoles.values(voidValues ?? "255"))
        }
        return DatasetLayout(
            name: "custom", images: "", labels: "", labelSuffix: labelSuffix ?? ".png", roles: roles)
    }

    private func usage<Value>(_ parse: () throws -> Value) throws -> Value {
        do { return try parse() } catch { throw ValidationError("\(error)") }
    }
}
