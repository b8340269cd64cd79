import Foundation

/// Generated test data: the folder that DENSEHYBRID_FIXTURES names, else `.fixtures` in the package.
enum Fixtures {
    static let root: URL =
        ProcessInfo.processInfo.environment["DENSEHYBRID_FIXTURES"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: ".fixtures")
}

struct MissingFixture: Error, CustomStringConvertible {
    let description: String
}
