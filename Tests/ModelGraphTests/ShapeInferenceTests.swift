import ModelGraph
import Testing

@Suite struct ShapeInferenceTests {
    private static func convolution(_ strides: [Int], _ padding: Padding, dilations: [Int] = []) -> Operation {
        .convolution(Convolution(strides: strides, dilations: dilations, padding: padding))
    }

    @Test func automaticPadding() throws {
        let weights = facts(4, 3, 3, 2)
        for (padding, expected) in [
            (Padding.sameUpper, [1, 4, 4, 3]), (.sameLower, [1, 4, 4, 3]), (.valid, [1, 4, 3, 2]),
        ] {
            let output = try shape(Self.convolution([2, 3], padding), [facts(1, 3, 7, 7), weights])
            #expect(output == [expected])
        }
        let attributes = Convolution(strides: [2, 2], padding: .sameUpper)
        let upper = try attributes.windows(input: [1, 3, 8, 7], weights: [4, 3, 3, 2])
        #expect(upper.map(\.padBegin) == [0, 0])
        #expect(upper.map(\.padEnd) == [1, 1])
        let lower = try Convolution(strides: [2, 2], padding: .sameLower)
            .windows(input: [1, 3, 8, 7], weights: [4, 3, 3, 2])
        #expect(lower.map(\.padBegin) == [1, 1])
        #expect(lower.map(\.padEnd) == [0, 0])
    }

    /// The last window of `ceil_mode` must start inside the input or the padding before it.
    @Test func ceilMode() throws {
        func extent(_ input: Int, kernel: Int, stride: Int, pad: Int) throws -> Int {
            let pooling = Pooling(
                kind: .max, kernel: [kernel], strides: [stride], padding: .explicit(begin: [pad], end: [pad]),
                ceilMode: true)
            return try shape(.pool(pooling), [facts(1, 1, input)])[0][2]
        }
        #expect(try extent(6, kernel: 3, stride: 2, pad: 0) == 3)
        #expect(try extent(2, kernel: 1, stride: 4, pad: 0) == 1)
        #expect(try extent(4, kernel: 2, stride: 3, pad: 1) == 2)
        #expect(try extent(5, kernel: 2, stride: 3, pad: 1) == 2)
        #expect(try extent(6, kernel: 2, stride: 3, pad: 1) == 3)
    }

    @Test func reshape() throws {
        let x = facts(2, 3, 4)
        #expect(try shape(.reshape(allowZero: false), [x, known(0, -1)]) == [[2, 12]])
        #expect(try shape(.reshape(allowZero: false), [x, known(4, 0, 2)]) == [[4, 3, 2]])
        #expect(try shape(.reshape(allowZero: true), [facts(0, 3), known(3, 0)]) == [[3, 0]])
        for wrong in [known(5, -1), known(-1, -1), known(2, 3), known(-2, 12), known(1, 1, 1, 0), known(.max, .max)] {
            #expect(throws: GraphError.self) { try shape(.reshape(allowZero: false), [x, wrong]) }
        }
        #expect(throws: GraphError.self) { try shape(.reshape(allowZero: true), [facts(0, 3), known(0, -1)]) }
    }

    @Test func layout() throws {
        #expect(try shape(.flatten(axis: 2), [facts(2, 3, 4, 5)]) == [[6, 20]])
        #expect(try shape(.flatten(axis: 0), [facts(2, 3)]) == [[1, 6]])
        #expect(try shape(.flatten(axis: -1), [facts(2, 3, 4)]) == [[6, 4]])
        #expect(try shape(.squeeze, [facts(1, 3, 1)]) == [[3]])
        #expect(try shape(.squeeze, [facts(1, 3, 1), known(-1)]) == [[1, 3]])
        #expect(throws: GraphError.self) { try shape(.squeeze, [facts(1, 3, 1), known(1)]) }
        #expect(try shape(.unsqueeze, [facts(3, 4), known(0, -1)]) == [[1, 3, 4, 1]])
        #expect(throws: GraphError.self) { try shape(.unsqueeze, [facts(3), known(0, 0)]) }
        #expect(try shape(.transpose(permutation: nil), [facts(2, 3, 4)]) == [[4, 3, 2]])
        #expect(throws: GraphError.self) { try shape(.transpose(permutation: [0, 0, 1]), [facts(2, 3, 4)]) }
        #expect(try shape(.expand, [facts(3, 1), known(2, 1, 6)]) == [[2, 3, 6]])
        #expect(try shape(.tile, [facts(3, 2), known(2, 4)]) == [[6, 8]])
        #expect(try shape(.shape(start: -2, end: nil), [facts(2, 3, 4)]) == [[2]])
        #expect(try shape(.shape(start: 5, end: -9), [facts(2, 3, 4)]) == [[0]])
    }

    @Test func joinsAndParts() throws {
        #expect(try shape(.concat(axis: 1), [facts(1, 2, 5), facts(1, 3, 5), facts(1, 0, 5)]) == [[1, 5, 5]])
        #expect(throws: GraphError.self) { try shape(.concat(axis: 1), [facts(1, 2, 5), facts(1, 2, 4)]) }
        #expect(throws: GraphError.self) { try shape(.concat(axis: 1), [facts(1, 2, 5), facts(1, 2)]) }
        #expect(try shape(.split(axis: 1), [facts(2, 7)], outputs: 3) == [[2, 3], [2, 3], [2, 1]])
        #expect(try shape(.split(axis: -1), [facts(2, 7), known(4, 3)], outputs: 2) == [[2, 4], [2, 3]])
        #expect(throws: GraphError.self) { try shape(.split(axis: 1), [facts(2, 7), known(4, 4)], outputs: 2) }
        #expect(throws: GraphError.self) { try shape(.split(axis: 1), [facts(2, 7), known(8, -1)], outputs: 2) }
    }

    @Test func sliceClamps() throws {
        let x = facts(5, 4)
        #expect(try shape(.slice, [x, known(1), known(100)]) == [[4, 4]])
        #expect(try shape(.slice, [x, known(-1), known(.min), known(0), known(-2)]) == [[3, 4]])
        #expect(try shape(.slice, [x, known(3), known(1), known(1)]) == [[5, 0]])
        #expect(try shape(.slice, [x, known(.min), known(.max), known(1), known(.max)]) == [[5, 1]])
        #expect(try shape(.slice, [x, known(.max), known(.min), known(1), known(.min)]) == [[5, 1]])
        #expect(throws: GraphError.self) { try shape(.slice, [x, known(0), known(1), known(1), known(0)]) }
        #expect(throws: GraphError.self) { try shape(.slice, [x, known(0, 0), known(1, 1), known(1, 1)]) }
    }

    @Test func resizeSizes() throws {
        var resize = Resize()
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), nil, reals(1, 1, 1.5, 2)]) == [[1, 2, 7, 14]])
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), nil, nil, known(1, 2, 9, 3)]) == [[1, 2, 9, 3]])
        // Empty tensors stand for absent ones in exports of old opsets.
        let empty = TensorFacts(constant: HostTensor([Float](), dimensions: [0]))
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), empty, empty, known(1, 2, 9, 3)]) == [[1, 2, 9, 3]])
        resize.axes = [3, 2]
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), nil, nil, known(14, 5)]) == [[1, 2, 5, 14]])
        resize.aspectRatioPolicy = .notLarger
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), nil, nil, known(14, 5)]) == [[1, 2, 5, 7]])
        resize.aspectRatioPolicy = .notSmaller
        #expect(try shape(.resize(resize), [facts(1, 2, 5, 7), nil, nil, known(14, 5)]) == [[1, 2, 10, 14]])
        for wrong in [reals(.nan, 1), reals(.infinity, 1), reals(-1, 1), reals(1e30, 1), reals(1)] {
            #expect(throws: GraphError.self) { try shape(.resize(resize), [facts(1, 2, 5, 7), nil, wrong]) }
        }
        #expect(throws: GraphError.self) { try shape(.resize(resize), [facts(1, 2, 5, 7)]) }
    }

    @Test func runTimeShapesAreAnError() throws {
        let error = #expect(throws: GraphError.self) {
            try shape(.reshape(allowZero: false), [facts(2, 3), facts(2, type: .int64)])
        }
        #expect(try #require(error).description.contains("shape is computed while the network runs"))
    }

    @Test func typesMustFit() {
        #expect(throws: GraphError.self) { try shape(.binary(.add), [facts(2), facts(2, type: .float64)]) }
        #expect(throws: GraphError.self) { try shape(.unary(.sqrt), [facts(2, type: .int32)]) }
        #expect(throws: GraphError.self) { try shape(.unary(.not), [facts(2)]) }
        #expect(throws: GraphError.self) { try shape(.select, [facts(2), facts(2), facts(2)]) }
        #expect(throws: GraphError.self) { try shape(.gather(axis: 0), [facts(2), facts(2)]) }
    }

    @Test func reductions() throws {
        let sum = Operation.reduce(.sum, keepDimensions: false, noopWithEmptyAxes: false)
        #expect(try shape(sum, [facts(2, 3, 4), known(-1, 0)]) == [[3]])
        #expect(try shape(sum, [facts(2, 3, 4)]) == [[]])
        #expect(throws: GraphError.self) { try shape(sum, [facts(2, 3, 4), known(0, -3)]) }
        let noop = Operation.reduce(.sum, keepDimensions: true, noopWithEmptyAxes: true)
        #expect(try shape(noop, [facts(2, 3, 4)]) == [[2, 3, 4]])
    }
}
