public import Foundation

extension RunSnapshot {
    /// One JSON object on one line, keys in alphabetical order; durations in whole nanoseconds, what is unknown left out.
    /// The format of the control socket and of `monitor --once --json`. Allocates.
    public var json: String { String(decoding: jsonBytes, as: UTF8.self) }

    /// `json` as UTF-8.
    public var jsonBytes: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        // Every value is a number, text or list of these, so encoding cannot fail.
        return (try? encoder.encode(self)) ?? Data("{}".utf8)
    }

    /// Reads what `json` wrote. Throws also where numbers are not of a run: whoever answers may be anybody, and those who
    /// show a snapshot reckon with it.
    public init(json: Data) throws(MonitoringError) {
        let refusal = MonitoringError("the answer is no snapshot of a run; is it the same version of densehybrid?")
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            self = try decoder.decode(RunSnapshot.self, from: json)
        } catch {
            throw refusal
        }
        if !isSane { throw refusal }
    }

    /// Whether sums and differences of the numbers are numbers, too.
    private var isSane: Bool {
        let durations = 0...Int64.max / 4
        let counts: ClosedRange<UInt64> = 0...1 << 62 - 1
        return durations.contains(uptimeNanoseconds) && (description.budgetNanoseconds ?? 1) > 0
            && [frames.arrived, frames.delivered, frames.dropped, frames.failed, frames.deadlineMisses]
                .allSatisfy(counts.contains)
            && all.allSatisfy { latency in
                let window = latency.window
                return latency.recent.count <= latency.count && latency.recent.allSatisfy(durations.contains)
                    && [latency.sumNanoseconds, latency.maximum, window.p50, window.p95, window.p99, window.maximum]
                        .allSatisfy(durations.contains)
            }
    }
}

extension RunSnapshot {
    enum CodingKeys: String, CodingKey {
        case description = "run"
        case pid, frames, stages, frame, queues, slots, health
        case uptimeNanoseconds = "uptime_ns"
        case idleNanoseconds = "idle_ns"
        case isOver = "is_over"
        case bucketBounds = "bucket_bounds_ns"
        case queueWait = "queue_wait"
        case inFlight = "in_flight"
        case inFlightLimit = "in_flight_limit"
        case freeSlots = "free_slots"
        case qualityLevel = "quality_level"
        case anomalyFraction = "anomaly_fraction"
        case anomalyMaxScore = "anomaly_max_score"
        case lastFrame = "last_frame"
    }
}

extension RunSnapshot.Frames {
    enum CodingKeys: String, CodingKey {
        case arrived = "in"
        case delivered, dropped, failed, drops, failures
        case deadlineMisses = "deadline_misses"
    }
}

extension RunSnapshot.LastFrame {
    enum CodingKeys: String, CodingKey {
        case id, status
        case totalNanoseconds = "total_ns"
        case ageNanoseconds = "age_ns"
        case deadlineMet = "deadline_met"
    }
}

extension LatencySnapshot {
    enum CodingKeys: String, CodingKey {
        case name, count, buckets, exponential, window
        case sumNanoseconds = "sum_ns"
        case maximum = "max_ns"
        case recent = "recent_ns"
    }
}

extension LatencySnapshot.Window {
    enum CodingKeys: String, CodingKey {
        case count
        case p50 = "p50_ns"
        case p95 = "p95_ns"
        case p99 = "p99_ns"
        case maximum = "max_ns"
    }
}

extension RunDescription {
    enum CodingKeys: String, CodingKey {
        case version, verb, input, model, precision, size, isa, threads, score, threshold, classes, queue
        case modelDigest = "model_digest"
        case budgetNanoseconds = "budget_ns"
        case onLate = "on_late"
    }
}
