internal import CCompression
internal import Foundation

/// NumPy's `.npz`: a ZIP archive of `.npy` files, stored or deflated.
///
/// Only what NumPy writes is read: no encryption, no parts, no sizes beyond 32 bits. Everything in the file's directory is
/// checked against the file, and an array is refused that is larger than its compressed bytes can make.
struct NpzArchive {
    private struct Entry {
        let method: Int
        let checksum: Int
        let compressed: Int
        let size: Int
        let offset: Int
    }

    private let path: String
    private let bytes: [UInt8]
    private var entries: [String: Entry] = [:]

    /// Reads the file and its directory. Blocks.
    init(_ path: String) throws(EvaluationError) {
        self.path = path
        do { bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
            throw .scores("cannot read \(path): check that it exists and may be read")
        }
        guard let end = Self.directoryEnd(bytes) else { throw .scores("\(path) is no .npz archive, or is cut short") }
        var place = number(end + 16, 4)
        for _ in 0..<number(end + 10, 2) {
            guard place + 46 <= end, number(place, 4) == 0x0201_4B50 else {
                throw .scores("\(path): its directory is damaged")
            }
            let lengths = (number(place + 28, 2), number(place + 30, 2), number(place + 32, 2))
            guard place + 46 + lengths.0 + lengths.1 + lengths.2 <= end else {
                throw .scores("\(path): its directory is damaged")
            }
            let name = String(decoding: bytes[place + 46..<place + 46 + lengths.0], as: UTF8.self)
            entries[name] = Entry(
                method: number(place + 10, 2), checksum: number(place + 16, 4), compressed: number(place + 20, 4),
                size: number(place + 24, 4), offset: number(place + 42, 4))
            place += 46 + lengths.0 + lengths.1 + lengths.2
        }
    }

    /// Whether there is an array of this name.
    func has(_ array: String) -> Bool { entries[array + ".npy"] != nil }

    /// The plane of an array.
    func map(_ array: String, allowsIntegers: Bool) throws(EvaluationError) -> ScoreMap {
        guard let entry = entries[array + ".npy"] else {
            let names = entries.keys.map { $0.replacing(".npy", with: "") }.sorted().joined(separator: ", ")
            throw .scores("\(path) has no array '\(array)' (it has: \(names.isEmpty ? "none" : names))")
        }
        return try NpyMap.read(
            contents(entry, array), "'\(array)' of \(path)", allowsIntegers: allowsIntegers)
    }

    private func contents(_ entry: Entry, _ array: String) throws(EvaluationError) -> [UInt8] {
        // The local header repeats name and extra field, with lengths of its own.
        guard entry.offset + 30 <= bytes.count, number(entry.offset, 4) == 0x0403_4B50 else {
            throw .scores("\(path): '\(array)' is not where its directory says")
        }
        let start = entry.offset + 30 + number(entry.offset + 26, 2) + number(entry.offset + 28, 2)
        guard start + entry.compressed <= bytes.count else { throw .scores("\(path) is cut short in '\(array)'") }
        // Deflate cannot shrink below 1/1032.
        guard entry.size <= (entry.compressed + 64) * 1032 else {
            throw .scores("\(path): '\(array)' claims \(entry.size) bytes, more than it can hold")
        }
        let result: [UInt8]
        switch entry.method {
        case 0: result = Array(bytes[start..<start + entry.compressed])
        case 8: result = Self.inflated(bytes[start..<start + entry.compressed], size: entry.size)
        default: throw .scores("\(path): '\(array)' is compressed in a way that NumPy does not use (\(entry.method))")
        }
        let checksum = result.withUnsafeBufferPointer { Int(crc32_z(0, $0.baseAddress, $0.count)) }
        guard result.count == entry.size, checksum == entry.checksum else {
            throw .scores("\(path): '\(array)' is damaged")
        }
        return result
    }

    /// Raw deflate data; shorter than `size` where it is damaged.
    private static func inflated(_ data: ArraySlice<UInt8>, size: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size) { target, count in
            count = data.withUnsafeBufferPointer { source in
                var stream = z_stream()
                guard
                    inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
                else { return 0 }
                defer { inflateEnd(&stream) }
                // Both lengths are below 2^32: they come from fields of 32 bits.
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(size)
                return inflate(&stream, Z_FINISH) == Z_STREAM_END ? size - Int(stream.avail_out) : 0
            }
        }
    }

    /// Place of the record that ends the directory: behind it is at most a comment.
    private static func directoryEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let least = max(0, bytes.count - 22 - 65535)
        return stride(from: bytes.count - 22, through: least, by: -1).first { place in
            bytes[place] == 0x50 && bytes[place + 1] == 0x4B && bytes[place + 2] == 5 && bytes[place + 3] == 6
        }
    }

    /// A little-endian number; the caller has checked that it is inside.
    private func number(_ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
