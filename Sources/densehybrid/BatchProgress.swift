internal import Dispatch
internal import FrameIO
internal import Perception

/// `--progress` of many drives: a block about once a second, of the drives and of the frames of this process.
final class BatchProgress: @unchecked Sendable {
    // Invariant: everything below is touched on `queue` only.
    private let queue = DispatchQueue(label: "densehybrid.progress")
    private let writer: ProgressWriter
    private let timer: any DispatchSourceTimer
    private let total: Int
    private var current: RunProgress?
    private var (delivered, lost) = (0, 0)
    private var (done, failed) = (0, 0)
    private var isBroken = false

    init(_ target: String, total: Int) throws(FrameIOError) {
        writer = try ProgressWriter(target)
        self.total = total
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [unowned self] in write(isLast: false) }
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.resume()
    }

    deinit { timer.cancel() }

    /// Counts along with the next drive.
    func follow(_ progress: RunProgress) { queue.sync { current = progress } }

    /// A drive has ended.
    func ended(segmentsDone: Int, failed: Int) {
        queue.sync {
            delivered += current?.delivered ?? 0
            lost += current?.lost ?? 0
            current = nil
            (done, self.failed) = (segmentsDone, failed)
        }
    }

    /// Writes the last block.
    func finish() {
        timer.cancel()
        queue.sync { write(isLast: true) }
    }

    private func write(isLast: Bool) {
        // Whoever read the progress may be gone; the work goes on.
        if isBroken { return }
        let (more, less) = (current?.delivered ?? 0, current?.lost ?? 0)
        writer.add("segments", total)
        writer.add("segments_done", done)
        writer.add("segments_failed", failed)
        writer.add("frame", delivered + lost + more + less)
        writer.add("delivered", delivered + more)
        writer.add("lost", lost + less)
        do throws(FrameIOError) { try writer.flush(isLast: isLast) } catch { isBroken = true }
    }
}
