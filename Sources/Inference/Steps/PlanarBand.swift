internal import CKernels

/// Results of a pointwise convolution that leave the plan in the plain layout: a band of pixels is computed into a worker's
/// scratch as planes of 8 channels, and stored from there channel by channel.
struct PlanarBand {
    let scratch: UnsafeRawPointer
    /// From one plane of the scratch to the next.
    let planeBytes: Int
    let channels: Int32
    /// Pixels of the whole output.
    let outputPixels: Int

    /// Stores the band, which are these pixels of the output.
    func store(_ pixels: Range<Int>, to output: UnsafeMutableRawPointer) {
        let target = output.assumingMemoryBound(to: Float.self) + pixels.lowerBound
        for first in stride(from: 0, to: Int(channels), by: 8) {
            dh_blocked_to_planar(
                (scratch + first / 8 * planeBytes).assumingMemoryBound(to: Float.self), target + first * outputPixels,
                Int64(outputPixels), min(8, channels - Int32(first)), Int64(pixels.count))
        }
    }
}
