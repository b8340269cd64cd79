internal import CKernels
internal import ModelGraph

/// Lists the runs of bytes that an output pixel of an int8 convolution reads, and packs weights in the same order.
///
/// As for fp32, with K-groups of 4 channels instead of 1 and planes of 32 channels instead of 8.
struct QuantizedPacker {
    let geometry: ConvolutionGeometry
    /// Windows of the picture [H][W][3], gathered: one run of K-groups, without gaps between pixels and rows.
    let isPicture: Bool
    let rowBytes: Int
    let planeBytes: Int
    /// Groups whose outputs share a block and read their own planes (`dh_quantized_convolution_kernels.parted`); 1: a block
    /// reads the channels of all its groups.
    var parts = 1

    /// Bytes from what one part of a block reads to what the next does.
    var partStep: Int { geometry.inputsPerGroup / 32 * planeBytes }

    /// Input channels that a block of outputs reads, in whole K-groups: those of every group that it touches, or of the first
    /// of its parts.
    func inputs(firstOutput: Int, outputs: Int) -> Range<Int> {
        if isPicture { return 0..<3 }
        let outputs = parts > 1 ? geometry.outputsPerGroup : outputs
        let first = firstOutput / geometry.outputsPerGroup
        let last = (firstOutput + outputs - 1) / geometry.outputsPerGroup
        return first * geometry.inputsPerGroup / 4 * 4..<((last + 1) * geometry.inputsPerGroup + 3) / 4 * 4
    }

    /// In how many parts the kernels can take a block: whole groups of a pointwise convolution, each with planes of its own.
    static func parts(_ geometry: ConvolutionGeometry) -> Int {
        let count = geometry.groups > 1 && geometry.outputsPerGroup < 32 ? 32 / geometry.outputsPerGroup : 1
        guard count == 2 || count == 4, count * geometry.outputsPerGroup == 32, geometry.groups % count == 0,
            geometry.inputsPerGroup % 32 == 0, geometry.window.isPointwise
        else { return 1 }
        return count
    }

    /// Pieces of `channels` that lie in one plane: byte of the first pixel, channels.
    private func pieces(_ channels: Range<Int>) -> [(offset: Int, first: Int, count: Int)] {
        var result: [(offset: Int, first: Int, count: Int)] = []
        var channel = channels.lowerBound
        while channel < channels.upperBound {
            let count = min(32 - channel % 32, channels.upperBound - channel)
            result.append((channel / 32 * planeBytes + channel % 32, channel, count))
            channel += count
        }
        return result
    }

    /// Segments in the packing order: rows of the window, then pieces of channels, then columns.
    func segments(rows: Range<Int>, columns: Range<Int>, channels: Range<Int>) -> [dh_segment] {
        var result: [dh_segment] = []
        // What is outside was gathered as zeros.
        if isPicture { return [dh_segment(input: 0, weights: 0, count: Int32(pictureGroups))] }
        if columns.isEmpty { return result }
        let window = geometry.window
        let pixelBytes = 32
        for y in rows {
            let line = y * window.rows.dilation * rowBytes
            var base = y * channels.count / 4 * geometry.kernelWidth
            for piece in pieces(channels) {
                let groups = piece.count / 4
                // Neighbouring pixels of a whole plane are one run.
                if piece.count == pixelBytes && window.columns.dilation == 1 {
                    result.append(
                        dh_segment(
                            input: Int32(line + columns.lowerBound * pixelBytes + piece.offset),
                            weights: Int32(base + columns.lowerBound * groups), count: Int32(columns.count * groups)))
                } else {
                    for x in columns {
                        result.append(
                            dh_segment(
                                input: Int32(line + x * window.columns.dilation * pixelBytes + piece.offset),
                                weights: Int32(base + x * groups), count: Int32(groups)))
                    }
                }
                base += groups * geometry.kernelWidth
            }
        }
        return result
    }

    /// K-groups of a gathered window.
    private var pictureGroups: Int { (3 * geometry.kernelHeight * geometry.kernelWidth + 3) / 4 }

    /// [groups][32][4], in the order of a gathered window's bytes: rows, columns, channels.
    private func pictureWeights(firstOutput: Int, outputs: Int, filter: QuantizedFilter) -> [Int8] {
        let taps = geometry.kernelHeight * geometry.kernelWidth
        var natural = [Int8](repeating: 0, count: pictureGroups * 128)
        for lane in 0..<outputs {
            for byte in 0..<3 * taps {
                natural[(byte / 4 * 32 + lane) * 4 + byte % 4] =
                    filter.weights[((firstOutput + lane) * 3 + byte % 3) * taps + byte / 3]
            }
        }
        return natural
    }

    /// The weights of 32 outputs, [groups][32][4] in natural order, zero where an output does not read a channel.
    func weights(firstOutput: Int, outputs: Int, channels: Range<Int>, filter: QuantizedFilter) -> [Int8] {
        if isPicture { return pictureWeights(firstOutput: firstOutput, outputs: outputs, filter: filter) }
        let taps = geometry.kernelHeight * geometry.kernelWidth
        var natural = [Int8](repeating: 0, count: channels.count * taps * 32)
        var group = 0
        for y in 0..<geometry.kernelHeight {
            for piece in pieces(channels) {
                for x in 0..<geometry.kernelWidth {
                    for first in stride(from: piece.first, to: piece.first + piece.count, by: 4) {
                        for lane in 0..<outputs {
                            let output = firstOutput + lane
                            // Parts have their own weights for the first one's channels.
                            let from =
                                parts > 1 ? firstOutput / geometry.outputsPerGroup : output / geometry.outputsPerGroup
                            let own = from * geometry.inputsPerGroup
                            for byte in 0..<4 where own..<own + geometry.inputsPerGroup ~= first + byte {
                                natural[(group * 32 + lane) * 4 + byte] =
                                    filter.weights[
                                        (output * geometry.inputsPerGroup + first + byte - own) * taps
                                            + y * geometry.kernelWidth + x]
                            }
                        }
                        group += 1
                    }
                }
            }
        }
        return natural
    }
}
