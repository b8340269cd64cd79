extension ReferenceEvaluator {
    static func evaluateConvolution(
        _ convolution: Convolution, _ inputs: RawOperands, _ output: MutableRawTensor
    ) throws(Fault) {
        let input = try inputs.required(0)
        let weights = try inputs.required(1)
        let windows = try convolution.resolvedWindows(input: input.dimensions, weights: weights.dimensions)
        output.type.dispatchFloat(
            ConvolutionWork(
                windows: Windows3D(windows), groups: convolution.groups, activation: convolution.activation,
                input: input, weights: weights, bias: inputs.optional(2), residual: inputs.optional(3),
                slope: inputs.optional(4), prologueScale: inputs.optional(5), prologueShift: inputs.optional(6),
                output: output))
    }
}

/// One to three spatial axes, seen as three.
struct Windows3D {
    let depth: WindowAxis
    let height: WindowAxis
    let width: WindowAxis

    init(_ axes: [WindowAxis]) {
        depth = axes.count > 2 ? axes[axes.count - 3] : .unit
        height = axes.count > 1 ? axes[axes.count - 2] : .unit
        width = axes[axes.count - 1]
    }

    var inputCount: Int { depth.input * height.input * width.input }
    var outputCount: Int { depth.output * height.output * width.output }
    var kernelCount: Int { depth.kernel * height.kernel * width.kernel }
}

extension WindowAxis {
    /// The output positions at which `tap` lies inside the input.
    func outputs(ofTap tap: Int) -> Range<Int> {
        let shift = tap * dilation - padBegin
        let first = shift >= 0 ? 0 : min(output, (-shift + stride - 1) / stride)
        let end = shift >= input ? 0 : min(output, (input - 1 - shift) / stride + 1)
        return first..<max(first, end)
    }
}

/// Direct convolution, one row of the output at a time in double precision.
private struct ConvolutionWork: FloatWork {
    let windows: Windows3D
    let groups: Int
    let activation: Activation
    let input: RawTensor
    let weights: RawTensor
    let bias: RawTensor?
    let residual: RawTensor?
    let slope: RawTensor?
    let prologueScale: RawTensor?
    let prologueShift: RawTensor?
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(windows.width.output, 1)) { sums in
            guard let row = sums.baseAddress else { return }
            fill(type, row)
        }
    }

    private func fill<Element: ReferenceFloat>(_ type: Element.Type, _ row: UnsafeMutablePointer<Double>) {
        let channels = weights.dimensions[0]
        let width = windows.width.output
        let biases = ChannelParameter<Element>(bias, fallback: 0)
        let slopes = ChannelParameter<Element>(slope, fallback: 0)
        let addend = residual?.pointer(to: type)
        let target = output.pointer(to: type)
        var index = 0
        for image in 0..<input.dimensions[0] {
            for channel in 0..<channels {
                let (offset, slope) = (biases[channel], slopes[channel])
                for plane in 0..<windows.depth.output {
                    for line in 0..<windows.height.output {
                        row.initialize(repeating: offset, count: width)
                        accumulate(type, image, channel, plane, line, row)
                        for column in 0..<width {
                            let sum = row[column] + (addend.map { Double($0[index]) } ?? 0)
                            target[index] = Element(sum.activated(activation, slope: slope))
                            index += 1
                        }
                    }
                }
            }
        }
    }

    /// Adds the products of all taps to one output row.
    private func accumulate<Element: ReferenceFloat>(
        _ type: Element.Type, _ image: Int, _ channel: Int, _ plane: Int, _ line: Int,
        _ row: UnsafeMutablePointer<Double>
    ) {
        let (depth, height, width) = (windows.depth, windows.height, windows.width)
        let groupChannels = weights.dimensions[1]
        let firstChannel = channel / (weights.dimensions[0] / groups) * groupChannels
        let kernel = weights.pointer(to: type) + channel * groupChannels * windows.kernelCount
        let planes = depth.taps(at: plane)
        let lines = height.taps(at: line)
        let scales = ChannelParameter<Element>(prologueScale, fallback: 1)
        let shifts = ChannelParameter<Element>(prologueShift, fallback: 0)
        for offset in 0..<groupChannels {
            let source = firstChannel + offset
            let image = input.pointer(to: type) + (image * input.dimensions[1] + source) * windows.inputCount
            let taps = kernel + offset * windows.kernelCount
            for d in planes {
                for h in lines {
                    let z = plane * depth.stride - depth.padBegin + d * depth.dilation
                    let y = line * height.stride - height.padBegin + h * height.dilation
                    let x = image + (z * height.input + y) * width.input
                    for w in 0..<width.kernel {
                        let weight = Double(taps[(d * height.kernel + h) * width.kernel + w])
                        let shift = w * width.dilation - width.padBegin
                        if prologueScale == nil {
                            for column in width.outputs(ofTap: w) {
                                row[column] += weight * Double(x[column * width.stride + shift])
                            }
                        } else {
                            let (scale, offset) = (scales[source], shifts[source])
                            for column in width.outputs(ofTap: w) {
                                let scaled = Double(x[column * width.stride + shift]) * scale + offset
                                row[column] += weight * (scaled < 0 ? 0 : scaled)
                            }
                        }
                    }
                }
            }
        }
    }
}
