extension ReferenceEvaluator {
    static func evaluatePool(
        _ pooling: Pooling, _ input: RawTensor, _ inputs: RawOperands, _ outputs: [MutableRawTensor]
    ) throws(Fault) {
        let windows = Windows3D(try pooling.resolvedWindows(input: input.dimensions))
        let planes = input.dimensions[0] * input.dimensions[1]
        switch pooling.kind {
        case .max:
            input.type.dispatch(
                MaxPoolWork(
                    windows: windows, planes: planes, columnMajor: pooling.columnMajorIndices, input: input,
                    output: outputs[0], indices: outputs.count > 1 ? outputs[1].pointer(to: Int64.self) : nil))
        case .average:
            input.type.dispatchFloat(
                AveragePoolWork(
                    windows: windows, planes: planes, countsPadding: pooling.countIncludesPadding, input: input,
                    scale: inputs.optional(1), shift: inputs.optional(2), output: outputs[0]))
        }
    }

    static func evaluateGlobalPool(_ kind: Pooling.Kind, _ input: RawTensor, _ output: MutableRawTensor) {
        input.type.dispatchFloat(GlobalPoolWork(kind: kind, input: input, output: output))
    }

    static func evaluateAdaptiveAveragePool(_ input: RawTensor, _ output: MutableRawTensor) {
        input.type.dispatchFloat(AdaptiveAveragePoolWork(input: input, output: output))
    }
}

/// A window without any element (padding wider than the kernel) gives the lowest value and the index 0.
private struct MaxPoolWork: NumberWork {
    let windows: Windows3D
    let planes: Int
    let columnMajor: Bool
    let input: RawTensor
    let output: MutableRawTensor
    let indices: UnsafeMutablePointer<Int64>?

    func run<Element: ReferenceNumber>(_ type: Element.Type) {
        let (depth, height, width) = (windows.depth, windows.height, windows.width)
        let target = output.pointer(to: type)
        var position = 0
        for plane in 0..<planes {
            let source = input.pointer(to: type) + plane * windows.inputCount
            for oz in 0..<depth.output {
                for oy in 0..<height.output {
                    for ox in 0..<width.output {
                        var best = Element.lowest
                        var bestIndex = -1
                        for d in depth.taps(at: oz) {
                            let z = oz * depth.stride - depth.padBegin + d * depth.dilation
                            for h in height.taps(at: oy) {
                                let y = oy * height.stride - height.padBegin + h * height.dilation
                                for w in width.taps(at: ox) {
                                    let x = ox * width.stride - width.padBegin + w * width.dilation
                                    let index = (z * height.input + y) * width.input + x
                                    // The first of equals wins; NaN wins over all, as in PyTorch.
                                    if bestIndex < 0 || source[index] > best || source[index].isNotANumber {
                                        best = source[index]
                                        bestIndex = index
                                    }
                                }
                            }
                        }
                        target[position] = best
                        indices?[position] = Int64(plane * windows.inputCount + reported(max(bestIndex, 0)))
                        position += 1
                    }
                }
            }
        }
    }

    /// The index within a plane in the storage order that the node asks for. Called for inputs of at least one element.
    private func reported(_ index: Int) -> Int {
        guard columnMajor else { return index }
        let (height, width) = (windows.height.input, windows.width.input)
        let (z, y, x) = (index / (width * height), index / width % height, index % width)
        return z + windows.depth.input * (y + height * x)
    }
}

private struct AveragePoolWork: FloatWork {
    let windows: Windows3D
    let planes: Int
    let countsPadding: Bool
    let input: RawTensor
    /// Of the prologue.
    let scale: RawTensor?
    let shift: RawTensor?
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let (depth, height, width) = (windows.depth, windows.height, windows.width)
        let target = output.pointer(to: type)
        let scales = ChannelParameter<Element>(scale, fallback: 1)
        let shifts = ChannelParameter<Element>(shift, fallback: 0)
        var position = 0
        for plane in 0..<planes {
            let source = input.pointer(to: type) + plane * windows.inputCount
            let (scale, shift) = (scales[plane % input.dimensions[1]], shifts[plane % input.dimensions[1]])
            for oz in 0..<depth.output {
                let planesInside = depth.taps(at: oz)
                for oy in 0..<height.output {
                    let linesInside = height.taps(at: oy)
                    for ox in 0..<width.output {
                        let columnsInside = width.taps(at: ox)
                        var sum = 0.0
                        for d in planesInside {
                            let z = oz * depth.stride - depth.padBegin + d * depth.dilation
                            for h in linesInside {
                                let y = oy * height.stride - height.padBegin + h * height.dilation
                                let row = source + (z * height.input + y) * width.input
                                for w in columnsInside {
                                    let x = Double(row[ox * width.stride - width.padBegin + w * width.dilation])
                                    sum += self.scale == nil ? x : max(x * scale + shift, 0)
                                }
                            }
                        }
                        // In floating point, because absurd padding would overflow an integer product.
                        let count =
                            countsPadding
                            ? Double(depth.paddedTaps(at: oz)) * Double(height.paddedTaps(at: oy))
                                * Double(width.paddedTaps(at: ox))
                            : Double(planesInside.count * linesInside.count * columnsInside.count)
                        target[position] = Element(sum / count)
                        position += 1
                    }
                }
            }
        }
    }
}

extension WindowAxis {
    /// Taps of window `position` inside the input or its padding; what `ceil_mode` adds beyond the padding never counts.
    fileprivate func paddedTaps(at position: Int) -> Int {
        let room = input + padBegin + padEnd - position * stride
        return room <= 0 ? 0 : min(kernel, (room - 1) / dilation + 1)
    }
}

private struct GlobalPoolWork: FloatWork {
    let kind: Pooling.Kind
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let count = input.dimensions[2...].reduce(1, *)
        let target = output.pointer(to: type)
        for plane in 0..<output.count {
            let source = input.pointer(to: type) + plane * count
            switch kind {
            case .average:
                var sum = 0.0
                for index in 0..<count { sum += Double(source[index]) }
                target[plane] = Element(sum / Double(count))
            case .max:
                var best = -Element.infinity
                for index in 0..<count where source[index] > best || source[index].isNaN { best = source[index] }
                target[plane] = best
            }
        }
    }
}

/// Window i of g over N: [floor(i*N/g), ceil((i+1)*N/g)).
private struct AdaptiveAveragePoolWork: FloatWork {
    let input: RawTensor
    let output: MutableRawTensor

    func run<Element: ReferenceFloat>(_ type: Element.Type) {
        let (height, width) = (input.dimensions[2], input.dimensions[3])
        let (rows, columns) = (output.dimensions[2], output.dimensions[3])
        let target = output.pointer(to: type)
        for plane in 0..<input.dimensions[0] * input.dimensions[1] {
            let source = input.pointer(to: type) + plane * height * width
            for row in 0..<rows {
                let lines = row * height / rows..<((row + 1) * height + rows - 1) / rows
                for column in 0..<columns {
                    let cells = column * width / columns..<((column + 1) * width + columns - 1) / columns
                    var sum = 0.0
                    for y in lines {
                        for x in cells { sum += Double(source[y * width + x]) }
                    }
                    target[(plane * rows + row) * columns + column] = Element(
                        sum / Double(lines.count * cells.count))
                }
            }
        }
    }
}
