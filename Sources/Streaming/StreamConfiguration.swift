/// How frames flow: what waits, how much is under way, and what lateness means.
public struct StreamConfiguration: Sendable {
    /// What happens to frames that arrive faster than they are processed.
    public var queue: QueuePolicy
    /// How many frames that were read may wait for the first stage.
    public var queueDepth: Int
    /// How many frames may be between the first stage and the end: 3 keep the backbone busy while the next frame is
    /// decoded and the last one is written; more only make frames older.
    public var framesInFlight: Int
    /// Stages that together work on one frame at a time, or nil: those that share the machine's cores. Stages around
    /// them (decoding before, writing after) still overlap with them.
    public var serialStages: ClosedRange<StageName>?
    /// Nanoseconds from arrival to deadline, or nil.
    public var budgetNanoseconds: Int64?
    /// What is done with frames that will miss the deadline.
    public var onLate: LatePolicy
    /// The rungs that `degrade` goes down and up; nil where `onLate` is another policy.
    public var ladder: LadderConfiguration?
    /// What an earlier run decided for each frame; nil where this run decides for itself. A run that follows a script
    /// wants the policies `block` and `finish`, and then the machine's speed changes nothing.
    public var script: DecisionScript?
    /// How many delivered frames at the start are left out of latencies and allocation counts.
    public var warmupFrames: Int
    /// How many frames may be open (read, but their record not published) before the source waits.
    public var recordCapacity: Int
    /// Called on the thread at hand each time a stage or the sink begins to work off its inbox, for modes that belong to
    /// a thread (flushing denormals). Must be cheap and must not allocate.
    public var prepareThread: @Sendable () -> Void

    /// A flow; see the properties.
    public init(
        queue: QueuePolicy, queueDepth: Int = 2, framesInFlight: Int = 3,
        serialStages: ClosedRange<StageName>? = nil, budgetNanoseconds: Int64? = nil,
        onLate: LatePolicy = .drop, ladder: LadderConfiguration? = nil, warmupFrames: Int = 0,
        recordCapacity: Int = 2048,
        prepareThread: @escaping @Sendable () -> Void = {}
    ) {
        self.queue = queue
        self.queueDepth = queue == .latest ? 1 : queueDepth
        self.framesInFlight = framesInFlight
        self.serialStages = serialStages
        self.budgetNanoseconds = budgetNanoseconds
        self.onLate = onLate
        self.ladder = ladder
        self.warmupFrames = warmupFrames
        self.recordCapacity = recordCapacity
        self.prepareThread = prepareThread
    }

    /// For files and directories: nothing is lost, the source waits.
    public static var file: StreamConfiguration { StreamConfiguration(queue: .block) }

    /// For cameras and pipes in real time: the newest frame waits, older ones give way.
    public static var live: StreamConfiguration { StreamConfiguration(queue: .latest) }

    /// How many slots this flow can use: those that wait, those under way, and the one that is being read into. A pool
    /// may be smaller (then `pool-empty` shows up as a reason for drops); more would stay unused.
    public var slots: Int { queueDepth + framesInFlight + 1 }
}

/// Why a pipeline could not be built or did not keep its books.
public enum PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The configuration makes no sense; the message says what to do.
    case configuration(String)
    /// The stages are not in order.
    case stageOrder(String)
    /// `run` was called a second time.
    case alreadyRun
    /// The source's thread could not be started.
    case thread(code: Int32)
    /// A defect of the pipeline: frames were lost without a record.
    case unbalanced(String)
    /// A defect of the pipeline: slots were not given back.
    case leakedSlots(Int)

    /// One line for people.
    public var description: String {
        switch self {
        case .configuration(let what): "pipeline configuration: \(what)"
        case .stageOrder(let what): "pipeline stages: \(what)"
        case .alreadyRun: "pipeline: run() was called twice; build a new pipeline for each stream"
        case .thread(let code): "pipeline: the thread of the source could not be started (error \(code))"
        case .unbalanced(let what): "pipeline: the books do not balance: \(what); please report this defect"
        case .leakedSlots(let count): "pipeline: \(count) slots were not given back; please report this defect"
        }
    }
}
