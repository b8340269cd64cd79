internal import FrameIO
internal import Streaming
internal import Synchronization

/// What signals end: the stream that is under way, and those that would come after it.
final class Interruption: Sendable {
    private struct State {
        var requests = 0
        var control: PipelineControl?
    }

    private let state = Mutex(State())

    /// A handle for the next stream; it is at its end already where a signal came before.
    func begin() throws(FrameIOError) -> (PipelineControl, StopSignal) {
        let stop = try StopSignal()
        let control = PipelineControl { stop.stop() }
        let requests = state.withLock { state in
            state.control = control
            return state.requests
        }
        for _ in 0..<min(requests, 2) { control.escalate() }
        return (control, stop)
    }

    /// What a signal asks for: a drain the first time, a stop the second.
    func request() {
        let control = state.withLock { state in
            state.requests += 1
            return state.control
        }
        control?.escalate()
    }

    /// Whether a signal came.
    var isRequested: Bool { state.withLock { $0.requests > 0 } }
}
