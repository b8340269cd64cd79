import ModelGraph
import Testing

@Suite struct ValidationTests {
    private func check(_ graph: Graph, says message: String) throws {
        let error = #expect(throws: GraphError.self) { try GraphValidation.check(graph) }
        let line = try #require(error).description
        #expect(line.contains(message), "\(line)")
        #expect(throws: GraphError.self) { try GraphSpecializer.specialize(graph) }
    }

    @Test func wrongEdges() throws {
        var graph = Graph(name: "wrong")
        let x = graph.addInput("x", [.known(2)])
        try check(graph, says: "there are no outputs")
        graph.outputs = [ValueID(index: 7)]
        try check(graph, says: "value 7, which does not exist")
        let y = graph.add(Value(name: "y"))
        graph.outputs = [y]
        try check(graph, says: "output 'y' is not produced by any node")
        graph.nodes = [Node(name: "n", operation: .unary(.relu), inputs: [y], outputs: [y])]
        try check(graph, says: "node 'n' (Relu): input 'y' is not produced by any node before this one")
        graph.nodes = [Node(name: "n", operation: .unary(.relu), inputs: [ValueID(index: -1)], outputs: [y])]
        try check(graph, says: "value -1, which does not exist")
        graph.nodes = [Node(name: "n", operation: .unary(.relu), inputs: [x], outputs: [x])]
        try check(graph, says: "output 'x' is produced twice")
        graph.nodes = [Node(name: "n", operation: .unary(.relu), inputs: [x], outputs: [y, y])]
        try check(graph, says: "2 outputs where 1 to 1 are allowed")
        graph.nodes = [Node(name: "n", operation: .binary(.add), inputs: [x], outputs: [y])]
        try check(graph, says: "node 'n' (Add): input 1 is missing")
        graph.nodes = [Node(name: "n", operation: .binary(.add), inputs: [x, x, x], outputs: [y])]
        try check(graph, says: "3 inputs where at most 2 are allowed")
    }

    @Test func namesFromFilesStayOnOneShortLine() {
        let name = String(repeating: "a\nb", count: 500)
        let error = GraphError.mismatch(
            .init(node: name, operatorName: "Add", problem: "it is wrong", remedy: "change it"))
        #expect(!error.description.contains("\n"))
        #expect(error.description.count < 200)
    }

    @Test func descriptionHasOneLinePerNodeAndTotals() throws {
        var graph = Graph(name: "net")
        let x = graph.addInput("image", [.known(1), .known(3), .symbolic("height"), .symbolic("width")])
        let y = graph.addConvolution(x, weights: [8, 3, 3, 3], strides: [2, 2], pad: 1, "conv")
        graph.outputs = [graph.addNode(.unary(.relu), [y], "relu")]
        #expect(graph.multiplyAccumulates == 0)
        let small = try GraphSpecializer.specialize(graph, inputs: ["image": [1, 3, 64, 128]])
        #expect(small.multiplyAccumulates == 8 * 32 * 64 * 27)
        #expect(small.weightBytes == 8 * 27 * 4)
        let lines = GraphDescription(small).lines
        #expect(lines.count == 6)
        #expect(
            lines[2]
                == "0  Conv 'node_conv' [stride 2x2 pad 1x1+1x1]  image(1x3x64x128), conv.weight(8x3x3x3) -> conv(1x8x32x64)  442,368 MAC  864 B"
        )
        #expect(lines[5] == "total  442,368 multiply-accumulates, 864 bytes of weights")
        #expect(GraphDescription(graph).lines[1] == "input  image(1x3xheightxwidth)")
    }
}
