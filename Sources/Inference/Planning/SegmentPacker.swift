internal import CKernels

/// Lists the runs of input that an output pixel reads, and packs weights in the same order.
struct SegmentPacker {
    let geometry: ConvolutionGeometry
    let isPacked: Bool
    let pixelBytes: Int
    let rowBytes: Int
    let planeBytes: Int

    /// Pieces of `channels` that lie in one plane: (plane, first lane, count).
    func pieces(_ channels: Range<Int>) -> [(plane: Int, lane: Int, count: Int)] {
        var result: [(plane: Int, lane: Int, count: Int)] = []
        var channel = channels.lowerBound
        while channel < channels.upperBound {
            let count = min(8 - channel % 8, channels.upperBound - channel)
            result.append((channel / 8, channel % 8, count))
            channel += count
        }
        return result
    }

    /// Segments in the packing order: rows of the window, then pieces of channels, then columns (packed pictures: rows,
    /// then one run of columns and channels).
    func segments(rows: Range<Int>, columns: Range<Int>, channels: Range<Int>) -> [dh_segment] {
        var result: [dh_segment] = []
        if columns.isEmpty { return result }
        let window = geometry.window
        for y in rows {
            let line = y * window.rows.dilation * rowBytes
            if isPacked {
                let groups = geometry.input.channels
                result.append(
                    dh_segment(
                        input: Int32(line + columns.lowerBound * pixelBytes),
                        weights: Int32((y * geometry.kernelWidth + columns.lowerBound) * groups),
                        count: Int32(columns.count * groups)))
                continue
            }
            var base = y * channels.count * geometry.kernelWidth
            for piece in pieces(channels) {
                for x in columns {
                    let pixel = x * window.columns.dilation * pixelBytes
                    result.append(
                        dh_segment(
                            input: Int32(line + pixel + piece.plane * planeBytes + piece.lane * 4),
                            weights: Int32(base + x * piece.count), count: Int32(piece.count)))
                }
                base += piece.count * geometry.kernelWidth
            }
        }
        return result
    }

    /// [groups + 1][width] floats in the order of `segments`; the last row is zero.
    func packWeights(
        _ block: OutputBlock, weights: [Float], memory: PlanMemory
    ) -> (address: UnsafePointer<Float>, groups: Int) {
        let taps = geometry.kernelHeight * geometry.kernelWidth
        let groups = block.inputs.count * taps
        let packed = memory.allocate(Float.self, count: (groups + 1) * block.width)
        var row = 0
        func put(channel: Int, y: Int, x: Int) {
            for lane in 0..<block.outputs {
                let output = block.firstOutput + lane
                let group = output / geometry.outputsPerGroup
                let within = channel - group * geometry.inputsPerGroup
                if within < 0 || within >= geometry.inputsPerGroup { continue }
                let index = (output * geometry.inputsPerGroup + within) * taps + y * geometry.kernelWidth + x
                packed[row * block.width + lane] = weights[index]
            }
            row += 1
        }
        for y in 0..<geometry.kernelHeight {
            if isPacked {
                for x in 0..<geometry.kernelWidth {
                    for channel in block.inputs { put(channel: channel, y: y, x: x) }
                }
                continue
            }
            for piece in pieces(block.inputs) {
                for x in 0..<geometry.kernelWidth {
                    for lane in 0..<piece.count { put(channel: piece.plane * 8 + piece.lane + lane, y: y, x: x) }
                }
            }
        }
        return (UnsafePointer(packed), groups)
    }
}
