internal import CHDF5
internal import Foundation

/// SegmentMeIfYouCan's files: HDF5 with one dataset `value`. The first use opens libhdf5.
public enum HDF5Map {
    private static let dataset = "value"

    static func read(_ path: String) throws(EvaluationError) -> ScoreMap {
        var height = 0, width = 0
        try check(dh_hdf5_size(path, dataset, &height, &width), path)
        guard height <= ScoreMap.longestSide, width <= ScoreMap.longestSide else {
            throw .scores("\(path) is \(width)x\(height): want at most \(ScoreMap.longestSide) a side")
        }
        var values = [Float](repeating: 0, count: height * width)
        try check(dh_hdf5_read(path, dataset, &values, values.count), path)
        return ScoreMap(width: width, height: height, values: values)
    }

    /// Writes `value` as float16 (rounded to nearest even), gzip 9, as the benchmark's own writer does. Scores beyond
    /// float16's range become infinite. Written aside and renamed.
    public static func write(_ scores: UnsafeBufferPointer<Float>, width: Int, to path: String) throws(EvaluationError)
    {
        let bits = scores.map { Float16($0).bitPattern }
        let aside = path + ".part"
        let status = dh_hdf5_write_half(aside, dataset, bits, scores.count / width, width, 9)
        guard status != DH_HDF5_NO_LIBRARY.rawValue else { throw noLibrary(path) }
        guard status == DH_HDF5_OK.rawValue, rename(aside, path) == 0 else {
            try? FileManager.default.removeItem(atPath: aside)
            throw .scores("cannot write \(path): check that the folder exists and has room")
        }
    }

    private static func noLibrary(_ path: String) -> EvaluationError {
        .scores("\(path) needs libhdf5, which is not installed: apt-get install libhdf5-dev, or use .npy")
    }

    private static func check(_ status: Int32, _ path: String) throws(EvaluationError) {
        switch UInt32(status) {
        case DH_HDF5_OK.rawValue: return
        case DH_HDF5_UNREADABLE.rawValue: throw .scores("\(path) is no HDF5 file that can be read")
        case DH_HDF5_NO_DATASET.rawValue: throw .scores("\(path) has no dataset called '\(dataset)'")
        case DH_HDF5_WRONG_SHAPE.rawValue: throw .scores("\(path): '\(dataset)' is no map of height x width numbers")
        case DH_HDF5_NO_LIBRARY.rawValue: throw noLibrary(path)
        default: throw .scores("\(path): '\(dataset)' cannot be read")
        }
    }
}
