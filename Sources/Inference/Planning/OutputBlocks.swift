internal import CKernels
internal import Kernels

/// A group of output channels that one kernel call computes, before packing.
struct OutputBlock {
    let kernel: Int
    let width: Int
    let firstOutput: Int
    let outputs: Int
    /// Input channels that any of the outputs reads.
    let inputs: Range<Int>
}

extension PlanBuilder {
    /// The blocks of a convolution's outputs: one for OpenBLAS, the kernels' own otherwise.
    func convolutionBlocks(_ geometry: ConvolutionGeometry) -> [OutputBlock] {
        guard usesProducts(geometry) else { return outputBlocks(geometry) }
        return [
            OutputBlock(
                kernel: 0, width: geometry.output.planes * 8, firstOutput: 0, outputs: geometry.output.channels,
                inputs: 0..<geometry.input.channels)
        ]
    }

    /// Divides the outputs into blocks, choosing the width that wastes least: a block of a grouped convolution reads the
    /// channels of every group that it touches, with zero weights where an output does not belong.
    func outputBlocks(_ geometry: ConvolutionGeometry) -> [OutputBlock] {
        let groupsAreWhole = geometry.groups > 1 && geometry.outputsPerGroup % 8 == 0
        var best: (cost: Double, blocks: [OutputBlock]) = (.infinity, [])
        for staysInGroup in groupsAreWhole ? [true, false] : [false] {
            for widest in blockWidths.indices where blockWidths[widest] > 0 {
                let blocks = outputBlocks(geometry, widest: widest, staysInGroup: staysInGroup)
                // Narrow tiles reach a smaller share of peak.
                let cost = blocks.reduce(0.0) {
                    $0 + Double($1.width * $1.inputs.count) * ($1.width == 8 ? 1.2 : 1)
                }
                if cost < best.cost { best = (cost, blocks) }
            }
        }
        return best.blocks
    }

    /// The widest blocks, from width number `widest` on, one after the other; `staysInGroup`: none beyond its group.
    private func outputBlocks(
        _ geometry: ConvolutionGeometry, widest: Int, staysInGroup: Bool
    ) -> [OutputBlock] {
        var blocks: [OutputBlock] = []
        var first = 0
        while first < geometry.output.channels {
            let end =
                staysInGroup
                ? (first / geometry.outputsPerGroup + 1) * geometry.outputsPerGroup : geometry.output.channels
            let planesLeft = (end - first + 7) / 8
            let kernel = blockWidths.indices.first {
                $0 >= widest && blockWidths[$0] > 0 && blockWidths[$0] <= planesLeft * 8
            }
            guard let kernel else { break }
            let width = blockWidths[kernel]
            let outputs = min(width, geometry.output.channels - first)
            let groups = first / geometry.outputsPerGroup..<(first + outputs - 1) / geometry.outputsPerGroup + 1
            let inputs = groups.lowerBound * geometry.inputsPerGroup..<groups.upperBound * geometry.inputsPerGroup
            blocks.append(
                OutputBlock(kernel: kernel, width: width, firstOutput: first, outputs: outputs, inputs: inputs))
            first += width
        }
        return blocks
    }

    private var blockWidths: [Int] {
        let widths = kernels.convolution.width
        return [Int(widths.0), Int(widths.1), Int(widths.2)]
    }

    func kernelTile(_ kernel: Int) -> Int32 {
        let tiles = kernels.convolution.tile
        return [tiles.0, tiles.1, tiles.2][kernel]
    }

    func convolutionFunction(_ kernel: Int) -> dh_convolution_function {
        let functions = kernels.convolution.run
        let function = [functions.0, functions.1, functions.2][kernel]
        guard let function else { preconditionFailure("block width without a kernel") }
        return function
    }
}
