public import Monitoring

extension HealthBoard: FrameObserver {
    /// Takes note of the frame's end. Allocates nothing.
    public func frameEnded(_ frame: borrowing EndedFrame) { ended(frame.record) }
}
