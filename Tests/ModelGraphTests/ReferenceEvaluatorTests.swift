import ModelGraph
import Testing

@Suite struct ReferenceEvaluatorTests {
    private func floats(_ operation: Operation, _ inputs: [HostTensor?]) throws -> [Float] {
        try #require(try evaluate(operation, inputs)[0].elements(as: Float.self))
    }

    /// What passes fuse must mean the same as the unfused nodes.
    @Test func fusedConvolution() throws {
        let x = HostTensor.floats([1, -2, 3, -4, 5, 6, -7, 8], [1, 2, 2, 2])
        let weights = HostTensor.floats([1, -1, 0.5, 2], [2, 2, 1, 1])
        let bias = HostTensor.floats([0.25, -1], [2])
        let residual = HostTensor.floats([1, 2, 3, 4, 5, 6, 7, -80], [1, 2, 2, 2])
        let slope = HostTensor.floats([0.1, -0.5], [2, 1, 1])
        let scale = HostTensor.floats([2, 0.5], [2])
        let shift = HostTensor.floats([1, -3], [2])
        let fused = try floats(
            .convolution(Convolution(activation: .parametricRelu)), [x, weights, bias, residual, slope, scale, shift])
        let scaled = try evaluate(.channelAffine(.relu), [x, scale, shift])[0]
        let convolved = try evaluate(.convolution(Convolution()), [scaled, weights, bias])[0]
        let sum = try evaluate(.binary(.add), [convolved, residual])[0]
        let plain = try floats(.parametricRelu, [sum, slope])
        #expect(fused == plain)
        let affine = try floats(.channelAffine(.parametricRelu), [convolved, nil, nil, residual, slope])
        #expect(affine == plain)
    }

    /// Zero padding comes after the prologue: a shift must not leak into the border.
    @Test func paddingComesAfterThePrologue() throws {
        let x = HostTensor.floats([1], [1, 1, 1])
        let ones = HostTensor.floats([1, 1, 1], [1, 1, 3])
        let convolution = Convolution(padding: .explicit(begin: [1], end: [1]))
        let y = try floats(
            .convolution(convolution), [x, ones, nil, nil, nil, .floats([1], [1]), .floats([10], [1])])
        #expect(y == [11])
    }

    @Test func activations() throws {
        let x = HostTensor.floats([-2, 0, 2], [3])
        #expect(try floats(.channelAffine(.leakyRelu(alpha: 0.5)), [x]) == [-1, 0, 2])
        #expect(try floats(.channelAffine(.none), [x]) == [-2, 0, 2])
        #expect(try floats(.channelAffine(.sigmoid), [x])[1] == 0.5)
    }

    @Test func integersNeverTrap() throws {
        let least = HostTensor([Int32.min, 5, -5, 7], dimensions: [4])
        let other = HostTensor([Int32(-1), 0, 2, -3], dimensions: [4])
        func run(_ function: BinaryFunction) throws -> [Int32]? {
            try evaluate(.binary(function), [least, other])[0].elements(as: Int32.self)
        }
        #expect(try run(.div) == [.min, 0, -2, -2])
        #expect(try run(.mod) == [0, 0, 1, -2])
        #expect(try run(.fmod) == [0, 0, -1, 1])
        #expect(try run(.pow) == [0, 1, 25, 0])
        #expect(try run(.sub) == [.min + 1, 5, -7, 10])
        let bytes = HostTensor([Int8.min, -1], dimensions: [2])
        #expect(try evaluate(.unary(.abs), [bytes])[0].elements(as: Int8.self) == [.min, 1])
        #expect(try evaluate(.unary(.neg), [bytes])[0].elements(as: Int8.self) == [.min, 1])
    }

    @Test func castsSaturateAndTruncate() throws {
        let x = HostTensor.floats([1.9, -1.9, 300, -300, .nan, .infinity, 0], [7])
        func run<Element: TensorElement>(_ type: Element.Type) throws -> [Element]? {
            try evaluate(.cast(to: Element.dataType), [x])[0].elements(as: type)
        }
        #expect(try run(Int8.self) == [1, -1, 127, -128, 0, 127, 0])
        #expect(try run(UInt8.self) == [1, 0, 255, 0, 0, 255, 0])
        #expect(try run(Bool.self) == [true, true, true, true, true, true, false])
        let wide = HostTensor([Int64(257), -1, (1 << 53) + 1], dimensions: [3])
        #expect(try evaluate(.cast(to: .uint8), [wide])[0].elements(as: UInt8.self) == [1, 255, 1])
        let truth = HostTensor([true, false], dimensions: [2])
        #expect(try floats(.cast(to: .float32), [truth]) == [1, 0])
    }

    /// 2^60 + 2^36 + 1 rounds up to float32 directly, but would round down by way of double.
    @Test func integersAreRoundedToFloatOnce() throws {
        let x = HostTensor([Int64(1) << 60 | 1 << 36 | 1], dimensions: [1])
        #expect(try floats(.cast(to: .float32), [x]) == [Float(Int64(1) << 60 | 1 << 36 | 1)])
    }

    @Test func powersOfMixedTypes() throws {
        let base = HostTensor([Int32(2), -3, -1, 5], dimensions: [4])
        let exponents = HostTensor([Float(3), 2, -1, -1], dimensions: [4])
        #expect(try evaluate(.binary(.pow), [base, exponents])[0].elements(as: Int32.self) == [8, 9, -1, 0])
        let whole = HostTensor([Int64(2), 0, 3, -1], dimensions: [4])
        #expect(try floats(.binary(.pow), [.floats([3, 2, -2, 4], [4]), whole]) == [9, 1, -8, 0.25])
    }

    @Test func clip() throws {
        let x = HostTensor.floats([-3, 0, 3, .nan], [4])
        let y = try floats(.clip, [x, .floats([-1], []), .floats([2], [])])
        #expect(Array(y[..<3]) == [-1, 0, 2])
        #expect(y[3].isNaN)
        #expect(Array(try floats(.clip, [x, nil, .floats([2], [])])[..<3]) == [-3, 0, 2])
        #expect(Array(try floats(.clip, [x, .floats([2], []), .floats([1], [])])[..<3]) == [1, 1, 1])
    }

    @Test func variadics() throws {
        let inputs = [HostTensor.floats([1, 2], [2]), .floats([10, 20], [2, 1]), .floats([3], [])]
        #expect(try floats(.variadic(.sum), inputs) == [14, 15, 24, 25])
        #expect(try floats(.variadic(.max), inputs) == [10, 10, 20, 20])
        #expect(try floats(.variadic(.min), inputs) == [1, 2, 1, 2])
        #expect(try floats(.variadic(.mean), [.floats([1, 2], [2]), .floats([3, 6], [2])]) == [2, 4])
        #expect(try floats(.variadic(.max), [.floats([.nan, 1], [2]), .floats([1, .nan], [2])]).allSatisfy(\.isNaN))
    }

    @Test func maximumIndicesInBothStorageOrders() throws {
        let x = HostTensor.floats([1, 5, 2, 6, 3, 4], [1, 1, 2, 3])
        for (columnMajor, expected) in [(false, [3, 1]), (true, [1, 2])] as [(Bool, [Int64])] {
            let pooling = Pooling(
                kind: .max, kernel: [2, 2], strides: [1, 2], padding: .explicit(begin: [0, 1], end: [0, 0]),
                columnMajorIndices: columnMajor)
            let outputs = try evaluate(.pool(pooling), [x], outputs: 2)
            #expect(outputs[0].elements(as: Float.self) == [6, 5])
            #expect(outputs[1].elements(as: Int64.self) == expected)
        }
    }

    @Test func gatherOutsideIsAnError() throws {
        let x = HostTensor.floats([1, 2, 3], [3])
        for index in [3, -4, Int64.max, Int64.min] {
            let error = #expect(throws: GraphError.self) {
                try evaluate(.gather(axis: 0), [x, .vector([index])])
            }
            #expect(try #require(error).description.contains("is outside axis 0 of extent 3"))
        }
    }

    @Test func emptyTensors() throws {
        let empty = HostTensor.floats([], [0, 3])
        #expect(
            try floats(.reduce(.sum, keepDimensions: false, noopWithEmptyAxes: false), [empty, .vector([0])]) == [
                0, 0, 0,
            ])
        #expect(
            try floats(.reduce(.max, keepDimensions: false, noopWithEmptyAxes: false), [empty, .vector([0])])
                == [Float](repeating: -.infinity, count: 3))
        #expect(try floats(.softmax(axis: 0, logarithm: false), [empty]) == [])
        #expect(try floats(.concat(axis: 0), [empty, .floats([1, 2, 3], [1, 3])]) == [1, 2, 3])
        #expect(
            try floats(.gemm(alpha: 1, beta: 1, transposeA: true, transposeB: false), [empty, .floats([], [0, 2])])
                .count == 6)
        #expect(try evaluate(.transpose(permutation: nil), [empty])[0].dimensions == [3, 0])
    }

    @Test func generators() throws {
        #expect(try floats(.range, [.floats([1], []), .floats([2], []), .floats([0.25], [])]) == [1, 1.25, 1.5, 1.75])
        let bytes = [Int8(-100), 100, 1].map { HostTensor(scalar: $0) }
        #expect(try evaluate(.range, bytes)[0].elements(as: Int8.self) == Array(-100..<100))
        let value = HostTensor([Int32(7)], dimensions: [1])
        #expect(try evaluate(.constantOfShape(value: value), [.vector([2, 1])])[0].elements(as: Int32.self) == [7, 7])
        #expect(try evaluate(.constantOfShape(value: value), [.vector([])])[0].dimensions == [])
    }

    @Test func gemm() throws {
        let a = HostTensor.floats([1, 2, 3, 4, 5, 6], [3, 2])
        let b = HostTensor.floats([1, 0, 2, -1, 3, 1], [2, 3])
        let c = HostTensor.floats([10, 20], [2, 1])
        let y = try floats(.gemm(alpha: 0.5, beta: 2, transposeA: true, transposeB: true), [a, b, c])
        // a^T b^T = [[11, 13], [14, 16]]
        #expect(y == [25.5, 26.5, 47, 48])
    }
}
