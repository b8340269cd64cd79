/// All numbers of a run at one moment, for whoever shows them. A value: holding it holds up nothing.
public struct RunSnapshot: Hashable, Sendable, Codable {
    /// Frames in, and how they ended.
    public struct Frames: Hashable, Sendable, Codable {
        /// Frames that were read.
        public var arrived: UInt64 = 0
        /// Frames whose maps were written.
        public var delivered: UInt64 = 0
        /// Frames that were let go, at all places.
        public var dropped: UInt64 = 0
        /// Frames that could not be processed, at all places.
        public var failed: UInt64 = 0
        /// Drops by place and reason; those that happened.
        public var drops: [Loss] = []
        /// Failures by place and reason; those that happened.
        public var failures: [Loss] = []
        /// Delivered frames that came after their deadline.
        public var deadlineMisses: UInt64 = 0

        /// None.
        public init() {}
    }

    /// How often frames were lost at a place for a reason.
    public struct Loss: Hashable, Sendable, Codable {
        /// `source`, `admission` or a stage.
        public var place: String
        /// As in `--meta`.
        public var reason: String
        /// How often.
        public var count: UInt64

        /// A count.
        public init(place: String, reason: String, count: UInt64) {
            self.place = place
            self.reason = reason
            self.count = count
        }
    }

    /// A queue of frames.
    public struct Queue: Hashable, Sendable, Codable {
        /// `admission`, or the stage in front of which frames wait.
        public var name: String
        /// Frames that wait.
        public var depth: Int
        /// The most that can.
        public var capacity: Int

        /// A queue.
        public init(name: String, depth: Int, capacity: Int) {
            self.name = name
            self.depth = depth
            self.capacity = capacity
        }
    }

    /// The frame that ended last.
    public struct LastFrame: Hashable, Sendable, Codable {
        /// Its number.
        public var id: UInt64
        /// `delivered`, `dropped` or `failed`.
        public var status: String
        /// From arrival to end.
        public var totalNanoseconds: Int64
        /// Age of its result; nil where there is none.
        public var ageNanoseconds: Int64?
        /// Whether it met its deadline; nil without a budget.
        public var deadlineMet: Bool?

        /// A frame.
        public init(
            id: UInt64, status: String, totalNanoseconds: Int64, ageNanoseconds: Int64? = nil, deadlineMet: Bool? = nil
        ) {
            self.id = id
            self.status = status
            self.totalNanoseconds = totalNanoseconds
            self.ageNanoseconds = ageNanoseconds
            self.deadlineMet = deadlineMet
        }
    }

    /// Whether input and output are well, in the words of ROS diagnostics.
    public struct Health: Hashable, Sendable, Codable {
        /// Degrees, worst last; raw values are those of DiagnosticStatus.
        public enum Level: Int, Hashable, Sendable, Codable {
            case ok, warn, error, stale

            /// `OK`, `WARN`, `ERROR`, `STALE`.
            public var name: String { ["OK", "WARN", "ERROR", "STALE"][rawValue] }
        }

        /// The worst of all.
        public var level: Level
        /// What is wrong, one line each.
        public var messages: [String]

        /// A judgement.
        public init(level: Level, messages: [String]) {
            self.level = level
            self.messages = messages
        }
    }

    /// What the run is.
    public var description: RunDescription
    /// The process.
    public var pid: Int32
    /// Since monitoring began.
    public var uptimeNanoseconds: Int64
    /// Since the last frame ended; nil before the first.
    public var idleNanoseconds: Int64?
    /// Whether the stream has ended.
    public var isOver: Bool
    /// Frames.
    public var frames: Frames
    /// Upper bounds of `LatencySnapshot.buckets` in nanoseconds, without the last, which is infinite.
    public var bucketBounds: [Int64]
    /// Stages in order: all eight, also those that saw no frame yet. Delivered frames after warm-up only.
    public var stages: [LatencySnapshot]
    /// Arrival to delivery, of the same frames.
    public var frame: LatencySnapshot
    /// Time between stages, of the same frames.
    public var queueWait: LatencySnapshot
    /// Queues in order of a frame's way.
    public var queues: [Queue]
    /// Frames between the first stage and the end.
    public var inFlight: Int
    /// The most that are let in.
    public var inFlightLimit: Int
    /// Slots that no frame holds.
    public var freeSlots: Int
    /// All slots of the pool.
    public var slots: Int
    /// Of the last delivered frame: 0 is full quality.
    public var qualityLevel: Int
    /// Share of the last delivered map that is unknown; nil before the first.
    public var anomalyFraction: Float?
    /// Its greatest score.
    public var anomalyMaxScore: Float?
    /// The frame that ended last; nil before the first.
    public var lastFrame: LastFrame?
    /// Nil where nobody judges.
    public var health: Health?
}
