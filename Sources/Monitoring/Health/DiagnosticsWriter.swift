internal import Dispatch
internal import Foundation
public import FrameIO
internal import Glibc
internal import Streaming

/// Writes the judgement of a run as JSON lines, each a ROS `DiagnosticArray`, by a timer of its own (`--diagnostics`).
///
/// A slow reader holds up this timer and nothing else; a reader that has gone ends it quietly.
public final class DiagnosticsWriter: @unchecked Sendable {
    // Invariant: touched on `queue` only, once `start` has been called.
    private var isOver = false
    private let queue = DispatchQueue(label: "densehybrid.diagnostics")
    private let timer: any DispatchSourceTimer
    private let descriptor: Int32
    private let isOwned: Bool
    private let board: HealthBoard
    private let hardware: String

    /// Opens `target`: a number is an open descriptor, `-` standard output, all else a file, which grows in place.
    /// `hardware` is the `hardware_id`.
    public init(
        _ target: String, board: HealthBoard, hardware: String, intervalNanoseconds: Int64
    ) throws(FrameIOError) {
        self.board = board
        self.hardware = hardware
        if let number = Int32(target), number >= 0 {
            guard fcntl(number, F_GETFD) >= 0 else { throw .usage("--diagnostics \(target): no such open descriptor") }
            (descriptor, isOwned) = (number, false)
        } else if target == "-" {
            (descriptor, isOwned) = (STDOUT_FILENO, false)
        } else {
            descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
            isOwned = true
            guard descriptor >= 0 else { throw .system(operation: "create", path: target, code: errno) }
        }
        StopRequests.ignoreBrokenPipes()
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [unowned self] in Aside.run { write() } }
        let interval = Double(intervalNanoseconds) / 1e9
        timer.schedule(deadline: .now() + interval, repeating: interval)
        timer.activate()
    }

    deinit { if isOwned { close(descriptor) } }

    /// Writes a last line and ends. Waits for a reader for a second at most.
    public func finish() {
        timer.cancel()
        let done = DispatchSemaphore(value: 0)
        queue.async { [self] in
            Aside.run { write() }
            isOver = true
            done.signal()
        }
        _ = done.wait(timeout: .now() + 1)
    }

    private func write() {
        if isOver { return }
        let line = DiagnosticsText.line(board.report(), hardware: hardware, at: FrameClock.realtime())
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if put > 0 {
                bytes = bytes.dropFirst(put)
            } else if errno == EAGAIN {
                var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&watched, 1, -1)
            } else if errno != EINTR {
                isOver = true
                timer.cancel()
                return
            }
        }
    }
}

/// Reports as text.
enum DiagnosticsText {
    /// One line: a `diagnostic_msgs/DiagnosticArray` in JSON. `now` is Unix time in nanoseconds.
    static func line(_ report: HealthReport, hardware: String, at now: Int64) -> String {
        let parts = report.parts.map { part in
            let values = part.values.map { "{\"key\":\(quoted($0.key)),\"value\":\(quoted($0.value))}" }
            return
                "{\"level\":\(part.level.rawValue),\"name\":\(quoted(part.name)),\"message\":\(quoted(part.message)),"
                + "\"hardware_id\":\(quoted(hardware)),\"values\":[\(values.joined(separator: ","))]}"
        }
        return "{\"header\":{\"stamp\":{\"sec\":\(now / 1_000_000_000),\"nanosec\":\(now % 1_000_000_000)},"
            + "\"frame_id\":\"\"},\"status\":[\(parts.joined(separator: ","))]}\n"
    }

    private static func quoted(_ text: String) -> String {
        // Encoding one string cannot fail; were it to, the line stays JSON.
        guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }
}
