public import FrameIO

/// Follows input, processing and output of a run. Pure state, trivial to copy: times on `MonotonicTime` are handed in.
///
/// Ages are counted on the clock of this machine, from arrival: capture times of a drive that starts over, or of a camera
/// whose clock was set, make no stall.
public struct HealthModel: Sendable {
    /// How often frames had each finding, by the position of its bit.
    public private(set) var counts = InlineArray<8, UInt64>(repeating: 0)
    /// Frames that came in.
    public private(set) var framesIn: UInt64 = 0
    /// Frames whose maps were delivered.
    public private(set) var delivered: UInt64 = 0
    /// Frames that were dropped or failed.
    public private(set) var lost: UInt64 = 0
    var lastSeen = InlineArray<8, Int64>(repeating: .min)
    var latest: FrameFindings = []
    var lastArrival: Int64?
    var lastGood: Int64?
    var isRejected = false
    var lastProcessing: Int64?
    var lastLatency: Int64?
    var lastPublish: Int64?
    /// The end of the last frame that was in time; before there is one, the arrival of the first that was late.
    var lastInTime: Int64?

    /// Nothing has happened.
    public init() {}

    /// A frame has come; `findings` is what is known of it before it is decoded.
    public mutating func arrived(_ findings: FrameFindings, at now: Int64) {
        framesIn += 1
        lastArrival = now
        lastGood = now
        isRejected = false
        latest = findings
        count(findings, at: now)
    }

    /// Something has come that is no frame.
    public mutating func rejected(at now: Int64) {
        lastArrival = now
        isRejected = true
        count(.corrupt, at: now)
    }

    /// A frame has ended. `findings` is what was found beyond those of its arrival.
    public mutating func ended(
        _ status: FrameStatus, total: Int64, age: Int64?, findings: FrameFindings, at now: Int64, limits: HealthLimits
    ) {
        guard case .delivered = status else {
            lost += 1
            if findings.contains(.corrupt) {
                isRejected = true
                count(.corrupt, at: now)
            }
            return
        }
        delivered += 1
        lastProcessing = total
        lastLatency = age ?? total
        lastPublish = now
        if total <= limits.maxProcessing || lastInTime == nil {
            lastInTime = total <= limits.maxProcessing ? now : now - total
        }
        let pictures: FrameFindings = [.black, .blank]
        latest = latest.subtracting(pictures).union(findings.intersection(pictures))
        count(findings.intersection(pictures), at: now)
    }

    private mutating func count(_ findings: FrameFindings, at now: Int64) {
        for position in 0..<FrameFindings.count where findings.contains(position: position) {
            counts[position] += 1
            lastSeen[position] = now
        }
    }
}
