internal import FrameIO
public import Kernels
public import OpenSet
internal import Streaming

/// What a run computes, fixed before the first frame. Immutable and shared by all stages.
public struct PerceptionSettings: Sendable {
    /// Which full-resolution maps outlive the tail; the open-set map always does.
    public struct Maps: Sendable {
        /// Closed-set labels.
        public var labels = false
        /// Scores.
        public var score = false
        /// The picture for people.
        public var overlay = false
        /// Connected regions of the unknown: no map, but found while the open-set map is in cache.
        public var regions = false

        /// None.
        public init() {}

        /// These and all of `others`.
        func union(_ others: [Maps]) -> Maps {
            others.reduce(into: self) { all, other in
                all.labels = all.labels || other.labels
                all.score = all.score || other.score
                all.overlay = all.overlay || other.overlay
                all.regions = all.regions || other.regions
            }
        }
    }

    /// The model.
    public let network: ImportedNetwork
    /// Kernels for everything.
    public let kernels: KernelTable
    /// Threads that share the work inside a stage.
    public let pool: WorkerPool
    /// The outlier score.
    public let score: OutlierScore
    /// What the score must know beforehand, if it needs anything.
    public let statistics: ScoreStatistics?
    /// Where the score is computed.
    public let scoreResolution: ScoreResolution
    /// The decision threshold.
    public var threshold: Threshold
    /// Where it comes from, in words for `check`.
    public var thresholdOrigin = ""
    /// SHA-256 of the file that `statistics` are from; nil where the score needs none.
    public var statisticsSHA256: String?
    /// The network's input size; nil fits it to the frame's aspect.
    public let size: NetworkSize?
    /// The maps that are kept.
    public var maps: Maps
    /// Which regions are listed, where regions are wanted.
    public var regions = RegionOptions()
    /// The camera, for rough distances of regions.
    public var camera: GroundCamera?
    /// What a late frame gets instead; nil where nothing degrades. Its networks are compiled beside the full one.
    public var ladder: Ladder?
    /// What networks give out beside logits: what the score needs, or what is measured. Shared by the networks of all sizes.
    var tap: FeatureTap?
    /// Busy time that is added to a stage, for tests of the timings.
    var stageDelays = StageDelays()

    /// Settings; see the properties.
    public init(
        network: ImportedNetwork, kernels: KernelTable, pool: WorkerPool, score: OutlierScore,
        statistics: ScoreStatistics? = nil, scoreResolution: ScoreResolution = .full, threshold: Threshold,
        size: NetworkSize? = nil, maps: Maps = Maps()
    ) {
        self.network = network
        self.kernels = kernels
        self.pool = pool
        self.score = score
        self.statistics = statistics
        self.scoreResolution = scoreResolution
        self.threshold = threshold
        self.size = size
        self.maps = maps
        tap = FeatureTap(score, statistics)
    }

    /// Refuses what can be told before the first frame, so that no stream fails frame by frame for it.
    func check() throws(ModelError) {
        if let size { _ = try network.specialised(for: size) }
        try ladder?.check(self)
        if score.needs.contains(.outlierHead) && network.bundle.description.tensors.outlierLogits == nil {
            throw ModelError(OpenSetError.headMissing(score: score.name).description)
        }
        if score.needs.contains(.statistics) && statistics == nil {
            throw ModelError(OpenSetError.statisticsMissing(score: score.name).description)
        }
        if let tap { try network.check(tap, size: declaredSize) }
        if score.needs.contains(.outlierClass) && network.bundle.description.outlierOutput == nil {
            throw ModelError(OpenSetError.outlierClassMissing(score: score.name).description)
        }
    }

    /// The full size as far as it is known before the first frame, whose aspect may yet change the height.
    public var declaredSize: NetworkSize {
        let input = network.bundle.description.input
        return size ?? network.fixedSize ?? NetworkSize(width: input.size[0], height: input.size[1])
    }

    /// The network's input size as it is known before the first frame: its width alone where the frame's aspect decides.
    var sizeText: String {
        (size ?? network.fixedSize)?.description ?? "\(network.bundle.description.input.size[0]) wide"
    }

    var wantsOverlay: Bool { maps.overlay }

    var palette: Palette {
        get throws(OpenSetError) {
            func entry(_ entry: ModelDescription.ClassEntry) throws(OpenSetError) -> Palette.Entry {
                Palette.Entry(name: entry.name, color: try PaletteColor(components: entry.color))
            }
            var classes: [Palette.Entry] = []
            for one in network.bundle.description.classes { classes.append(try entry(one)) }
            return try Palette(classes: classes, unknown: try entry(network.bundle.description.unknown))
        }
    }

    /// The network, compiled for an input size; `warmsUp` runs it once. Allocates its arena.
    func compiled(_ size: NetworkSize, warmsUp: Bool) throws(ModelError) -> CompiledNetwork {
        let made = try network.compile(
            size: size, kernels: kernels, threads: pool.threadCount, tap: tap)
        if warmsUp { try made.warmUp(on: pool) }
        return made
    }

    /// Regions that workers share in a frame of this size: every step of a plan is one, and so are normalisation and every
    /// pass of the tail. Compiles the network; allocates.
    public func regionsPerFrame(_ size: NetworkSize) throws(ModelError) -> Int {
        let network = try compiled(size, warmsUp: false)
        let steps = network.steps.backbone.count + network.steps.heads.count + network.projectionSteps
        return steps + 1 + TailPlan.passes(score, at: scoreResolution)
    }

    /// The network's input size for a frame.
    public func networkSize(frameWidth: Int, frameHeight: Int) -> NetworkSize {
        let input = network.bundle.description.input
        return size ?? network.fixedSize
            ?? .fitting(
                frameWidth: frameWidth, frameHeight: frameHeight, defaultWidth: input.size[0],
                multiple: input.sizeMultiple)
    }
}

/// Time that a stage is made to lose, in nanoseconds: per frame, and in the tail per band. Only tests set it.
struct StageDelays: Sendable {
    private var nanoseconds = InlineArray<8, Int64>(repeating: 0)
    /// Ends a delay early.
    var isOver: (@Sendable () -> Bool)?

    subscript(stage: StageName) -> Int64 {
        get { nanoseconds[stage.rawValue] }
        set { nanoseconds[stage.rawValue] = newValue }
    }

    /// Spins for the stage's delay, or until it is over.
    func spend(in stage: StageName) {
        let delay = nanoseconds[stage.rawValue]
        if delay == 0 { return }
        let end = FrameClock.monotonic() + delay
        while FrameClock.monotonic() < end, isOver?() != true {}
    }
}
