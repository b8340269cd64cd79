import Foundation

/// SplitMix64: the random source of every randomised test. Prints its seed, and `DENSEHYBRID_TEST_SEED` repeats a run.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Seeds from `DENSEHYBRID_TEST_SEED` when set, else from the system, and prints the seed with `label`.
    public init(label: String) {
        let fixed = ProcessInfo.processInfo.environment["DENSEHYBRID_TEST_SEED"].flatMap { UInt64($0) }
        let seed = fixed ?? UInt64.random(in: 0..<1_000_000_000)
        print("seed \(seed) for \(label) (repeat with DENSEHYBRID_TEST_SEED=\(seed))")
        state = seed
    }

    /// Seeds with a fixed number, silently.
    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
