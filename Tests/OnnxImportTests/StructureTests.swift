import ModelGraph
import Testing

@testable import OnnxImport

@Suite struct StructureTests {
    private static let relu = Make.node("Relu", ["x"], ["y"], name: "r")

    @Test func namesWhatIsMissing() {
        let dangling = Make.model(nodes: [Make.node("Add", ["x", "ghost"], ["y"], name: "sum")]).loadError()
        #expect(dangling.contains("node 'sum' (Add): nothing makes its input 'ghost'"), "\(dangling)")
        let output = Make.model(nodes: [Self.relu], outputs: ["z"]).loadError()
        #expect(output.contains("no node makes the output 'z'"), "\(output)")
        #expect(Make.model(nodes: [Self.relu], outputs: []).loadError().contains("it has no outputs"))
    }

    @Test func refusesOrdersThatAreNotTopological() {
        let nodes = [
            Make.node("Add", ["x", "b"], ["a"], name: "first"), Make.node("Add", ["x", "a"], ["b"], name: "second"),
        ]
        let error = Make.model(nodes: nodes, outputs: ["b"]).loadError()
        #expect(error.contains("node 'first' (Add): its input 'b' is made later, by 'second'"), "\(error)")
        let own = Make.model(nodes: [Make.node("Add", ["x", "y"], ["y"], name: "loop")]).loadError()
        #expect(own.contains("its input 'y' is made later, by 'loop'"), "\(own)")
    }

    @Test func refusesDuplicates() {
        let twice = Make.model(nodes: [Self.relu, Make.node("Neg", ["x"], ["y"], name: "n")]).loadError()
        #expect(twice.contains("node 'n' (Neg): the value 'y' is made a second time"), "\(twice)")
        let overInput = Make.model(nodes: [Make.node("Neg", ["x"], ["x"])], outputs: ["x"]).loadError()
        #expect(overInput.contains("the value 'x' is made a second time"), "\(overInput)")
        let inputs = Make.model(nodes: [Self.relu], inputs: [Make.value("x", [1]), Make.value("x", [1])]).loadError()
        #expect(inputs.contains("two inputs are named 'x'"), "\(inputs)")
        let weights = Make.model(
            nodes: [Self.relu], initializers: [Make.floats("w", [1], [0]), Make.floats("w", [1], [0])]
        ).loadError()
        #expect(weights.contains("two initialisers are named 'w'"), "\(weights)")
        #expect(Make.model(nodes: [Self.relu], outputs: ["y", "y"]).loadError().contains("is listed twice"))
    }

    @Test func initializersAmongTheInputsAreNoInputs() throws {
        let graph = try Make.model(
            nodes: [Make.node("Add", ["x", "w"], ["y"])], inputs: [Make.value("x", [1]), Make.value("w", [1])],
            initializers: [Make.floats("w", [1], [3])]
        ).load()
        #expect(graph.inputs.map { graph[$0].name } == ["x"])
    }

    @Test func outputsMayBeInputsOrInitializers() throws {
        let graph = try Make.model(
            nodes: [], outputs: ["x", "w"], initializers: [Make.floats("w", [1], [3])]
        ).load()
        #expect(graph.outputs.map { graph[$0].name } == ["x", "w"])
    }

    @Test func namesOfUnnamedNodesComeFromTheirOutputs() {
        let error = Make.model(nodes: [Make.node("Frob", ["x"], ["y"])]).loadError()
        #expect(error.hasPrefix("node 'the node that makes y' (Frob)"), "\(error)")
    }

    @Test func messagesStayOneLine() {
        let name = "a\nb\u{1B}[31m" + String(repeating: "long", count: 500)
        let error = Make.model(nodes: [Make.node(name, ["x"], ["y"], name: name)]).loadError()
        #expect(!error.contains("\n") && !error.contains("\u{1B}") && error.count < 600, "\(error)")
    }

    @Test func refusesTypesAndExtentsThatCannotBe() {
        let half = Make.model(nodes: [Self.relu], inputs: [Make.value("x", [1], type: .float16)]).loadError()
        #expect(half.contains("the input 'x' is of type FLOAT16; export the model in float32"), "\(half)")
        let huge = Make.model(nodes: [Self.relu], inputs: [Make.value("x", [1 << 40, 1 << 40])]).loadError()
        #expect(huge.contains("absurd"), "\(huge)")
        var sequence = Make.value("x", nil)
        sequence.type.sequenceType = .init()
        #expect(Make.model(nodes: [Self.relu], inputs: [sequence]).loadError().contains("'x' is not a tensor"))
        var untyped = Make.value("x", nil)
        untyped.clearType()
        #expect(Make.model(nodes: [Self.relu], inputs: [untyped]).loadError().contains("'x' has no type"))
        var versions = Make.model(nodes: [Self.relu])
        versions.opsetImport.append(Make.opsetID("ai.onnx", 12))
        #expect(versions.loadError().contains("two versions of the operator set"))
        versions.opsetImport = []
        #expect(versions.loadError().contains("no version of ONNX's operator set"))
    }
}
