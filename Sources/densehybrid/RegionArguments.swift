internal import ArgumentParser
internal import OpenSet
internal import Perception

/// Options of the connected regions of the unknown.
struct RegionArguments: ParsableArguments {
    @Option(
        name: .customLong("region-min-area"),
        help: """
            Least area in pixels of the regions in --meta (default 500, as SegmentMeIfYouCan takes components on \
            AnomalyTrack; 50 is ObstacleTrack's).
            """)
    var minimumArea: Int?

    @Option(
        name: .customLong("max-regions"),
        help: "Most regions that a line of --meta lists, the largest first (default 32); region_count counts all.")
    var limit: Int?

    /// What the options and the pipeline file say together.
    func apply(to settings: inout PerceptionSettings, _ file: PipelineFile) throws {
        if let area = minimumArea ?? file.regionMinimumArea {
            guard area >= 1 else { throw ValidationError("--region-min-area takes pixels from 1, not \(area)") }
            settings.regions.minimumArea = area
        }
        if let most = limit ?? file.maximumRegions {
            guard 0...1000 ~= most else { throw ValidationError("--max-regions takes 0 to 1000, not \(most)") }
            settings.regions.limit = most
        }
        settings.camera = try file.camera?.groundCamera()
    }
}
