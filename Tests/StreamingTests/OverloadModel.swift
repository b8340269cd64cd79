import Streaming

/// A camera, a queue of depth one whose newest frame wins, and one machine whose work takes as long as `load` says: the
/// pipeline's late control on a manual clock. Times in nanoseconds.
struct OverloadModel {
    /// A frame that was delivered.
    struct Delivery {
        let arrival: Int64
        let finished: Int64
        let answer: FrameAnswer
        /// Since the arrival of the frame that the map is of; nil without one.
        let age: Int64?
        /// The rung that the control was at afterwards.
        let level: Int

        var latency: Int64 { finished - arrival }
    }

    static let millisecond: Int64 = 1_000_000

    var budget = 150 * millisecond
    var period = 50 * millisecond
    /// What a network of each size costs on an idle machine.
    var costs: [Int64] = [60 * millisecond, 20 * millisecond]
    var rungs: [LadderConfiguration.Rung] = [
        .compute(variant: 0), .compute(variant: 1), .every(2, variant: 1), .hold, .unknown,
    ]
    var hysteresis = LadderConfiguration.Hysteresis()
    var longestHold = 1000 * millisecond

    private(set) var deliveries: [Delivery] = []
    private(set) var dropped = 0
    private(set) var superseded = 0

    /// Runs for `duration`; `load` says by which factor work is slower at a time, `noise` the same for a single frame.
    mutating func run(
        for duration: Int64, load: (Int64) -> Double, noise: () -> Double = { 1 }
    ) {
        let ladder = LadderConfiguration(rungs: rungs, hysteresis: hysteresis, longestHold: longestHold)
        var control = LateControl(budgetNanoseconds: budget, policy: .degrade, ladder: ladder)
        var lastMap: Int64?
        var free: Int64 = 0
        var waiting: Int64?
        var arrival: Int64 = 0
        while arrival < duration {
            // The machine falls free before the next frame comes: the one that waits enters.
            if let frame = waiting, free < arrival {
                waiting = nil
                free = serve(frame, at: max(free, frame), &control, ladder, &lastMap, load, noise)
                continue
            }
            if waiting != nil { superseded += 1 }
            waiting = arrival
            arrival += period
        }
    }

    private mutating func serve(
        _ arrival: Int64, at now: Int64, _ control: inout LateControl, _ ladder: LadderConfiguration,
        _ lastMap: inout Int64?, _ load: (Int64) -> Double, _ noise: () -> Double
    ) -> Int64 {
        var answer = control.enter(now: now)
        switch control.decide(answer, before: .backbone, now: now, deadline: arrival + budget, isProbe: false) {
        case .proceed: break
        case .instead(let other): answer = other
        case .drop:
            dropped += 1
            return now
        }
        var finished = now
        if answer.kind == .computed {
            let cost = Int64(Double(costs[answer.variant]) * load(now) * noise())
            finished += cost
            control.observe(.backbone, nanoseconds: cost, of: answer)
            control.delivered(answer, latency: finished - arrival, now: finished, isWarmup: false)
            lastMap = arrival
        } else {
            answer = ladder.resolve(answer, lastMap: lastMap, now: now)
        }
        let age = answer.kind == .unknown ? nil : lastMap.map { finished - $0 }
        deliveries.append(
            Delivery(arrival: arrival, finished: finished, answer: answer, age: age, level: control.level))
        return finished
    }

    /// Delivered frames of each rung.
    var counts: [Int] {
        rungs.indices.map { level in deliveries.count { $0.answer.level == level } }
    }

    /// Of the frames that arrived in `range`: 99 of 100 took this long or shorter.
    func p99(_ range: Range<Int64> = 0..<Int64.max) -> Int64 {
        let sorted = deliveries.filter { range.contains($0.arrival) }.map(\.latency).sorted()
        return sorted.isEmpty ? 0 : sorted[(sorted.count * 99 + 99) / 100 - 1]
    }
}
