import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct FunctionTests {
    /// y = alpha * a + b with alpha an attribute.
    private static let scaledSum = Make.function(
        "ScaledSum", inputs: ["a", "b"], outputs: ["out"],
        nodes: [
            Make.node("Constant", [], ["alpha"], [Make.reference("value_float", to: "alpha", .float)]),
            Make.node("Mul", ["a", "alpha"], ["scaled"]),
            Make.node("Add", ["scaled", "b"], ["out"]),
        ], attributes: ["alpha"])

    @Test func inlinesWithAttributes() throws {
        let nodes = [
            Make.node("ScaledSum", ["x", "x"], ["h"], domain: "local", [Make.float("alpha", 2)]),
            Make.node("ScaledSum", ["h", "x"], ["y"], domain: "local", [Make.float("alpha", 10)]),
        ]
        let graph = try Make.model(nodes: nodes, functions: [Self.scaledSum]).load()
        #expect(graph.nodes.map(\.operation.operatorName) == ["Mul", "Add", "Mul", "Add"])
        #expect(graph[graph.outputs[0]].name == "y")
        #expect(graph.value(named: "h") == graph.nodes[1].outputs[0])
        #expect(Set(graph.values.map(\.name)).count == graph.values.count)
        let special = try GraphSpecializer.specialize(
            graph, constants: ["x": HostTensor([1, 2, 3, 4, 5, 6] as [Float], dimensions: [2, 3])])
        // 10 * (2x + x) + x
        #expect(special[special.outputs[0]].constant?.elements(as: Float.self) == [31, 62, 93, 124, 155, 186])
    }

    @Test func missingAttributesTakeTheirDefault() throws {
        var function = Self.scaledSum
        function.attribute = []
        function.attributeProto = [Make.float("alpha", 3)]
        let call = Make.node("ScaledSum", ["x", "x"], ["y"], domain: "local")
        let graph = try Make.model(nodes: [call], functions: [function]).load()
        let alpha = try #require(graph.nodes[0].input(1))
        #expect(graph[alpha].constant?.elements(as: Float.self) == [3])
    }

    @Test func nestedFunctionsKeepOuterNames() throws {
        let outer = Make.function(
            "Outer", inputs: ["p"], outputs: ["q", "through"],
            nodes: [
                Make.node("ScaledSum", ["p", "p"], ["q"], domain: "local", [Make.float("alpha", 1)]),
                Make.node("Identity", ["p"], ["through"]),
            ])
        let call = Make.node("Outer", ["x"], ["y", "z"], domain: "local")
        let graph = try Make.model(nodes: [call], outputs: ["y", "z"], functions: [Self.scaledSum, outer]).load()
        #expect(graph.outputs.map { graph[$0].name } == ["y", "z"])
    }

    @Test func aPassedThroughInputKeepsTheCallersName() throws {
        let function = Make.function("Same", inputs: ["p"], outputs: ["p"], nodes: [])
        let call = Make.node("Same", ["x"], ["y"], domain: "local")
        let graph = try Make.model(nodes: [call], functions: [function]).load()
        #expect(graph[graph.outputs[0]].name == "y")
        #expect(graph.nodes.count == 1)
    }

    @Test func absentInputsStayAbsent() throws {
        let function = Make.function(
            "Limit", inputs: ["a", "low", "high"], outputs: ["b"],
            nodes: [Make.node("Clip", ["a", "low", "high"], ["b"])])
        let call = Make.node("Limit", ["x"], ["y"], domain: "local")
        let graph = try Make.model(nodes: [call], functions: [function]).load()
        #expect(graph.nodes[0].inputs.compactMap { $0 }.count == 1)
    }

    @Test func adaptiveAveragePoolIsRecognised() throws {
        let call = Make.node("AdaptiveAveragePool", ["x", "size"], ["y"], domain: "ai.densehybrid")
        let size = Make.tensor("size", .int64, [2], raw: [2] + [UInt8](repeating: 0, count: 15))
        let body = Make.function(
            "AdaptiveAveragePool", inputs: ["x", "output_size"], outputs: ["y"],
            nodes: [Make.node("Identity", ["x"], ["y"])], domain: "ai.densehybrid")
        let graph = try Make.model(
            nodes: [call], inputs: [Make.value("x", [1, 1, 4, 4])], initializers: [size], functions: [body]
        ).load()
        guard case .adaptiveAveragePool = graph.nodes[0].operation else {
            Issue.record("not recognised")
            return
        }
    }

    @Test func refusesCallsThatCannotBe() {
        let call = Make.node("ScaledSum", ["x", "x"], ["y"], domain: "local", [Make.float("beta", 1)])
        #expect(
            Make.model(nodes: [call], functions: [Self.scaledSum]).loadError().contains("no attribute 'beta'"))
        let many = Make.node("ScaledSum", ["x", "x", "x"], ["y"], domain: "local")
        #expect(Make.model(nodes: [many], functions: [Self.scaledSum]).loadError().contains("where the function has"))
        #expect(
            Make.model(nodes: [call], functions: [Self.scaledSum, Self.scaledSum]).loadError()
                .contains("is defined twice"))
        let selfCall = Make.function(
            "Self", inputs: ["a"], outputs: ["b"], nodes: [Make.node("Self", ["a"], ["b"], domain: "local")])
        #expect(
            Make.model(nodes: [Make.node("Self", ["x"], ["y"], domain: "local")], functions: [selfCall]).loadError()
                .contains("calls itself"))
        let empty = Make.function("Empty", inputs: ["a"], outputs: ["b"], nodes: [])
        #expect(
            Make.model(nodes: [Make.node("Empty", ["x"], ["y"], domain: "local")], functions: [empty]).loadError()
                .contains("output 'b' is never made"))
    }

    /// Thirty functions, each calling the next twice: two to the thirtieth nodes if it were followed.
    @Test func refusesFunctionsThatExplode() {
        let functions = (0..<30).map { level in
            Make.function(
                "F\(level)", inputs: ["a"], outputs: ["c"],
                nodes: level == 29
                    ? [Make.node("Relu", ["a"], ["c"])]
                    : [
                        Make.node("F\(level + 1)", ["a"], ["b"], domain: "local"),
                        Make.node("F\(level + 1)", ["b"], ["c"], domain: "local"),
                    ])
        }
        let error = Make.model(nodes: [Make.node("F0", ["x"], ["y"], domain: "local")], functions: functions)
            .loadError()
        #expect(error.contains("multiply beyond measure"), "\(error)")
    }

    @Test func refusesFunctionsThatNestTooDeeply() {
        let functions = (0..<40).map { level in
            Make.function(
                "F\(level)", inputs: ["a"], outputs: ["b"],
                nodes: [
                    Make.node(level == 39 ? "Relu" : "F\(level + 1)", ["a"], ["b"], domain: level == 39 ? "" : "local")
                ])
        }
        let error = Make.model(nodes: [Make.node("F0", ["x"], ["y"], domain: "local")], functions: functions)
            .loadError()
        #expect(error.contains("too deeply"), "\(error)")
    }
}
