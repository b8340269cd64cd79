/// One spatial axis of a convolution or a pooling with everything resolved: padding is explicit, defaults are filled in.
public struct WindowAxis: Sendable, Hashable {
    /// Input extent.
    public var input: Int
    /// Taps.
    public var kernel: Int
    /// Step from one window to the next.
    public var stride: Int
    /// Step from one tap to the next.
    public var dilation: Int
    /// Padding before the first element.
    public var padBegin: Int
    /// Padding after the last element, as the node asks for it (a last window of `ceil_mode` may reach beyond it).
    public var padEnd: Int
    /// Output extent.
    public var output: Int

    /// An axis of one element that a window of one element visits once.
    static let unit = WindowAxis(input: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0, output: 1)

    /// The taps of window `position` that lie inside the input.
    func taps(at position: Int) -> Range<Int> {
        let start = position * stride - padBegin
        // First tap with start + tap * dilation >= 0, and one past the last with start + tap * dilation < input.
        let first = start >= 0 ? 0 : min(kernel, (-start + dilation - 1) / dilation)
        let end = start >= input ? 0 : min(kernel, (input - 1 - start) / dilation + 1)
        return first..<max(first, end)
    }
}

/// The attributes that convolution and pooling share.
struct WindowAttributes {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padding: Padding
    var ceilMode = false

    /// Resolves every spatial axis.
    func resolve(spatial: [Int]) throws(Fault) -> [WindowAxis] {
        let kernel = try list(kernel, "kernel_shape", count: spatial.count, minimum: 1)
        let strides = try list(strides, "strides", count: spatial.count, minimum: 1)
        let dilations = try list(dilations, "dilations", count: spatial.count, minimum: 1)
        var begin = [Int](repeating: 0, count: spatial.count)
        var end = begin
        if case .explicit(let first, let last) = padding {
            begin = try list(first, "pads", count: spatial.count, minimum: 0)
            end = try list(last, "pads", count: spatial.count, minimum: 0)
        }
        var axes: [WindowAxis] = []
        for axis in spatial.indices {
            var window = WindowAxis(
                input: spatial[axis], kernel: kernel[axis], stride: strides[axis], dilation: dilations[axis],
                padBegin: begin[axis], padEnd: end[axis], output: 0)
            resolve(&window)
            guard window.output >= 1 else {
                throw .mismatch(
                    "a window of \(window.kernel) (stride \(window.stride), dilation \(window.dilation), "
                        + "padding \(window.padBegin)+\(window.padEnd)) does not fit into spatial axis \(axis) "
                        + "of extent \(window.input)",
                    remedy: "give a larger input size")
            }
            axes.append(window)
        }
        return axes
    }

    /// Cannot overflow: `list` bounds every attribute by 2^31.
    private func resolve(_ window: inout WindowAxis) {
        let reach = (window.kernel - 1) * window.dilation + 1
        switch padding {
        case .sameUpper, .sameLower:
            window.output = (window.input + window.stride - 1) / window.stride
            let total = max(0, (window.output - 1) * window.stride + reach - window.input)
            let smaller = total / 2
            window.padBegin = padding == .sameUpper ? smaller : total - smaller
            window.padEnd = total - window.padBegin
        case .explicit, .valid:
            let room = window.input + window.padBegin + window.padEnd - reach
            let rounding = ceilMode ? window.stride - 1 : 0
            window.output = floorDivide(room + rounding, window.stride) + 1
            // The last window must start inside the input or the padding before it.
            if ceilMode, (window.output - 1) * window.stride >= window.input + window.padBegin { window.output -= 1 }
        }
        if window.input == 0 { window.output = 0 }
    }

    private func list(_ values: [Int], _ name: String, count: Int, minimum: Int) throws(Fault) -> [Int] {
        if values.isEmpty { return [Int](repeating: minimum, count: count) }
        guard values.count == count else {
            throw .malformed("\(name) has \(values.count) entries for \(count) spatial axes")
        }
        for value in values where value < minimum || value > Extents.maximumAttribute {
            throw .malformed("\(name) contains \(value)")
        }
        return values
    }
}

/// Division that rounds towards minus infinity; `divisor` is positive.
func floorDivide(_ dividend: Int, _ divisor: Int) -> Int {
    dividend >= 0 ? dividend / divisor : -((-dividend + divisor - 1) / divisor)
}
