internal import Dispatch
internal import FrameIO
internal import OpenSet
internal import Streaming
internal import Synchronization

/// Copies the next delivered frame's picture and map into memory of its own when somebody has asked for one.
///
/// One looker at a time asks with `take`. The frame path looks at one atomic number per frame and copies only when asked:
/// it takes no lock and never waits, and the copy goes into memory that the looker has reserved.
final class PictureTap: FrameObserver, @unchecked Sendable {
    /// Who may touch the copy: the looker in `idle`, `full` and `tooSmall`, the frame path in `filling`, and in `wanted`
    /// whoever first changes the state.
    private enum State {
        static let idle = 0
        static let wanted = 1
        static let filling = 2
        static let full = 3
        static let tooSmall = 4
    }

    /// A frame that stays while frames go on.
    struct Copy: ~Copyable {
        var picture = ByteBuffer()
        var openSet = ByteBuffer()
        var key: FrameGeometry.Key?
        var frameID: UInt64 = 0
        var sequence: UInt64 = 0
        /// The largest regions of the unknown; the memory for them is made at once.
        var regions: [RegionRecord] = []
        /// Bytes that picture and map need; what was too small is enlarged to them.
        var needs = (picture: 0, openSet: 0)

        /// The picture; nil before the first.
        var view: ImageView? {
            key.map {
                ImageView(
                    packed: UnsafePointer(picture.start), format: $0.format, width: $0.width, height: $0.height,
                    colorRange: $0.colorRange, colorMatrix: $0.colorMatrix)
            }
        }
    }

    // Invariant: `copy` is touched only by whom `state` allows it.
    private let state = Atomic<Int>(State.idle)
    private var copy = Copy()
    private let settled = DispatchSemaphore(value: 0)
    /// The most regions that are shown.
    private static let mostRegions = 32

    init() { copy.regions.reserveCapacity(Self.mostRegions) }

    /// Regions, which are found for every frame: they cost little, and only the frames say when one is looked at.
    var needs: PerceptionSettings.Maps {
        var needs = PerceptionSettings.Maps()
        needs.regions = true
        return needs
    }

    /// Waits up to `milliseconds` for a frame and works on its copy; nil where none was delivered. One thread at a time,
    /// not that of frames. Allocates when frames are larger than any before.
    func take<Result>(within milliseconds: Int, _ body: (borrowing Copy) -> Result) -> Result? {
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        while true {
            state.store(State.wanted, ordering: .releasing)
            if settled.wait(timeout: deadline) == .timedOut {
                // Withdrawn, unless the frame path has begun: then it will be done at once.
                if state.compareExchange(expected: State.wanted, desired: State.idle, ordering: .acquiringAndReleasing)
                    .exchanged
                {
                    return nil
                }
                settled.wait()
            }
            let outcome = state.exchange(State.idle, ordering: .acquiringAndReleasing)
            if outcome == State.full { return body(copy) }
            copy.picture.reserveExactly(copy.needs.picture)
            copy.openSet.reserveExactly(copy.needs.openSet)
        }
    }

    /// Whether a looker waits for the next frame.
    var isAsked: Bool { state.load(ordering: .relaxed) == State.wanted }

    func frameEnded(_ frame: borrowing EndedFrame) {
        guard isAsked, let view = frame.image, let openSet = frame.openSet else {
            return
        }
        guard
            state.compareExchange(expected: State.wanted, desired: State.filling, ordering: .acquiringAndReleasing)
                .exchanged
        else { return }
        let fits = fill(view, openSet, frame)
        state.store(fits ? State.full : State.tooSmall, ordering: .releasing)
        settled.signal()
    }

    private func fill(
        _ view: ImageView, _ openSet: UnsafeBufferPointer<UInt8>, _ frame: borrowing EndedFrame
    ) -> Bool {
        copy.needs = (view.format.byteCount(width: view.width, height: view.height), openSet.count)
        guard copy.picture.capacity >= copy.needs.picture, copy.openSet.capacity >= copy.needs.openSet else {
            return false
        }
        copy.picture.removeAll()
        copy.picture.append(view)
        copy.openSet.removeAll()
        copy.openSet.append(UnsafeRawBufferPointer(openSet))
        copy.key = FrameGeometry.Key(
            format: view.format, width: view.width, height: view.height, colorRange: view.colorRange,
            colorMatrix: view.colorMatrix)
        copy.regions.removeAll(keepingCapacity: true)
        if let regions = frame.regions { copy.regions.append(contentsOf: regions.prefix(Self.mostRegions)) }
        copy.frameID = frame.record.frameID
        copy.sequence = frame.pipelineRecord.sequence
        return true
    }
}

extension ByteBuffer {
    /// Appends a picture's planes without the gaps between rows.
    fileprivate mutating func append(_ view: ImageView) {
        append(view.plane0, 0, of: view, stride: view.stride0)
        if let plane = view.plane1 { append(plane, 1, of: view, stride: view.stride1) }
        if let plane = view.plane2 { append(plane, 2, of: view, stride: view.stride2) }
    }

    private mutating func append(_ base: UnsafePointer<UInt8>, _ plane: Int, of view: ImageView, stride: Int) {
        let bytes = view.format.rowBytes(plane: plane, width: view.width)
        let rows = view.format.rows(plane: plane, height: view.height)
        if stride == bytes { return append(UnsafeRawBufferPointer(start: base, count: bytes * rows)) }
        for row in 0..<rows { append(UnsafeRawBufferPointer(start: base + row * stride, count: bytes)) }
    }
}
