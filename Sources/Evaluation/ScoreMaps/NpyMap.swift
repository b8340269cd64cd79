internal import Foundation

/// NumPy's `.npy` files (format 1 to 3) of one plane.
public enum NpyMap {
    /// Reads float16, float32, float64 or uint8 in C order, little-endian; extents of 1 are ignored.
    static func read(_ path: String) throws(EvaluationError) -> ScoreMap {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            throw .scores("cannot read \(path): check that it exists and may be read")
        }
        return try read([UInt8](data), path)
    }

    /// Reads the bytes of a file; `path` is what errors call it. Integers are taken where `allowsIntegers`.
    static func read(
        _ bytes: [UInt8], _ path: String, allowsIntegers: Bool = false
    ) throws(EvaluationError) -> ScoreMap {
        guard bytes.count > 12, Array(bytes[0..<6]) == [0x93] + Array("NUMPY".utf8) else {
            throw .scores("\(path) is no .npy file")
        }
        let isLong = bytes[6] > 1
        let start = isLong ? 12 : 10
        let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        guard length <= bytes.count - start else { throw .scores("\(path) is cut short") }
        let header = String(decoding: bytes[start..<(start + length)], as: UTF8.self)
        let name = field("descr", in: header) ?? ""
        guard let kind = kinds[name] ?? (allowsIntegers ? integers[name] : nil) else {
            throw .scores("\(path) holds no float16, float32, float64 or uint8 (little-endian)")
        }
        guard field("fortran_order", in: header) == "False" else { throw .scores("\(path) is not in C order") }
        let extents = (field("shape", in: header) ?? "").split(separator: ",").compactMap { part in
            Int(part.trimmingCharacters(in: .whitespaces))
        }
        guard let size = planeSize(extents), size.height <= ScoreMap.longestSide, size.width <= ScoreMap.longestSide
        else { throw .scores("\(path) has the shape \(extents): want height x width") }
        let count = size.height * size.width
        guard bytes.count - start - length == count * kind.bytes else {
            throw .scores("\(path) is cut short, or longer than its shape says")
        }
        let values = bytes.withUnsafeBytes { raw in
            (0..<count).map { kind.load(raw, start + length + $0 * kind.bytes) }
        }
        return ScoreMap(width: size.width, height: size.height, values: values)
    }

    /// Writes float32 (`<f4`) of height x width. The file is written aside and renamed.
    public static func write(_ values: UnsafeBufferPointer<Float>, width: Int, to path: String) throws(EvaluationError)
    {
        try write(Data(buffer: values), kind: "<f4", width: width, height: values.count / width, to: path)
    }

    /// Writes uint8 (`|u1`) of height x width.
    public static func write(_ values: UnsafeBufferPointer<UInt8>, width: Int, to path: String) throws(EvaluationError)
    {
        try write(Data(buffer: values), kind: "|u1", width: width, height: values.count / width, to: path)
    }

    private static func write(
        _ data: Data, kind: String, width: Int, height: Int, to path: String
    ) throws(EvaluationError) {
        var header = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(height), \(width)), }"
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        var file = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
        file.append(contentsOf: [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8)])
        file.append(Data(header.utf8))
        file.append(data)
        do { try file.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
            throw .scores("cannot write \(path): check that the folder exists and has room")
        }
    }

    private struct Kind {
        let bytes: Int
        let load: @Sendable (UnsafeRawBufferPointer, Int) -> Float
    }

    private static let kinds: [String: Kind] = [
        "<f2": Kind(bytes: 2) { Float(Float16(bitPattern: $0.loadUnaligned(fromByteOffset: $1, as: UInt16.self))) },
        "<f4": Kind(bytes: 4) { $0.loadUnaligned(fromByteOffset: $1, as: Float.self) },
        "<f8": Kind(bytes: 8) { Float($0.loadUnaligned(fromByteOffset: $1, as: Double.self)) },
        "|u1": Kind(bytes: 1) { Float($0[$1]) },
    ]

    /// What classes come as. Scores in integers are refused: they are labels, or were rounded.
    private static let integers: [String: Kind] = [
        "|i1": Kind(bytes: 1) { Float(Int8(bitPattern: $0[$1])) },
        "<i2": Kind(bytes: 2) { Float($0.loadUnaligned(fromByteOffset: $1, as: Int16.self)) },
        "<u2": Kind(bytes: 2) { Float($0.loadUnaligned(fromByteOffset: $1, as: UInt16.self)) },
        "<i4": Kind(bytes: 4) { Float($0.loadUnaligned(fromByteOffset: $1, as: Int32.self)) },
        "<i8": Kind(bytes: 8) { Float($0.loadUnaligned(fromByteOffset: $1, as: Int64.self)) },
    ]

    /// Value of a key of the header, which is a Python dictionary: without quotes or brackets.
    private static func field(_ key: String, in header: String) -> String? {
        guard let place = header.range(of: "'\(key)':") else { return nil }
        let rest = header[place.upperBound...].drop { $0 == " " }
        switch rest.first {
        case "'": return String(rest.dropFirst().prefix { $0 != "'" })
        case "(": return String(rest.dropFirst().prefix { $0 != ")" })
        default: return String(rest.prefix { $0 != "," && $0 != "}" })
        }
    }

    private static func planeSize(_ extents: [Int]) -> (height: Int, width: Int)? {
        guard extents.count >= 2, extents.allSatisfy({ $0 > 0 }) else { return nil }
        let large = extents.filter { $0 != 1 }
        if large.count == 2 { return (large[0], large[1]) }
        return large.count < 2 ? (extents[extents.count - 2], extents[extents.count - 1]) : nil
    }
}
