import CAllocationCounter

/// Marks calls into a codec library, so that its allocations are counted apart from ours.
///
/// Costs a thread-local increment. Scopes nest.
enum CodecScope {
    @inline(__always)
    static func run<Result>(_ body: () -> Result) -> Result {
        dh_codec_enter()
        defer { dh_codec_leave() }
        return body()
    }
}
