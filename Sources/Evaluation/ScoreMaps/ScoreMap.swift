internal import Foundation

/// A map of scores, one a pixel, row by row.
public struct ScoreMap: Sendable, Equatable {
    /// Pixels in a row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// `width * height` scores.
    public let values: [Float]

    /// Takes `values`, which must be `width * height`.
    public init(width: Int, height: Int, values: [Float]) {
        precondition(values.count == width * height, "a map needs width * height values")
        self.width = width
        self.height = height
        self.values = values
    }

    /// ISSU's name of the scores in an archive.
    static let npzScores = "anomaly_scores"

    /// Longest side that is read or written.
    static let longestSide = 16384

    /// Reads `.npy`, `.npz` with an array `anomaly_scores` (ISSU), or `.hdf5`/`.h5` with a dataset `value`. Blocks; one thread at a time for HDF5.
    public init(contentsOf path: String) throws(EvaluationError) {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "npy": self = try NpyMap.read(path)
        case "npz": self = try NpzArchive(path).map(Self.npzScores, allowsIntegers: false)
        case "hdf5", "h5": self = try HDF5Map.read(path)
        default: throw .scores("\(path) is no score map that is read here: want .npy, .npz or .hdf5")
        }
    }

    /// The same map at another size: bilinear between pixel centres, as OpenCV's INTER_LINEAR, which
    /// SegmentMeIfYouCan uses for maps that are narrower than their pictures. Allocates the map.
    public func resized(width wide: Int, height high: Int) -> ScoreMap {
        if wide == width && high == height { return self }
        func places(_ count: Int, _ from: Int) -> [(low: Int, high: Int, share: Float)] {
            (0..<count).map { index in
                let place = (Double(index) + 0.5) * Double(from) / Double(count) - 0.5
                let low = place.rounded(.down)
                let clamp = { (value: Int) in min(max(value, 0), from - 1) }
                return (clamp(Int(low)), clamp(Int(low) + 1), Float(place - low))
            }
        }
        let columns = places(wide, width), rows = places(high, height)
        var result = [Float]()
        result.reserveCapacity(wide * high)
        for row in rows {
            for column in columns {
                let top = values[row.low * width + column.low], above = values[row.low * width + column.high]
                let bottom = values[row.high * width + column.low], below = values[row.high * width + column.high]
                let first = top + (above - top) * column.share, second = bottom + (below - bottom) * column.share
                result.append(first + (second - first) * row.share)
            }
        }
        return ScoreMap(width: wide, height: high, values: result)
    }
}

/// Finds the map of a picture in a folder of maps.
public struct ScoreFolder: Sendable {
    private let folder: String

    /// A folder of `X.npy`, `X_anomaly.npy` (Fishyscapes), `X.npz` (ISSU) or `X.hdf5` (SegmentMeIfYouCan); of sets with towns below a
    /// folder for each town, too.
    public init(_ folder: String) { self.folder = folder }

    /// Path of a picture's map.
    public func path(name: String, fold: String) throws(EvaluationError) -> String {
        let endings = [".npy", "_anomaly.npy", ".npz", ".hdf5", ".h5"]
        if let path = found(name, fold, endings) { return path }
        throw .scores("\(folder) has no map for \(name): want \(endings.map { name + $0 }.joined(separator: ", "))")
    }

    /// Whether there are classes for a picture.
    public func hasClasses(name: String, fold: String) -> Bool {
        if found(name, fold, ["_segmentation.npy"]) != nil { return true }
        guard let path = found(name, fold, [".npz"]), let archive = try? NpzArchive(path) else { return false }
        return archive.has(Self.npzClasses)
    }

    /// ISSU's name of the classes in an archive.
    private static let npzClasses = "pred_id_labels"

    private func classMap(_ name: String, _ fold: String) throws(EvaluationError) -> (path: String, map: ScoreMap)? {
        if let path = found(name, fold, ["_segmentation.npy"]) { return (path, try ScoreMap(contentsOf: path)) }
        guard let path = found(name, fold, [".npz"]) else { return nil }
        let archive = try NpzArchive(path)
        guard archive.has(Self.npzClasses) else { return nil }
        return (path, try archive.map(Self.npzClasses, allowsIntegers: true))
    }

    /// The network's classes of a picture, `X_segmentation.npy` (Fishyscapes) or `pred_id_labels` of `X.npz` (ISSU); nil
    /// where there is no such file. Classes must have the labels' size and be below `count`.
    public func classes(
        name: String, fold: String, width: Int, height: Int, below count: Int
    ) throws(EvaluationError) -> [UInt8]? {
        guard let (path, map) = try classMap(name, fold) else { return nil }
        guard map.width == width, map.height == height else {
            throw .scores(
                "\(path) is \(map.width)x\(map.height): classes must have the labels' size, \(width)x\(height)")
        }
        var classes: [UInt8] = []
        classes.reserveCapacity(map.values.count)
        for value in map.values {
            guard let one = UInt8(exactly: value), one < count else {
                throw .scores(
                    "\(path) has the class \(value): this set's labels want a network's classes, 0 to \(count - 1)")
            }
            classes.append(one)
        }
        return classes
    }

    private func found(_ name: String, _ fold: String, _ endings: [String]) -> String? {
        let bases = (fold.isEmpty ? [] : ["\(folder)/\(fold)/\(name)"]) + ["\(folder)/\(name)"]
        return bases.flatMap { base in endings.map { base + $0 } }.first { FileManager.default.fileExists(atPath: $0) }
    }
}
