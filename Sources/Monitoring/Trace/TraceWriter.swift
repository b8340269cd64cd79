internal import Dispatch
internal import FrameIO
public import Streaming

/// Writes a run's Chrome trace while it runs (`--trace`), for Perfetto or chrome://tracing.
///
/// The frame path puts a copy of the frame's record into a ring of fixed size and goes on; a thread of its own empties the
/// ring every 20 ms, looks at queues and pool (also when no frame ends, so that a hang shows), and writes. Where the
/// reader is so slow that the ring is full, frames are left out of the trace, counted, and told in it. The file grows in
/// place, one event a line: whatever ends the process, what was written loads.
public final class TraceWriter: Sendable {
    private struct Entry {
        let record: PipelineRecord
        let qualityLevel: Int
    }

    private struct Ring: ~Copyable {
        var entries: BoundedQueue<Entry>
        var lost = 0
    }

    /// How many frames may wait to be written.
    public static let capacity = 1024

    private let ring: Guarded<Ring>
    private let control: PipelineControl
    private let file: TextFile
    private let title: String
    private let complain: @Sendable (String) -> Void
    private let origin = MonotonicTime.now()
    private let stop = DispatchSemaphore(value: 0)
    private let thread = Guarded<DedicatedThread?>(nil)

    /// Creates the file and starts the writer. `title` names the process in viewers. `complain` is told once if writing
    /// fails; the run goes on without a trace then.
    public init(
        path: String, title: String, control: PipelineControl, capacity: Int = TraceWriter.capacity,
        complain: @escaping @Sendable (String) -> Void
    ) throws(MonitoringError) {
        file = try TextFile(creating: path)
        ring = Guarded(Ring(entries: BoundedQueue(capacity: capacity, policy: .dropNewest)))
        self.title = title
        self.control = control
        self.complain = complain
        do throws(PipelineError) {
            let started = try DedicatedThread(name: "trace") { [self] in Aside.run { work() } }
            var handed = Optional(started)
            thread.withLock { $0 = handed.take() }
        } catch {
            throw MonitoringError("the trace's thread could not be started: \(error)")
        }
    }

    /// Takes a frame that has ended. Allocates nothing; holds a short lock.
    public func frameEnded(_ record: PipelineRecord, qualityLevel: Int) {
        ring.withLock { ring in
            if ring.entries.isFull {
                ring.lost += 1
            } else {
                _ = ring.entries.push(Entry(record: record, qualityLevel: qualityLevel))
            }
        }
    }

    /// Writes what is left and ends the array. Waits for the reader; call once, after the last frame.
    public func finish() {
        stop.signal()
        var running = thread.withLock { $0.take() }
        if let thread = running.take() { thread.join() }
    }

    private func work() {
        var text = TraceText(origin: origin, title: title)
        var missing = 0
        var hasFailed = false
        var isLast = false
        repeat {
            isLast = stop.wait(timeout: .now() + .milliseconds(20)) == .success
            var lost = 0
            while let entry = next(&lost) { text.add(entry.record, qualityLevel: entry.qualityLevel) }
            if lost > 0 { text.add(lost: lost, at: MonotonicTime.now()) }
            missing += lost
            if let gauges = control.gauges { text.add(gauges, at: MonotonicTime.now()) }
            if isLast { text.close(lost: missing) }
            let lines = text.take()
            if hasFailed { continue }
            do throws(MonitoringError) {
                try file.write(lines)
            } catch {
                hasFailed = true
                complain("trace: \(error); the run goes on without it")
            }
        } while !isLast
        if missing > 0 && !hasFailed { complain("trace: \(missing) frames are missing, as its reader was too slow") }
    }

    private func next(_ lost: inout Int) -> Entry? {
        ring.withLock { ring in
            if let entry = ring.entries.pop() { return entry }
            lost = ring.lost
            ring.lost = 0
            return nil
        }
    }
}
