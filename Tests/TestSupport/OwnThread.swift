import Foundation

/// Runs `body`, which may block, on a thread of its own: Swift's cooperative threads are few, and a test that holds one
/// holds up whatever it waits for.
public func onOwnThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
