internal import CKernels

/// A grouped 3x3 convolution, neither dilated nor moving, a row of one plane of 8 outputs at a time: rows of the groups' inputs
/// become planes of single floats, in a ring, and every output is a sum of their filters (`dh_planar_taps_run`). No lane is
/// summed up and none is foreign, as they are where planes of 8 channels are multiplied (`GroupedConvolutionStep`).
struct PlanarGroups {
    /// Brings rows of an input that lies in 8-bit planes into planes of 8 floats.
    struct Bytes {
        let function: @convention(c) (UnsafePointer<dh_dequantize_run>?) -> Void
        /// Over the input's channels.
        let scale: UnsafePointer<Float>
        let zero: UnsafePointer<Float>

        /// Planes of 8 floats in an 8-bit plane.
        static let planes = 4
    }

    let kernels: dh_planar_kernels
    let input: Operand
    /// nil: the input is in fp32.
    let bytes: Bytes?
    let inputChannels: Int
    let inputsPerGroup: Int
    let outputsPerGroup: Int
    let outputs: Int
    /// [outputs][inputs of a group][3][3]
    let weights: UnsafePointer<Float>
    let finish: ChannelFinish
    let width: Int
    let height: Int
    /// One row of one channel.
    let zeros: UnsafePointer<Float>
    /// Input planes under any one plane of outputs, at most.
    let mostPlanes: Int

    private static let window = 3
    private var rowFloats: Int { Int(dh_planar_floats(Int64(width))) }
    private var pointerBytes: Int { (inputsPerGroup * Self.window * 8 + 63) & ~63 }
    private var slotFloats: Int { mostPlanes * 8 * rowFloats }

    /// Pointers to rows, the ring of inputs and 8 rows of outputs, and a row of an 8-bit plane.
    var scratchBytes: Int { lineOffset + (bytes == nil ? 0 : Bytes.planes * width * 32) }
    private var lineOffset: Int { (pointerBytes + (Self.window * slotFloats + 8 * rowFloats) * 4 + 63) & ~63 }

    /// Input planes that the outputs of one plane read.
    static func inputPlanes(of plane: Int, outputs: Int, outputsPerGroup: Int, inputsPerGroup: Int) -> Range<Int> {
        let first = plane * 8 / outputsPerGroup
        let last = (min(outputs, plane * 8 + 8) - 1) / outputsPerGroup
        return first * inputsPerGroup / 8..<((last + 1) * inputsPerGroup + 7) / 8
    }

    /// One row of one plane into `target` ([width][8]). `next` is the first input row that the ring does not have: rows of a
    /// plane are asked for one after the other.
    func compute(
        row: Int, plane: Int, next: inout Int, into target: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutableRawPointer, context: borrowing StepContext
    ) {
        let pointers = scratch.assumingMemoryBound(to: UnsafePointer<Float>?.self)
        let ring = (scratch + pointerBytes).assumingMemoryBound(to: Float.self)
        let sums = ring + Self.window * slotFloats
        let planes = Self.inputPlanes(
            of: plane, outputs: outputs, outputsPerGroup: outputsPerGroup, inputsPerGroup: inputsPerGroup)
        while next < min(height, row + 2) {
            read(
                row: next, planes: planes, into: ring + next % Self.window * slotFloats, line: scratch + lineOffset,
                context: context)
            next += 1
        }
        var output = plane * 8
        let end = min(outputs, output + 8)
        // The row after these comes while they are multiplied, a plane a group; the last plane is the caller's.
        var fetched = planes.lowerBound
        while output < end {
            if fetched < planes.upperBound - 1 {
                dh_fetch(address(row: next, plane: fetched, context: context), Int64(width * 32))
                fetched += bytes == nil ? 1 : Bytes.planes
            }
            let group = output / outputsPerGroup
            let after = min(end, (group + 1) * outputsPerGroup)
            for within in 0..<inputsPerGroup {
                let channel = (group * inputsPerGroup + within - planes.lowerBound * 8) * rowFloats
                for y in 0..<Self.window {
                    let line = row + y - 1
                    pointers[within * Self.window + y] =
                        line < 0 || line >= height
                        ? zeros : UnsafePointer(ring) + line % Self.window * slotFloats + channel
                }
            }
            filter(pointers, outputs: output..<after, into: sums + (output - plane * 8) * rowFloats)
            output = after
        }
        var run = dh_planar_block_run()
        run.input = UnsafePointer(sums)
        run.output = target
        run.input_channel = Int64(rowFloats)
        run.channels = Int32(end - plane * 8)
        run.pixels = Int32(width)
        kernels.block(&run)
    }

    /// What a row of a plane of outputs asks to be fetched when it has been computed.
    func ahead(of row: Int, plane: Int, context: borrowing StepContext) -> UnsafePointer<Float> {
        let planes = Self.inputPlanes(
            of: plane, outputs: outputs, outputsPerGroup: outputsPerGroup, inputsPerGroup: inputsPerGroup)
        return address(row: row + 2, plane: planes.upperBound - 1, context: context)
    }

    private func address(row: Int, plane: Int, context: borrowing StepContext) -> UnsafePointer<Float> {
        let plane = bytes == nil ? plane : plane / Bytes.planes
        return UnsafePointer(
            (context.buffers[input] + (plane * height + row) * width * 32).assumingMemoryBound(to: Float.self))
    }

    /// One row of the planes of 8 channels, channel by channel.
    private func read(
        row: Int, planes: Range<Int>, into target: UnsafeMutablePointer<Float>, line: UnsafeMutableRawPointer,
        context: borrowing StepContext
    ) {
        guard let bytes else {
            split(
                address(row: row, plane: planes.lowerBound, context: context), planeFloats: height * width * 8,
                planes: planes, into: target)
            return
        }
        let floats = line.assumingMemoryBound(to: Float.self)
        var first = planes.lowerBound
        while first < planes.upperBound {
            let whole = first / Bytes.planes
            let end = min(planes.upperBound, (whole + 1) * Bytes.planes)
            var run = dh_dequantize_run()
            run.input = UnsafePointer(
                (context.buffers[input] + (whole * height + row) * width * 32).assumingMemoryBound(to: UInt8.self))
            run.scale = bytes.scale + whole * Bytes.planes * 8
            run.zero = bytes.zero + whole * Bytes.planes * 8
            run.output = floats
            run.output_plane = Int64(width * 8)
            run.pixels = Int64(width)
            run.planes = Int32(end - whole * Bytes.planes)
            bytes.function(&run)
            split(
                UnsafePointer(floats + (first - whole * Bytes.planes) * width * 8), planeFloats: width * 8,
                planes: first..<end, into: target + (first - planes.lowerBound) * 8 * rowFloats)
            first = end
        }
    }

    private func split(
        _ rows: UnsafePointer<Float>, planeFloats: Int, planes: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        var run = dh_planar_blend_run()
        run.upper = rows
        run.lower = rows
        run.input_plane = Int64(planeFloats)
        run.output = target
        run.output_channel = Int64(rowFloats)
        run.channels = Int32(min(inputChannels, planes.upperBound * 8) - planes.lowerBound * 8)
        run.pixels = Int32(width)
        kernels.blend(&run)
    }

    /// Outputs of one group: all of them read the same rows.
    private func filter(
        _ rows: UnsafeMutablePointer<UnsafePointer<Float>?>, outputs: Range<Int>,
        into target: UnsafeMutablePointer<Float>
    ) {
        var run = dh_planar_taps_run()
        run.rows = UnsafePointer(rows)
        run.weights = weights + outputs.lowerBound * inputsPerGroup * Self.window * Self.window
        run.output = target
        run.finish = dh_planar_finish(
            scale: finish.scale + outputs.lowerBound, shift: finish.shift + outputs.lowerBound,
            slope: finish.slope + outputs.lowerBound, activation: Int64(finish.activation))
        run.input_channel = 0
        run.output_channel = Int64(rowFloats)
        run.row_count = Int32(inputsPerGroup * Self.window)
        run.channels = Int32(outputs.count)
        run.pixels = Int32(width)
        kernels.taps(&run)
    }
}
