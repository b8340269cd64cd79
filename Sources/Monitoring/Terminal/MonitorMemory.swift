/// What a live monitor has seen, and what it shows: the same, unless the display is paused. A pure value.
///
/// Also while it is paused everything is taken in: a snapshot carries the latest 64 frames only, and those before would be
/// missing afterwards.
struct MonitorMemory {
    /// All that one screen is made of.
    struct Look {
        var run: RunSnapshot?
        var window = MonitorWindow()
        var rates = RateMeter()
    }

    private(set) var latest = Look()
    private var held: Look?

    /// Whether the display stands still.
    var isPaused: Bool { held != nil }

    /// What is to be on the screen.
    var shown: Look { held ?? latest }

    mutating func take(_ snapshot: RunSnapshot) {
        latest.window.add(snapshot)
        latest.rates.add(snapshot)
        latest.run = snapshot
    }

    /// Counts from now on.
    mutating func reset() {
        latest.window.reset()
        latest.rates = RateMeter()
    }

    mutating func togglePause() { held = isPaused ? nil : latest }
}

/// Delivered frames a second over the last ten seconds of looks. A pure value.
struct RateMeter {
    private var marks: [(time: Int64, delivered: UInt64)] = []

    mutating func add(_ run: RunSnapshot) {
        marks.append((run.uptimeNanoseconds, run.frames.delivered))
        while let first = marks.first, marks.count > 2, run.uptimeNanoseconds - first.time > 10_000_000_000 {
            marks.removeFirst()
        }
    }

    /// Nil before two looks.
    var rate: Double? {
        guard let first = marks.first, let last = marks.last, last.time > first.time else { return nil }
        return Double(last.delivered &- first.delivered) * 1e9 / Double(last.time - first.time)
    }
}
