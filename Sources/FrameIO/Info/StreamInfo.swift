/// What a stream or drive holds, found by reading it through (verb `info`). Frames are not decoded.
public struct StreamInfo: Sendable, Equatable {
    /// Frames of one size.
    public struct Size: Sendable, Equatable {
        /// Width in pixels; 0 where a frame's header could not be read.
        public var width: Int
        /// Height in pixels.
        public var height: Int
        /// Frames of this size.
        public var frames: Int
    }

    /// A step in capture time that is longer than one and a half times the usual one.
    public struct Gap: Sendable, Equatable {
        /// The last frame before the gap.
        public var afterFrame: UInt64
        /// Length in nanoseconds.
        public var nanoseconds: Int64
    }

    /// What the source says of itself.
    public var properties: StreamProperties
    /// Payload of the first frame, such as `jpeg` or `yuv420p`; nil without frames.
    public var payload: String?
    /// Whole frames.
    public var frames = 0
    /// Bytes of all whole frames.
    public var bytes = 0
    /// Sizes in the order in which they appear.
    public var sizes: [Size] = []
    /// Stretches of damage.
    public var corruptions: [Corruption] = []
    /// Whether the input ends inside a frame.
    public var truncated = false
    /// Frames with a capture time.
    public var timedFrames = 0
    /// First capture time.
    public var firstCaptureNanoseconds: Int64?
    /// Last capture time.
    public var lastCaptureNanoseconds: Int64?
    /// The usual (median) step between capture times.
    public var medianStepNanoseconds: Int64?
    /// Gaps in capture time.
    public var gaps: [Gap] = []
    /// Frames whose capture time is not after the one before.
    public var backwardSteps = 0

    /// What is known of the recording that the frames lie in; nil for other formats.
    public var recording: RecordingInfo?
    private var times: [FrameTime] = []

    private struct FrameTime: Sendable, Equatable {
        let id: UInt64
        let time: Int64
    }

    /// Whether anything is lost: exit code 3.
    public var hasDataLoss: Bool { truncated || !corruptions.isEmpty || recording?.hasDataLoss == true }

    /// Reads `source` to its end. Blocks as long as that takes; a stop ends it early with what was seen.
    public init(scanning source: any FrameSource) throws(FrameIOError) {
        self.init(source.properties)
        var frame = FrameBuffer()
        scan: while true {
            switch try source.next(into: &frame) {
            case .frame: add(frame.header)
            case .corrupt(let corruption): corruptions.append(corruption)
            case .end(let isTruncated):
                truncated = isTruncated
                break scan
            case .stopped: break scan
            }
        }
        properties = source.properties
        measure()
    }

    /// Nothing yet of a stream.
    init(_ properties: StreamProperties) { self.properties = properties }

    /// Time from the first to the last frame by capture times; nil where there are fewer than two.
    public var spanNanoseconds: Int64? {
        guard let first = firstCaptureNanoseconds, let last = lastCaptureNanoseconds, timedFrames > 1 else {
            return nil
        }
        return last - first
    }

    /// Counts a frame.
    mutating func add(_ header: FrameHeader) {
        frames += 1
        bytes += header.byteCount
        if payload == nil { payload = header.payload.name }
        if let known = sizes.firstIndex(where: { $0.width == header.width && $0.height == header.height }) {
            sizes[known].frames += 1
        } else {
            sizes.append(Size(width: header.width, height: header.height, frames: 1))
        }
        if let capture = header.captureNanoseconds { times.append(FrameTime(id: header.id, time: capture)) }
    }

    /// Derives span, steps and gaps from the times of all frames; called once, at the end.
    mutating func measure() {
        timedFrames = times.count
        firstCaptureNanoseconds = times.first?.time
        lastCaptureNanoseconds = times.last?.time
        let steps = zip(times.dropFirst(), times).map { $0.time - $1.time }
        backwardSteps = steps.count { $0 <= 0 }
        let forward = steps.filter { $0 > 0 }.sorted()
        guard !forward.isEmpty else { return }
        let median = forward[forward.count / 2]
        medianStepNanoseconds = median
        for (index, step) in steps.enumerated() where step > median + median / 2 {
            gaps.append(Gap(afterFrame: times[index].id, nanoseconds: step))
        }
        times = []
    }
}
