/// A metric with all its label values, before it is written in a format.
struct MetricFamily {
    enum Kind: String {
        case counter, gauge, histogram
    }

    struct Sample {
        enum Value {
            case number(Double)
            /// Durations, and the upper bounds of their classic buckets in nanoseconds.
            case histogram(LatencySnapshot, bounds: [Int64])
        }

        let labels: [(name: String, value: String)]
        let value: Value
    }

    let name: String
    let help: String
    let kind: Kind
    let samples: [Sample]

    /// A metric whose samples differ in their labels.
    private init(
        _ kind: Kind, _ name: String, _ help: String,
        _ values: [(labels: [(name: String, value: String)], value: Double)]
    ) {
        self.init(
            name: "densehybrid_" + name, help: help, kind: kind,
            samples: values.map { Sample(labels: $0.labels, value: .number($0.value)) })
    }

    /// A metric with one sample; none where the value is unknown.
    private init(_ kind: Kind, _ name: String, _ help: String, _ value: Double?) {
        self.init(kind, name, help, value.map { [([], $0)] } ?? [])
    }

    private init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// All that is told of a run, in a fixed order. Metrics without a sample are left out.
    static func all(of run: RunSnapshot) -> [MetricFamily] {
        (durations(run) + frames(run) + state(run)).filter { !$0.samples.isEmpty }
    }

    private static func durations(_ run: RunSnapshot) -> [MetricFamily] {
        func sample(_ durations: LatencySnapshot, _ labels: [(name: String, value: String)] = []) -> Sample {
            Sample(labels: labels, value: .histogram(durations, bounds: run.bucketBounds))
        }
        return [
            MetricFamily(
                name: "densehybrid_stage_duration_seconds",
                help: "Work of a stage on a delivered frame, without waiting.", kind: .histogram,
                samples: run.stages.map { sample($0, [("stage", $0.name)]) }),
            MetricFamily(
                name: "densehybrid_frame_latency_seconds", help: "Arrival to delivery of a frame.", kind: .histogram,
                samples: [sample(run.frame)]),
            MetricFamily(
                name: "densehybrid_queue_wait_seconds", help: "Time that a delivered frame waited between stages.",
                kind: .histogram, samples: [sample(run.queueWait)]),
        ]
    }

    private static func frames(_ run: RunSnapshot) -> [MetricFamily] {
        func losses(_ losses: [RunSnapshot.Loss]) -> [(labels: [(name: String, value: String)], value: Double)] {
            losses.map { ([("stage", $0.place), ("reason", $0.reason)], Double($0.count)) }
        }
        return [
            MetricFamily(.counter, "frames_read_total", "Frames that were read.", Double(run.frames.arrived)),
            MetricFamily(
                .counter, "frames_total", "Frames that ended, by how.",
                [
                    ([("result", "delivered")], Double(run.frames.delivered)),
                    ([("result", "dropped")], Double(run.frames.dropped)),
                    ([("result", "failed")], Double(run.frames.failed)),
                ]),
            MetricFamily(
                .counter, "frames_dropped_total", "Frames that were let go, by place and reason.",
                losses(run.frames.drops)),
            MetricFamily(
                .counter, "frames_failed_total", "Frames that could not be processed, by place and reason.",
                losses(run.frames.failures)),
            MetricFamily(
                .counter, "deadline_misses_total", "Delivered frames that came after their deadline.",
                Double(run.frames.deadlineMisses)),
        ]
    }

    private static func state(_ run: RunSnapshot) -> [MetricFamily] {
        let about = run.description
        return [
            MetricFamily(
                .gauge, "queue_depth", "Frames that wait.",
                run.queues.map { ([("queue", $0.name)], Double($0.depth)) }),
            MetricFamily(
                .gauge, "queue_capacity", "The most frames that can wait.",
                run.queues.map { ([("queue", $0.name)], Double($0.capacity)) }),
            MetricFamily(
                .gauge, "pool_free_buffers", "Frame slots that no frame holds.",
                [([("pool", "frames")], Double(run.freeSlots))]),
            MetricFamily(
                .gauge, "pool_buffers", "All frame slots.", [([("pool", "frames")], Double(run.slots))]),
            MetricFamily(
                .gauge, "frames_in_flight", "Frames between the first stage and the end.", Double(run.inFlight)),
            MetricFamily(
                .gauge, "quality_level", "Of the last delivered frame; 0 is full quality.", Double(run.qualityLevel)),
            MetricFamily(
                .gauge, "anomaly_fraction", "Share of the last delivered map that is unknown.",
                run.anomalyFraction.map(Double.init)),
            MetricFamily(
                .gauge, "health_level", "0 OK, 1 WARN, 2 ERROR, 3 STALE.", run.health.map { Double($0.level.rawValue) }),
            MetricFamily(
                .gauge, "budget_seconds", "Arrival to deadline.", about.budgetNanoseconds.map(seconds)),
            MetricFamily(
                .gauge, "last_frame_age_seconds", "Since the last frame ended.", run.idleNanoseconds.map(seconds)),
            MetricFamily(
                .gauge, "uptime_seconds", "Since the run began.", seconds(run.uptimeNanoseconds)),
            MetricFamily(
                .gauge, "build_info", "Always 1; the labels say what runs.",
                [
                    (
                        [
                            ("version", about.version), ("model", about.model), ("model_digest", about.modelDigest),
                            ("precision", about.precision), ("size", about.size), ("isa", about.isa),
                            ("threads", "\(about.threads)"), ("score", about.score),
                        ], 1
                    )
                ]),
        ]
    }
}
