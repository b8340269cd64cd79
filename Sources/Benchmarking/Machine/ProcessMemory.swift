internal import Foundation

/// What the process holds in memory, as the kernel counts it (`VmHWM` and `VmRSS` of /proc/self/status).
public struct ProcessMemory: Sendable, Encodable {
    /// The largest resident size so far, in 10^6 bytes.
    public let peakRssMb: Double
    /// The resident size now, in 10^6 bytes.
    public let rssMb: Double

    /// Reads both. Allocates; reads a file.
    public static func now() -> ProcessMemory {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func megabytes(_ key: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? 0
            return kilobytes * 1024 / 1e6
        }
        return ProcessMemory(peakRssMb: megabytes("VmHWM"), rssMb: megabytes("VmRSS"))
    }
}
