internal import FrameIO
internal import Streaming

/// A frame that is kept because it was slow, in buffers that are used again for slower ones.
final class WorstFrame {
    var record = FrameRecord(FrameHeader.none, status: .delivered)
    var pipeline: PipelineRecord?
    var header = FrameHeader.none
    var encoded = ByteBuffer()
    var overlay = ByteBuffer()
    var trace: TraceSlice?
    /// Whether it has a folder.
    var isOnDisk = false
    /// Whether all of it is in the folder: frames behind it may have come since.
    var isWritten = false
    /// Whether the folder's thread has it in hand.
    var isInHand = false

    /// Makes room for a frame like this one, and for later pictures twice as long. Allocates where there is less.
    func reserve(_ frame: borrowing EndedFrame, overlay wantsOverlay: Bool) {
        let isRaw = if case .raw? = frame.header?.payload { true } else { false }
        encoded.reserve((frame.encoded?.count ?? 0) * (isRaw ? 1 : 2))
        if wantsOverlay { overlay.reserveExactly(frame.overlay?.count ?? 0) }
    }

    /// Takes over a frame. Allocates only where its buffers are too small.
    func take(_ frame: borrowing EndedFrame, overlay wantsOverlay: Bool) {
        record = frame.record
        pipeline = frame.pipelineRecord
        header = frame.header ?? .none
        encoded.removeAll()
        if let bytes = frame.encoded { encoded.append(bytes) }
        overlay.removeAll()
        if wantsOverlay, let pixels = frame.overlay { overlay.append(UnsafeRawBufferPointer(pixels)) }
        isWritten = false
        isOnDisk = false
    }

    /// Everything of its time: record, waits and works by stage. Allocates.
    var json: String {
        var stages: [String] = []
        if let pipeline {
            for stage in StageName.allCases {
                guard let timing = pipeline.clock[stage] else { continue }
                stages.append(
                    "{\"stage\":\"\(stage)\",\"start_us\":\(Self.text(timing.start - pipeline.clock.arrival)),"
                        + "\"wait_us\":\(Self.text(timing.wait)),\"compute_us\":\(Self.text(timing.compute))}")
            }
        }
        return "{\"frame\":\(FrameMetaWriter.text(record)),\n\"stages\":[\n" + stages.joined(separator: ",\n")
            + "\n]}\n"
    }

    private static func text(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds) / 1000)" }
}
