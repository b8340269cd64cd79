internal import FrameIO
public import Monitoring

extension RunMonitor: FrameObserver {
    /// Counts the frame. Allocates nothing.
    public func frameEnded(_ frame: borrowing EndedFrame) {
        let size = frame.networkSize
        frameEnded(frame.record, frame.pipelineRecord, networkSize: size.map { ($0.width, $0.height) })
    }
}

extension TraceWriter: FrameObserver {
    /// Keeps the frame's record for the writer. Allocates nothing.
    public func frameEnded(_ frame: borrowing EndedFrame) {
        frameEnded(frame.pipelineRecord, qualityLevel: frame.record.qualityLevel)
    }
}
