internal import ModelGraph

/// One spatial axis of a sliding window (convolution or pooling).
struct WindowAxis: Equatable {
    let input: Int
    let output: Int
    let kernel: Int
    let stride: Int
    let dilation: Int
    let padBegin: Int
    let padEnd: Int

    /// A maximal run of output positions whose windows touch the input with the same taps.
    struct Span: Equatable {
        var outputs: Range<Int>
        /// Taps inside the input; empty where the whole window lies in the padding.
        let taps: Range<Int>
        /// Taps inside the input or its declared padding: the divisor of an average that counts padding.
        let counted: Int
    }

    /// All spans in order of output position.
    var spans: [Span] {
        var result: [Span] = []
        for position in 0..<output {
            let start = position * stride - padBegin
            let first = start >= 0 ? 0 : min(kernel, (-start + dilation - 1) / dilation)
            let last = start >= input ? 0 : min(kernel, (input - 1 - start) / dilation + 1)
            let taps = first < last ? first..<last : 0..<0
            let room = input + padEnd - 1 - start
            let counted = room < 0 ? 0 : min(kernel, room / dilation + 1)
            if let previous = result.last, previous.taps == taps, previous.counted == counted {
                result[result.count - 1].outputs = previous.outputs.lowerBound..<position + 1
            } else {
                result.append(Span(outputs: position..<position + 1, taps: taps, counted: counted))
            }
        }
        return result
    }

    /// Resolves `padding` along spatial axis `axis` (0 = height) of a window with the given extents.
    init(
        input: Int, output: Int, kernel: Int, stride: Int, dilation: Int, padding: Padding, axis: Int
    ) {
        self.input = input
        self.output = output
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        let needed = max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input)
        switch padding {
        case .explicit(let begin, let end):
            padBegin = axis < begin.count ? begin[axis] : 0
            padEnd = axis < end.count ? end[axis] : 0
        case .valid:
            padBegin = 0
            padEnd = 0
        case .sameUpper:
            padBegin = needed / 2
            padEnd = needed - needed / 2
        case .sameLower:
            padBegin = needed - needed / 2
            padEnd = needed / 2
        }
    }
}

/// Both axes of a window over a picture.
struct Window: Equatable {
    let rows: WindowAxis
    let columns: WindowAxis

    init(
        input: ImageShape, output: ImageShape, kernel: [Int], strides: [Int], dilations: [Int], padding: Padding
    ) {
        func axis(_ axis: Int, _ input: Int, _ output: Int) -> WindowAxis {
            WindowAxis(
                input: input, output: output, kernel: kernel[axis], stride: axis < strides.count ? strides[axis] : 1,
                dilation: axis < dilations.count ? dilations[axis] : 1, padding: padding, axis: axis)
        }
        rows = axis(0, input.height, output.height)
        columns = axis(1, input.width, output.width)
    }

    /// One tap per output pixel, the pixel in its own place.
    var isPointwise: Bool {
        rows.kernel == 1 && columns.kernel == 1 && rows.stride == 1 && columns.stride == 1 && rows.padBegin == 0
            && columns.padBegin == 0 && rows.input == rows.output && columns.input == columns.output
    }

    /// For each output row the number of its span.
    var spanOfRow: [UInt16] {
        var result: [UInt16] = []
        for (number, span) in rows.spans.enumerated() {
            result.append(contentsOf: repeatElement(UInt16(number), count: span.outputs.count))
        }
        return result
    }
}
