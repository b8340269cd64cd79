internal import Foundation

/// How much of the machine's processors other work takes, by the kernel's count: what tells whether a measurement was
/// disturbed.
struct MachineLoad {
    private let busySeconds: Double
    private let ownSeconds: Double
    private let wall: Int64

    /// The counters now. Reads a file; nil where the system has none.
    init?() {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8) else { return nil }
        self.init(statistics: text, ownSeconds: Self.ownSeconds, wall: Clock.now())
    }

    /// The counters of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal, in ticks.
    init?(statistics: String, ownSeconds: Double, wall: Int64) {
        guard let line = statistics.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count == 8 else { return nil }
        // Waiting for a disk is idle; what a hypervisor stole is not.
        let busy = ticks.reduce(0, +) - ticks[3] - ticks[4]
        busySeconds = busy / Double(sysconf(Int32(_SC_CLK_TCK)))
        self.ownSeconds = ownSeconds
        self.wall = wall
    }

    /// The share of all processors that other work took since `earlier`, 0 to 1. Right to about 20 ms of work.
    func others(since earlier: MachineLoad, processors: Int) -> Double {
        let seconds = Double(wall - earlier.wall) / 1e9
        guard seconds > 0 else { return 0 }
        let others = (busySeconds - earlier.busySeconds) - (ownSeconds - earlier.ownSeconds)
        return min(1, max(0, others / (seconds * Double(processors))))
    }

    private static var ownSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
