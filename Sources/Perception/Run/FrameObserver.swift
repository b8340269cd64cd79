public import FrameIO
public import OpenSet
public import Streaming

/// Sees every frame when it has ended, in the order of frames.
///
/// Called on the sink's serial queue, on the frame path: must be quick, and must neither block nor allocate. Whoever
/// needs longer copies what it needs into memory of its own and works on a thread of its own.
public protocol FrameObserver: AnyObject, Sendable {
    /// The maps that it looks at beside the open-set map. Asked once, before the first frame; what is needed is computed
    /// for every frame and costs time (the overlay most).
    var needs: PerceptionSettings.Maps { get }

    /// Looks at a frame. `frame` and all pointers from it are valid during the call only.
    func frameEnded(_ frame: borrowing EndedFrame)
}

extension FrameObserver {
    /// None.
    public var needs: PerceptionSettings.Maps { PerceptionSettings.Maps() }
}

/// What observers may look at of a frame that has ended. Pictures and maps are there for delivered frames only.
public struct EndedFrame: ~Copyable {
    /// What outputs report of it: number, times, fate, quality, share of the unknown.
    public let record: FrameRecord
    /// What the pipeline knows of it: order, deadline, begin and end of each stage on `MonotonicTime`.
    public let pipelineRecord: PipelineRecord
    private let slot: FrameSlot?
    private let maps: PerceptionSettings.Maps
    /// Connected regions of the unknown, the largest first, as outputs write them; nil unless an output or an observer
    /// needs them. `record.regionCount` counts those that the list has no room for, too.
    public let regions: UnsafeBufferPointer<RegionRecord>?

    init(
        record: FrameRecord, pipelineRecord: PipelineRecord, slot: FrameSlot?, maps: PerceptionSettings.Maps,
        regions: UnsafeBufferPointer<RegionRecord>?
    ) {
        self.regions = regions
        self.record = record
        self.pipelineRecord = pipelineRecord
        self.slot = slot
        self.maps = maps
    }

    /// Width of picture and maps in pixels; 0 where the frame was not delivered.
    public var width: Int { slot?.geometry?.key.width ?? 0 }

    /// Height of picture and maps in pixels; 0 where the frame was not delivered.
    public var height: Int { slot?.geometry?.key.height ?? 0 }

    /// What the network was given; nil where none computed the map (it is held or unknown).
    public var networkSize: NetworkSize? {
        guard pipelineRecord.answer.kind == .computed else { return nil }
        return slot?.geometry?.variants[pipelineRecord.answer.variant].network.size
    }

    /// The frame's header as it came.
    public var header: FrameHeader? { slot?.encoded.header }

    /// The frame's bytes as they came: a JPEG, PNG or WebP picture, or packed raw planes, as the header says.
    public var encoded: UnsafeRawBufferPointer? { slot?.encoded.bytes.contents }

    /// The decoded picture; nil for frames that are answered without being decoded (held and unknown maps).
    public var image: ImageView? { slot?.image.view }

    /// uint8 [height][width]: classes, K for unknown, 255 for invalid.
    public var openSet: UnsafeBufferPointer<UInt8>? { slot?.openSet.bytes }

    /// uint8 [height][width]; nil unless an output or an observer needs it.
    public var labels: UnsafeBufferPointer<UInt8>? { maps.labels ? slot?.labels.bytes : nil }

    /// fp32 [height][width], higher is more of an outlier; nil unless an output or an observer needs it.
    public var score: UnsafeBufferPointer<Float>? {
        guard maps.score, let slot else { return nil }
        return UnsafeBufferPointer(
            start: slot.score.base.assumingMemoryBound(to: Float.self), count: slot.score.count / 4)
    }

    /// rgb24 [height][width][3]; nil unless an output or an observer needs it.
    public var overlay: UnsafeBufferPointer<UInt8>? { maps.overlay ? slot?.overlay.bytes : nil }

    /// How much of the map is unknown, and the greatest score.
    public var counts: OutlierCounts? { slot?.counts }
}
