import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct TensorTests {
    private func read(_ tensor: Onnx_TensorProto) throws(OnnxImportError) -> HostTensor {
        try TensorReader(source: MemoryBytes([UInt8](repeating: 0, count: 64), name: "test"), folder: nil)
            .read(tensor, named: tensor.name)
    }

    private func error(_ tensor: Onnx_TensorProto) -> String {
        do throws(OnnxImportError) {
            return "read \(try read(tensor).dimensions)"
        } catch {
            return error.description
        }
    }

    private func typed(
        _ type: Onnx_TensorProto.DataType, _ extents: [Int64], _ fill: (inout Onnx_TensorProto) -> Void
    ) -> Onnx_TensorProto {
        var tensor = Onnx_TensorProto()
        tensor.name = "t"
        tensor.dataType = Int32(type.rawValue)
        tensor.dims = extents
        fill(&tensor)
        return tensor
    }

    @Test func readsTypedFields() throws {
        #expect(try read(typed(.float, [2]) { $0.floatData = [1.5, -2] }).elements(as: Float.self) == [1.5, -2])
        #expect(try read(typed(.double, [1]) { $0.doubleData = [1e300] }).elements(as: Double.self) == [1e300])
        #expect(try read(typed(.int64, [1]) { $0.int64Data = [.min] }).elements(as: Int64.self) == [.min])
        #expect(try read(typed(.uint64, [1]) { $0.uint64Data = [.max] }).elements(as: UInt64.self) == [.max])
        #expect(
            try read(typed(.uint32, [1]) { $0.uint64Data = [4_000_000_000] }).elements(as: UInt32.self) == [
                4_000_000_000
            ])
        #expect(try read(typed(.int32, []) { $0.int32Data = [-7] }).elements(as: Int32.self) == [-7])
        #expect(try read(typed(.int16, [1]) { $0.int32Data = [-300] }).elements(as: Int16.self) == [-300])
        #expect(try read(typed(.int8, [1]) { $0.int32Data = [-128] }).elements(as: Int8.self) == [-128])
        #expect(try read(typed(.uint16, [1]) { $0.int32Data = [65535] }).elements(as: UInt16.self) == [65535])
        #expect(try read(typed(.uint8, [1]) { $0.int32Data = [255] }).elements(as: UInt8.self) == [255])
        #expect(
            try read(typed(.bool, [3]) { $0.int32Data = [0, 1, 9] }).elements(as: Bool.self) == [false, true, true])
        #expect(
            try read(typed(.float16, [2]) { $0.int32Data = [0x3C00, 0xC000] }).elements(as: Float.self) == [1, -2])
        #expect(try read(typed(.bfloat16, [1]) { $0.int32Data = [0x3F80] }).elements(as: Float.self) == [1])
        #expect(try read(typed(.float, [0, 3]) { _ in }).dimensions == [0, 3])
    }

    @Test func readsRawBytes() throws {
        #expect(try read(Make.floats("w", [2, 1], [1, -0.5])).elements(as: Float.self) == [1, -0.5])
        let flags = try read(Make.tensor("b", .bool, [3], raw: [0, 1, 0x80]))
        #expect(flags.elements(as: Bool.self) == [false, true, true])
    }

    /// Every pattern, against the hardware's conversion.
    @Test func widensEveryHalf() throws {
        #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
            let patterns = (0...UInt16.max).map { $0 }
            let raw = patterns.withUnsafeBytes { [UInt8]($0) }
            let widened = try #require(
                read(Make.tensor("h", .float16, [65536], raw: raw)).elements(as: Float.self))
            for (pattern, value) in zip(patterns, widened) {
                let expected = Float(Float16(bitPattern: pattern))
                #expect(expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern, "pattern \(pattern)")
            }
        #endif
    }

    @Test func widensEveryBrainHalf() throws {
        let patterns = (0...UInt16.max).map { $0 }
        let raw = patterns.withUnsafeBytes { [UInt8]($0) }
        let widened = try read(Make.tensor("h", .bfloat16, [65536], raw: raw))
        widened.withUnsafeBytes { bytes in
            let bits = bytes.bindMemory(to: UInt32.self)
            #expect(zip(patterns, bits).allSatisfy { UInt32($0) << 16 == $1 })
        }
    }

    @Test func refusesDataThatDoesNotFit() {
        #expect(
            error(Make.tensor("w", .float, [3], raw: [0, 0])) == "tensor 'w': its extents need 12 bytes of data, "
                + "and 2 are there; the file is damaged; copy or export it again")
        #expect(error(Make.tensor("w", .float, [1], raw: [UInt8](repeating: 0, count: 8))).contains("need 4 bytes"))
        #expect(error(typed(.float, [2]) { $0.floatData = [1] }).contains("need 2 elements, and 1 are there"))
        #expect(error(typed(.float, [2]) { _ in }).contains("need 2 elements, and 0 are there"))
        #expect(error(typed(.int8, [1]) { $0.int32Data = [128] }).contains("does not fit int8"))
        #expect(error(Make.tensor("w", .float, [-1], raw: [])).contains("negative extent"))
        #expect(error(Make.tensor("w", .float, [1 << 62, 1 << 62], raw: [])).contains("absurd"))
        #expect(error(Make.tensor("w", .float, [1 << 62, 1 << 62, 0], raw: [])).contains("absurd"))
        #expect(error(Make.tensor("w", .float, [1 << 61], raw: [])).contains("absurd"))
        #expect(error(Make.tensor("w", .float, [1 << 40], raw: [])).contains("4398046511104 bytes"))
        #expect(error(Make.tensor("w", .float, [Int64](repeating: 1, count: 33), raw: [])).contains("33 dimensions"))
        #expect(error(Make.tensor("w", .string, [1], raw: [])).contains("type STRING are not supported"))
        #expect(error(Make.tensor("w", .float8E4M3Fn, [1], raw: [0])).contains("are not supported"))
        #expect(error(typed(.float, [1]) { $0.dataType = 999 }).contains("type number 999"))
        #expect(error(typed(.float, [1]) { $0.segment.begin = 0 }).contains("segments"))
        #expect(error(typed(.float, [1]) { $0.dataLocation = .external }).contains("without saying where"))
    }

    @Test func refusesWrongSparseTensors() {
        func error(_ indices: [Int64], dims: [Int64], shape: [Int64]? = nil, values: [Float] = [1]) -> String {
            var sparse = Onnx_SparseTensorProto()
            sparse.dims = dims
            sparse.values = Make.floats("s", [Int64(values.count)], values)
            sparse.indices = typed(.int64, shape ?? [Int64(indices.count)]) { $0.int64Data = indices }
            do throws(OnnxImportError) {
                let reader = TensorReader(source: MemoryBytes([], name: "test"), folder: nil)
                return "read \(try reader.read(sparse: sparse, named: "s").dimensions)"
            } catch {
                return error.description
            }
        }
        #expect(error([3], dims: [2, 2]) == "read [2, 2]")
        #expect(error([1, 1], dims: [2, 2], shape: [1, 2]) == "read [2, 2]")
        #expect(error([4], dims: [2, 2]).contains("outside its extents"))
        #expect(error([-1], dims: [2, 2]).contains("outside its extents"))
        #expect(error([0, 2], dims: [2, 2], shape: [1, 2]).contains("outside its extents"))
        #expect(error([0, 1], dims: [2, 2]).contains("do not fit"))
        #expect(error([0], dims: [1 << 30]).contains("add up to more"))
        #expect(error([0, 0], dims: [0, 4], shape: [1, 2]).contains("outside its extents"))
    }
}
