import Foundation
import Testing

/// Every case of the ONNX project whose operators are supported.
@Suite struct ConformanceTests {
    @Test func referencePassesEveryCaseThatIsNotListed() throws {
        try check(CaseRunner(executor: ReferenceExecutor()), title: "reference evaluator")
    }

    @Test func enginePassesEveryCaseThatIsNotListed() throws {
        try check(CaseRunner(executor: EngineExecutor()), title: "engine")
    }

    /// Runs every case, listed ones as well, so that the list can only shrink.
    private func check(_ runner: CaseRunner, title: String) throws {
        let cases = try ConformanceFixtures.cases()
        let listed = try NotRunList.read()
        var counts: [String: Int] = [:]
        var proposed: [String] = []
        for conformanceCase in cases {
            let entry = listed[conformanceCase.id]
            do {
                try runner.run(conformanceCase)
                counts["passed", default: 0] += 1
                #expect(entry == nil, "\(conformanceCase.id) passes now: take it out of not-run.tsv")
            } catch {
                let exclusion = try Exclusion.find(for: conformanceCase)
                counts[exclusion?.reason.rawValue ?? "failed", default: 0] += 1
                guard let exclusion else {
                    Issue.record("\(conformanceCase.id) must pass: \(error)")
                    continue
                }
                proposed.append(NotRunList.line(conformanceCase.id, exclusion))
                #expect(
                    entry == exclusion,
                    "\(conformanceCase.id) does not pass (\(error)) and is not in not-run.tsv for that reason")
            }
        }
        let unknown = Set(listed.keys).subtracting(cases.map(\.id)).sorted()
        #expect(unknown.isEmpty, "not-run.tsv names cases that do not exist")
        let summary = counts.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        print("conformance (\(title)): \(cases.count) cases: \(summary)")
        try NotRunList.propose(proposed)
    }
}
