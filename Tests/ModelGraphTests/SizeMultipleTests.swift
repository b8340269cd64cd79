import ModelGraph
import Testing

@Suite struct SizeMultipleTests {
    /// Halves `levels` times and doubles back by factors, adding the skip at every level, as ESPNetv2 does.
    private static func pyramid(levels: Int) -> Graph {
        var graph = Graph(name: "pyramid")
        var x = graph.addInput("image", [.symbolic("n"), .known(3), .symbolic("height"), .symbolic("width")])
        var skips: [ValueID] = []
        for level in 0..<levels {
            skips.append(x)
            x = graph.addConvolution(x, weights: [3, 3, 3, 3], strides: [2, 2], pad: 1, "down\(level)")
        }
        let scales = graph.addConstant(.floats([1, 1, 2, 2], [4]))
        for (level, skip) in skips.enumerated().reversed() {
            let up = graph.addNode(.resize(Resize()), [x, nil, scales], "up\(level)")
            x = graph.addNode(.binary(.add), [up, skip], "add\(level)")
        }
        graph.outputs = [x]
        return graph
    }

    @Test(arguments: 0...7) func findsThePowerOfTwo(_ levels: Int) {
        #expect(SizeMultiple.discover(Self.pyramid(levels: levels), input: "image") == 1 << levels)
    }

    @Test func isUnknownForFixedSizesAndHopelessGraphs() {
        #expect(SizeMultiple.discover(Self.pyramid(levels: 8), input: "image") == nil)
        #expect(SizeMultiple.discover(Self.pyramid(levels: 2), input: "picture") == nil)
        var fixed = Graph(name: "fixed")
        let x = fixed.addInput("image", [.known(1), .known(3), .known(8), .known(8)])
        fixed.outputs = [fixed.addNode(.unary(.relu), [x], "y")]
        #expect(SizeMultiple.discover(fixed, input: "image") == nil)
    }

    @Test func aSizeThatIsNotAllowedNamesNodeAndShapes() throws {
        let graph = Self.pyramid(levels: 4)
        let error = #expect(throws: GraphError.self) {
            try GraphSpecializer.specialize(graph, inputs: ["image": [1, 3, 136, 264]])
        }
        let line = try #require(error).description
        #expect(line.contains("node 'node_add3' (Add): shapes 1x3x18x34 and 1x3x17x33 do not fit"), "\(line)")
        _ = try GraphSpecializer.specialize(graph, inputs: ["image": [1, 3, 144, 272]])
    }

    @Test func nearestMultiple() {
        #expect(SizeMultiple.nearest(to: 1000, multiple: 16) == 1008)
        #expect(SizeMultiple.nearest(to: 500, multiple: 16) == 496)
        #expect(SizeMultiple.nearest(to: 3, multiple: 16) == 16)
        #expect(SizeMultiple.nearest(to: .max, multiple: 1) == 1 << 31)
    }
}
