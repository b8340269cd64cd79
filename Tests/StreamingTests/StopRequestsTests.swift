import Glibc
import Streaming
import Synchronization
import Testing

/// Each in a process of its own: signal handlers belong to the process.
@Suite struct StopRequestsTests {
    @Test func theFirstSignalDrainsAndTheSecondStops() async {
        await #expect(processExitsWith: .exitCode(17)) {
            let control = PipelineControl()
            let requests = StopRequests { control.escalate() }
            precondition(requests != nil)
            // Both wait at a closed door, so that their handlers run one behind the other however busy the machine is.
            var both = sigset_t()
            sigemptyset(&both)
            sigaddset(&both, SIGTERM)
            sigaddset(&both, SIGINT)
            pthread_sigmask(SIG_BLOCK, &both, nil)
            pthread_kill(pthread_self(), SIGTERM)
            pthread_kill(pthread_self(), SIGINT)
            pthread_sigmask(SIG_UNBLOCK, &both, nil)
            while !control.isEnding { usleep(1000) }
            usleep(60_000)
            precondition(!control.isStopped, "signals that come together are one request")
            kill(getpid(), SIGINT)
            while !control.isStopped { usleep(1000) }
            withExtendedLifetime(requests) { exit(17) }
        }
    }

    @Test func aThirdSignalEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let control = PipelineControl()
            let requests = StopRequests { control.escalate() }
            kill(getpid(), SIGTERM)
            while !control.isEnding { usleep(1000) }
            usleep(60_000)
            kill(getpid(), SIGTERM)
            while !control.isStopped { usleep(1000) }
            kill(getpid(), SIGTERM)
            usleep(2_000_000)
            withExtendedLifetime(requests) { exit(0) }
        }
    }

    @Test func aClosedPipeIsAnErrorAndNotTheEnd() async {
        await #expect(processExitsWith: .exitCode(EPIPE)) {
            let requests = StopRequests {}
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            var byte: UInt8 = 1
            let result = write(ends[1], &byte, 1)
            let code = errno
            withExtendedLifetime(requests) { exit(result == -1 ? code : 0) }
        }
    }

    @Test func onlyOneAtATimeAndTheNextAfterIt() async {
        await #expect(processExitsWith: .success) {
            var first = StopRequests {}
            precondition(first != nil)
            precondition(StopRequests {} == nil)
            first = nil
            let seen = Atomic<Int>(0)
            let second = StopRequests { seen.add(1, ordering: .relaxed) }
            precondition(second != nil)
            kill(getpid(), SIGINT)
            while seen.load(ordering: .relaxed) == 0 { usleep(1000) }
            withExtendedLifetime(second) { exit(0) }
        }
    }
}
