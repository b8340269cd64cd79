import Foundation

/// Arrays of a committed fixture in the safetensors layout.
public struct GoldenTensors {
    private let data: Data
    private let header: [String: Entry]

    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    /// Why a fixture cannot be used.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong, and the command that makes the fixture.
        public let description: String
    }

    /// Reads `Fixtures/<name>.safetensors` beside the test file `file`.
    public init(_ name: String, beside file: String = #filePath, madeBy command: String) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        let path = folder.appendingPathComponent("Fixtures/\(name).safetensors")
        guard let data = try? Data(contentsOf: path), data.count > 8 else {
            throw Fault(description: "\(path.path) is missing; make it with: \(command)")
        }
        let length = (0..<8).reduce(0) { $0 | Int(data[$1]) << (8 * $1) }
        header = try JSONDecoder().decode([String: Entry].self, from: data[8..<(8 + length)])
        self.data = data.subdata(in: (8 + length)..<data.count)
    }

    /// Names of all arrays.
    public var names: [String] { header.keys.sorted() }

    /// Extents of an array.
    public func shape(_ name: String) throws -> [Int] { try entry(name).shape }

    /// Elements of an array whose type is `Element`.
    public func elements<Element>(_ name: String, as _: Element.Type = Element.self) throws -> [Element] {
        let entry = try entry(name)
        let known: [String: Any.Type] = ["F32": Float.self, "F64": Double.self, "U8": UInt8.self, "I32": Int32.self]
        guard known[entry.dtype] == Element.self else { throw Fault(description: "\(name) holds \(entry.dtype)") }
        let bytes = data.subdata(in: entry.data_offsets[0]..<entry.data_offsets[1])
        return bytes.withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Element>.stride).map {
                raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
            }
        }
    }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = header[name] else { throw Fault(description: "the fixture has no array \(name)") }
        return entry
    }
}
