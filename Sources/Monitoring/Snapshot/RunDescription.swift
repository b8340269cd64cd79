/// What a run is, fixed before its first frame.
public struct RunDescription: Hashable, Sendable, Codable {
    /// Version of the program.
    public var version: String
    /// `run` or `replay`.
    public var verb: String
    /// What it reads, as it was named.
    public var input: String
    /// The model's name.
    public var model: String
    /// SHA-256 of the network's file.
    public var modelDigest: String
    /// `fp32` or `int8`.
    public var precision: String
    /// The network's input, `1024x512`, or what is known of it before the first frame.
    public var size: String
    /// Instruction set of the kernels.
    public var isa: String
    /// Threads that share the work in a stage.
    public var threads: Int
    /// The outlier score.
    public var score: String
    /// Scores above it are unknown.
    public var threshold: Float
    /// Names of the classes, in the order of their labels; unknown is the one after the last.
    public var classes: [String]
    /// From arrival to deadline; nil where time does not matter.
    public var budgetNanoseconds: Int64?
    /// What is done with late frames.
    public var onLate: String
    /// What is done with frames that come too fast.
    public var queue: String

    /// A description; see the properties.
    public init(
        version: String = "", verb: String = "run", input: String = "", model: String = "", modelDigest: String = "",
        precision: String = "", size: String = "", isa: String = "", threads: Int = 1, score: String = "",
        threshold: Float = 0, classes: [String] = [], budgetNanoseconds: Int64? = nil, onLate: String = "",
        queue: String = ""
    ) {
        self.version = version
        self.verb = verb
        self.input = input
        self.model = model
        self.modelDigest = modelDigest
        self.precision = precision
        self.size = size
        self.isa = isa
        self.threads = threads
        self.score = score
        self.threshold = threshold
        self.classes = classes
        self.budgetNanoseconds = budgetNanoseconds
        self.onLate = onLate
        self.queue = queue
    }
}
