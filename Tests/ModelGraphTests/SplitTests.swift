import ModelGraph
import Testing

@Suite struct SplitTests {
    /// image -> stem -> pre; heads: pre -> logits, pre -> outlier; `skip` reads the stem in a head.
    private static func network(skip: Bool) -> Graph {
        var graph = Graph(name: "network")
        let x = graph.addInput("image", [.known(1), .known(3), .known(8), .known(8)])
        let stem = graph.addConvolution(x, weights: [4, 3, 3, 3], pad: 1, "stem")
        let pre = graph.addNode(.unary(.relu), [stem], "pre")
        let logits = graph.addConvolution(pre, weights: [5, 4, 1, 1], "logits")
        let outlier = graph.addConvolution(skip ? stem : pre, weights: [2, 4, 1, 1], "outlier_logits")
        graph.outputs = [logits, outlier]
        return graph
    }

    @Test func separatesBackboneAndHeads() throws {
        let graph = Self.network(skip: false)
        let cut = try #require(graph.value(named: "pre"))
        let (backbone, heads) = try graph.split(at: cut)
        #expect(backbone.nodes.map(\.name) == ["node_stem", "node_pre"])
        #expect(heads.nodes.map(\.name) == ["node_logits", "node_outlier_logits"])
        #expect(heads.inputs.map { heads[$0].name } == ["pre"])
        #expect(heads.outputs.map { heads[$0].name } == ["logits", "outlier_logits"])
        #expect(backbone.outputs.map { backbone[$0].name } == ["pre"])
        try GraphValidation.check(backbone)
        try GraphValidation.check(heads)
    }

    @Test func anUncleanCutNamesTheOtherValue() throws {
        let graph = Self.network(skip: true)
        let cut = try #require(graph.value(named: "pre"))
        #expect(throws: GraphError.uncleanCut(at: "pre", crossing: "stem")) { try graph.split(at: cut) }
    }

    @Test func anOutputInsideTheBackboneIsUnclean() throws {
        var graph = Self.network(skip: false)
        let cut = try #require(graph.value(named: "pre"))
        graph.outputs.append(try #require(graph.value(named: "stem")))
        #expect(throws: GraphError.uncleanCut(at: "pre", crossing: "stem")) { try graph.split(at: cut) }
    }

    @Test func inputsAndConstantsAreNoCuts() throws {
        let graph = Self.network(skip: false)
        for name in ["image", "stem.weight"] {
            let cut = try #require(graph.value(named: name))
            #expect(throws: GraphError.self) { try graph.split(at: cut) }
        }
        #expect(throws: GraphError.self) { try graph.split(at: ValueID(index: 999)) }
    }
}
