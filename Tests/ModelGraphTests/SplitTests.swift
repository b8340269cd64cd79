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

    /// image -> stem -> pre; pre -> projection -> wide -> logits, pre -> outlier. `reads`: what the wide convolution reads.
    private static func projected(channels: Int, reading name: String = "bent") -> Graph {
        var graph = Graph(name: "network")
        let x = graph.addInput("image", [.known(1), .known(3), .known(8), .known(8)])
        let stem = graph.addConvolution(x, weights: [16, 3, 3, 3], pad: 1, "stem")
        let pre = graph.addNode(.unary(.relu), [stem], "pre")
        let projection = graph.addConvolution(pre, weights: [channels, 16, 1, 1], "projection")
        let bent = graph.addNode(.unary(.relu), [projection], "bent")
        let inner = graph.addConvolution(pre, weights: [2, 16, 1, 1], "inner")
        let outlier = graph.addNode(.unary(.relu), [inner], "outlier_logits")
        let read = name == "pre" ? pre : name == "outlier_logits" ? outlier : bent
        let inputs = name == "pre" ? 16 : name == "outlier_logits" ? 2 : channels
        let wide = graph.addConvolution(read, weights: [4, inputs, 3, 3], pad: 1, "wide")
        let logits = graph.addConvolution(wide, weights: [5, 4, 1, 1], "logits")
        graph.outputs = [logits, outlier]
        return graph
    }

    @Test func cutsBehindAProjection() throws {
        let graph = try GraphSpecializer.specialize(Self.projected(channels: 8))
        let cut = try #require(graph.value(named: "pre"))
        let logits = try #require(graph.value(named: "logits"))
        let (backbone, heads) = try #require(graph.split(behind: cut, before: logits))
        #expect(backbone.outputs.map { backbone[$0].name } == ["bent", "outlier_logits"])
        #expect(heads.inputs.map { heads[$0].name } == ["bent"])
        #expect(heads.outputs.map { heads[$0].name } == ["logits"])
        #expect(heads.nodes.map(\.name) == ["node_wide", "node_logits"])
        #expect(backbone.nodes.count == 6)
        try GraphValidation.check(backbone)
        try GraphValidation.check(heads)
    }

    @Test(arguments: [(9, "bent"), (8, "pre"), (8, "outlier_logits")])
    func staysWhereThatGainsNothing(channels: Int, reading: String) throws {
        let graph = try GraphSpecializer.specialize(Self.projected(channels: channels, reading: reading))
        let (cut, logits) = (graph.value(named: "pre"), graph.value(named: "logits"))
        #expect(graph.split(behind: try #require(cut), before: try #require(logits)) == nil)
    }

    /// Who runs the heads asks them for one output at least, which one is not for the graph to choose.
    @Test func theOutputThatHeadsMustHaveStaysTheirs() throws {
        let graph = try GraphSpecializer.specialize(Self.projected(channels: 8, reading: "bent"))
        let (cut, early) = (graph.value(named: "pre"), graph.value(named: "outlier_logits"))
        #expect(graph.split(behind: try #require(cut), before: try #require(early)) == nil)
    }

    @Test func headsOfPixelwiseArithmeticStayHeads() throws {
        let graph = try GraphSpecializer.specialize(Self.network(skip: false))
        let (cut, logits) = (graph.value(named: "pre"), graph.value(named: "logits"))
        #expect(graph.split(behind: try #require(cut), before: try #require(logits)) == nil)
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
