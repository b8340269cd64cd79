internal import FrameIO
public import Streaming

extension HealthModel {
    /// What is to be said now. `work` is what the pipeline's parts are doing. Allocates; for timers.
    public func judge(
        at now: Int64, limits: HealthLimits, work: PipelineWork, stall: StallWatch? = nil
    ) -> HealthReport {
        let (state, input) = judgeInput(now, limits, work, stall, isTold: true)
        let (isWorking, processing) = judgeProcessing(now, limits, work, isTold: true)
        return HealthReport(
            state: state, isWorking: isWorking,
            parts: [input, processing, judgeOutput(now, limits, state, stall, isTold: true)])
    }

    /// The same without words. Allocates nothing.
    public func glance(
        at now: Int64, limits: HealthLimits, work: PipelineWork, stall: StallWatch? = nil
    ) -> HealthGlance {
        let (state, input) = judgeInput(now, limits, work, stall, isTold: false)
        let (isWorking, processing) = judgeProcessing(now, limits, work, isTold: false)
        let output = judgeOutput(now, limits, state, stall, isTold: false)
        return HealthGlance(
            state: state, isWorking: isWorking, level: max(input.level, max(processing.level, output.level)))
    }

    private func judgeInput(
        _ now: Int64, _ limits: HealthLimits, _ work: PipelineWork, _ stall: StallWatch?, isTold: Bool
    ) -> (InputState, HealthStatus) {
        var status = HealthStatus(name: "densehybrid: input", level: .ok, message: "images come", isTold: isTold)
        let age = lastArrival.map { max(0, now - $0) }
        // A source that waits for room in the pipeline has nothing to answer for: only the time in a read counts.
        let silence = work.readingSince.map { max(0, now - max($0, lastArrival ?? $0)) } ?? 0
        let state: InputState
        if lastArrival == nil {
            state = .waitingImage
            status.message = "waiting for the first image"
            if stall?.isStalled == true { status.raise(to: .stale, "no image has come yet") }
        } else if silence > limits.maxImageAge {
            state = .stale
            status.raise(to: .stale, "no image for \(HealthStatus.milliseconds(silence)) ms")
        } else if isRejected {
            state = .rejected
            let isLasting = now - (lastGood ?? .min / 2) > limits.maxConsecutiveDelay
            status.raise(to: isLasting ? .error : .warn, "the last image could not be taken")
        } else {
            state = .active
        }
        if state == .active { judgeContent(&status, now, limits) }
        status.add("state", state.rawValue)
        status.add("image_age_ms", milliseconds: age)
        status.add("frames_in", "\(framesIn)")
        for position in 0..<FrameFindings.count where isTold {
            status.add("\(FrameFindings.name(position))_frames", "\(counts[position])")
        }
        return (state, status)
    }

    private func judgeContent(_ status: inout HealthStatus, _ now: Int64, _ limits: HealthLimits) {
        if latest.contains(.frozen) { status.raise(to: .error, "the picture is frozen") }
        if latest.contains(.black) { status.raise(to: .warn, "the picture is black") }
        if latest.contains(.blank) { status.raise(to: .warn, "the picture is blank") }
        for position in 3..<FrameFindings.count where lastSeen[position] != .min {
            guard now - lastSeen[position] <= limits.maxConsecutiveDelay else { continue }
            status.raise(to: .warn, Self.fault(position))
        }
    }

    /// A fault of single frames, by the position of its bit.
    private static func fault(_ position: Int) -> String {
        switch FrameFindings(rawValue: 1 << UInt16(position)) {
        case .duplicateID: "frame numbers repeat"
        case .duplicateTime: "capture times stand still"
        case .backwards: "capture times run backwards"
        case .gap: "frames are missing"
        default: "images are damaged"
        }
    }

    private func judgeProcessing(
        _ now: Int64, _ limits: HealthLimits, _ work: PipelineWork, isTold: Bool
    ) -> (Bool, HealthStatus) {
        var status = HealthStatus(name: "densehybrid: processing", level: .ok, message: "in time", isTold: isTold)
        let busy = work.longest.map { (job: $0, time: max(0, now - $0.since)) }
        let isInRange = lastProcessing.map { $0 <= limits.maxProcessing }
        let isLate = isInRange == false || (busy?.time ?? 0) > limits.maxProcessing
        let since = lastInTime ?? busy?.job.since ?? now
        // While nothing is at work the delay does not grow: then the input is what is missing.
        let until = busy == nil ? lastPublish ?? now : now
        let delay: Int64? = lastProcessing == nil && busy == nil ? nil : isLate ? max(0, until - since) : 0
        if lastProcessing == nil && busy == nil { status.message = "waiting for the first image" }
        if isLate {
            status.raise(
                to: (delay ?? 0) > limits.maxConsecutiveDelay ? .error : .warn,
                "processing takes longer than \(HealthStatus.milliseconds(limits.maxProcessing)) ms")
        }
        // A frame that is worked on is judged by its own time, too: frames before it may have been in time.
        let isHung = (busy?.time ?? 0) > limits.maxConsecutiveDelay
        if isHung, let busy {
            status.raise(
                to: .error,
                "stage \(busy.job.stage) has been at work on frame \(busy.job.frame) for "
                    + "\(HealthStatus.milliseconds(busy.time)) ms")
        }
        status.add("processing_time_ms", milliseconds: lastProcessing)
        status.add("is_processing_time_ms_in_expected_range", flag: lastProcessing == nil ? nil : !isLate)
        status.add("consecutive_processing_delay_ms", milliseconds: delay)
        status.add("is_consecutive_processing_delay_in_range", flag: delay.map { $0 <= limits.maxConsecutiveDelay })
        status.add("stage_at_work", busy.map { $0.job.stage.description } ?? "none")
        status.add("stage_time_ms", milliseconds: busy?.time ?? 0)
        status.add("frames_delivered", "\(delivered)")
        status.add("frames_lost", "\(lost)")
        return (!isHung, status)
    }

    private func judgeOutput(
        _ now: Int64, _ limits: HealthLimits, _ state: InputState, _ stall: StallWatch?, isTold: Bool
    ) -> HealthStatus {
        var status = HealthStatus(
            name: "densehybrid: output", level: .ok, message: "maps are delivered", isTold: isTold)
        let silence = lastPublish.map { max(0, now - $0) }
        if silence == nil { status.message = "waiting for the first map" }
        if stall?.isStalled == true {
            status.raise(to: .stale, "no map for \(HealthStatus.milliseconds(stall?.silence(at: now) ?? 0)) ms")
        } else if state == .active, let silence, silence > limits.maxConsecutiveDelay {
            status.raise(to: .error, "images come, but no map for \(HealthStatus.milliseconds(silence)) ms")
        }
        status.add("output_latency_ms", milliseconds: lastLatency)
        status.add("time_since_last_publish_ms", milliseconds: silence)
        status.add("is_stalled", flag: stall.map { $0.isStalled } ?? false)
        status.add("stalls", "\(stall?.count ?? 0)")
        return status
    }
}
