internal import FrameIO
internal import OpenSet
internal import Synchronization

/// All open outputs of a run. Written by the sink's queue only; the digest and the state are read after the run.
final class ResultOutputs: @unchecked Sendable {
    // Invariant: the sinks are used by one serial queue; `state` has its own lock.
    private struct State {
        var isClosed = false
        var failure: FrameIOError?
        var digest = ""
    }

    private let openSet: LabelMapSink?
    private let labels: LabelMapSink?
    private let score: ScoreMapSink?
    private let overlay: PictureSink?
    private let meta: FrameMetaWriter?
    private let frameTimes: FrameTimesWriter?
    private let progress: ProgressWriter?
    private let recording: RecordingSink?
    private let decisions: DecisionsWriter?
    private let digest = DigestSink()
    private let state = Mutex(State())
    private var nextProgress: Int64 = 0
    private let counts: RunProgress

    init(
        _ request: OutputRequest, names: NameTable?, frameRate: FrameRate?, palette: Palette,
        recordingFields: [(key: String, value: String)], decisionsHeader: String, progress counts: RunProgress
    ) throws(FrameIOError) {
        self.counts = counts
        var options = OutputOptions(format: request.format, names: names, frameRate: frameRate)
        let colors = (palette.classes + [palette.unknown]).flatMap { [$0.color.red, $0.color.green, $0.color.blue] }
        options.palette = colors
        func target(_ path: String?) -> OutputTarget? { path.map { OutputTarget($0) } }
        func fitting(_ kind: OutputKind) -> OutputOptions {
            var fitted = options
            // One --format for several outputs: it holds for those that can take it.
            if let format = options.format, !kind.formats.contains(format) { fitted.format = nil }
            return fitted
        }
        openSet = try target(request.openSet).map { place throws(FrameIOError) in
            try LabelMapSink(place, options: fitting(.labels))
        }
        labels = try target(request.labels).map { place throws(FrameIOError) in
            try LabelMapSink(place, options: fitting(.labels))
        }
        score = try target(request.scoreMap).map { place throws(FrameIOError) in
            try ScoreMapSink(place, options: fitting(.scores))
        }
        overlay = try target(request.overlay).map { place throws(FrameIOError) in
            try PictureSink(place, options: fitting(.pictures))
        }
        meta = try request.meta.map { path throws(FrameIOError) in try FrameMetaWriter(path: path) }
        frameTimes = try request.frameTimes.map { path throws(FrameIOError) in try FrameTimesWriter(path: path) }
        progress = try request.progress.map { path throws(FrameIOError) in try ProgressWriter(path) }
        recording = try request.recording.map { path throws(FrameIOError) in
            try RecordingSink(path: path, options: request.recordingOptions, fields: recordingFields)
        }
        decisions = try request.decisions.map { path throws(FrameIOError) in
            try DecisionsWriter(path: path, header: decisionsHeader)
        }
    }

    /// Writes all maps of a frame; `header` names the files.
    func write(_ slot: FrameSlot, header: FrameHeader) throws(FrameIOError) {
        guard let key = slot.geometry?.key else { return }
        let (width, height) = (key.width, key.height)
        try openSet?.write(UnsafePointer(slot.openSet.start), width: width, height: height, of: header)
        try labels?.write(UnsafePointer(slot.labels.start), width: width, height: height, of: header)
        try score?.write(
            UnsafePointer(slot.score.base.assumingMemoryBound(to: Float.self)), width: width, height: height, of: header
        )
        try overlay?.write(UnsafePointer(slot.overlay.start), width: width, height: height, of: header)
        if let recording { try record(slot, header, in: recording, width: width, height: height) }
    }

    /// Adds the map of a frame to the digest: 0.6 ms a megapixel, after the frame is delivered, so that no reader waits for it.
    func digest(_ slot: FrameSlot) {
        guard let key = slot.geometry?.key else { return }
        digest.write(UnsafePointer(slot.openSet.start), width: key.width, height: key.height)
    }

    private func record(
        _ slot: FrameSlot, _ header: FrameHeader, in recording: RecordingSink, width: Int, height: Int
    ) throws(FrameIOError) {
        recording.write(.openSet, UnsafePointer(slot.openSet.start), width: width, height: height, of: header)
        recording.write(.labels, UnsafePointer(slot.labels.start), width: width, height: height, of: header)
        recording.write(
            scores: UnsafePointer(slot.score.base.assumingMemoryBound(to: Float.self)), width: width, height: height,
            of: header)
        try recording.write(overlay: UnsafePointer(slot.overlay.start), width: width, height: height, of: header)
    }

    /// Writes what is given out while no map is delivered. It belongs to no frame: digest, frame times and decisions know
    /// nothing of it.
    func fill(_ filling: StallFiller.Filling) throws(FrameIOError) {
        try write(filling.slot, header: filling.header)
        try meta?.write(filling.record)
        try recording?.end(filling.record)
    }

    /// Writes a frame's record.
    func publish(_ record: FrameRecord, regions: UnsafeBufferPointer<RegionRecord>?) throws(FrameIOError) {
        counts.ended(isDelivered: record.status.isDelivered)
        try meta?.write(record, regions: regions)
        try frameTimes?.write(record)
        try decisions?.write(record)
        try recording?.end(record, regions: regions)
        let now = FrameClock.monotonic()
        if let progress, now >= nextProgress {
            nextProgress = now + 1_000_000_000
            try report(progress, isLast: false)
        }
    }

    /// Completes all outputs, each whatever became of the others; throws the first failure, or that a reader is gone.
    func finish() throws(FrameIOError) {
        let hexadecimal = digest.hexadecimal()
        state.withLock { $0.digest = hexadecimal }
        var first: FrameIOError?
        func complete(_ work: () throws(FrameIOError) -> Void) {
            do throws(FrameIOError) {
                try work()
            } catch {
                if first == nil || first == .downstreamClosed { first = error }
            }
        }
        complete { () throws(FrameIOError) in try openSet?.finish() }
        complete { () throws(FrameIOError) in try labels?.finish() }
        complete { () throws(FrameIOError) in try score?.finish() }
        complete { () throws(FrameIOError) in try overlay?.finish() }
        complete { () throws(FrameIOError) in
            try recording?.finish(fields: [
                ("frames_delivered", "\(counts.delivered)"), ("frames_lost", "\(counts.lost)"),
                ("openset_digest", hexadecimal),
            ])
        }
        complete { () throws(FrameIOError) in
            try decisions?.finish(frames: counts.delivered + counts.lost, digest: hexadecimal)
        }
        complete { () throws(FrameIOError) in if let progress { try report(progress, isLast: true) } }
        if let first { throw first }
    }

    /// Notes that a reader has closed its end.
    func closed() { state.withLock { $0.isClosed = true } }

    /// Notes that an output cannot be written.
    func failed(_ error: FrameIOError) {
        state.withLock { if $0.failure == nil && error != .downstreamClosed { $0.failure = error } }
    }

    /// Whether a reader closed its end, the first failure, and the digest of all open-set maps.
    var outcome: (isClosed: Bool, failure: FrameIOError?, digest: String) {
        state.withLock { ($0.isClosed, $0.failure, $0.digest) }
    }

    private func report(_ progress: ProgressWriter, isLast: Bool) throws(FrameIOError) {
        progress.add("frame", counts.delivered + counts.lost)
        progress.add("delivered", counts.delivered)
        progress.add("lost", counts.lost)
        try progress.flush(isLast: isLast)
    }
}
