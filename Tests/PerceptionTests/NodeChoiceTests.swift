import TestSupport
import Testing

@testable import Perception

/// The search for nodes that stay in fp32, on networks whose nodes' damage is known.
@Suite struct NodeChoiceTests {
    /// What a node costs in fp32, what it does to the labels in int8, and what to the logits.
    private struct Damage {
        var work = 100
        var labels = 0.0
        var error = 0.0
    }

    private func choose(
        _ damages: [String: Damage], wanted: Double
    ) throws -> (exact: Set<String>, agreement: Double, agreementOf: (Set<String>) -> Double) {
        func total(_ exact: Set<String>, _ part: (Damage) -> Double) -> Double {
            damages.filter { !exact.contains($0.key) }.reduce(0) { $0 + part($1.value) }
        }
        let choice = NodeChoice(
            nodes: damages.sorted { $0.key < $1.key }.map { NodeChoice.Node(name: $0.key, work: $0.value.work) },
            wanted: wanted
        ) { exact throws(ModelError) in
            NodeChoice.Comparison(agreement: 1 - total(exact, \.labels), error: total(exact, \.error))
        }
        let (exact, agreement) = try choice.make { _ in }
        return (exact, agreement, { 1 - total($0, \.labels) })
    }

    @Test func theOneNodeThatDoesTheDamageStays() throws {
        let found = try choose(
            [
                "stem": Damage(labels: 0.02, error: 9), "body": Damage(labels: 0.003, error: 1),
                "head": Damage(labels: 0.001, error: 0.5),
            ], wanted: 0.99)
        #expect(found.exact == ["stem"])
        #expect(abs(found.agreement - 0.996) < 1e-12)
    }

    @Test func ofEqualDamageTheCheaperNodeStays() throws {
        let found = try choose(
            [
                "large": Damage(work: 10_000, labels: 0.006, error: 1),
                "small": Damage(work: 100, labels: 0.006, error: 1),
            ], wanted: 0.99)
        #expect(found.exact == ["small"])
    }

    /// An error of the logits that changes no label puts a node to the front; it goes back all the same.
    @Test func whatTheAgreementCanSpareGoesBack() throws {
        let found = try choose(
            ["loud": Damage(labels: 0, error: 100), "quiet": Damage(labels: 0.05, error: 1)], wanted: 0.99)
        #expect(found.exact == ["quiet"] && found.agreement == 1)
    }

    @Test func allStayWhereNothingLessIsEnough() throws {
        let found = try choose(["a": Damage(labels: 0.01, error: 1), "b": Damage(labels: 0.01, error: 2)], wanted: 1)
        #expect(found.exact == ["a", "b"] && found.agreement == 1)
        #expect(try choose([:], wanted: 1).exact.isEmpty)
    }

    @Test func noNodeStaysInVain() throws {
        var random = SeededGenerator(label: "node choice")
        for _ in 0..<200 {
            var damages: [String: Damage] = [:]
            for number in 0..<Int.random(in: 1...12, using: &random) {
                damages["node \(number)"] = Damage(
                    work: Int.random(in: 1...10_000, using: &random),
                    labels: Double.random(in: 0...0.01, using: &random),
                    error: Double.random(in: 0...1, using: &random))
            }
            let wanted = Double.random(in: 0.95...1, using: &random)
            let found = try choose(damages, wanted: wanted)
            #expect(found.agreement >= wanted && abs(found.agreement - found.agreementOf(found.exact)) < 1e-9)
            for name in found.exact {
                #expect(found.agreementOf(found.exact.subtracting([name])) < wanted, "\(name) could run in int8")
            }
        }
    }
}
