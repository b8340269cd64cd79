extension Operation {
    /// ONNX's name of the operator, for messages and listings; operations that only passes make have a name of ours.
    public var operatorName: String {
        switch self {
        case .convolution: "Conv"
        case .batchNormalization: "BatchNormalization"
        case .channelAffine(.leakyRelu): "LeakyRelu"
        case .channelAffine: "ChannelAffine"
        case .parametricRelu: "PRelu"
        case .unary(let function): function.operatorName
        case .clip: "Clip"
        case .binary(let function): function.operatorName
        case .variadic(let function): capitalized(function.rawValue)
        case .select: "Where"
        case .concat: "Concat"
        case .split: "Split"
        case .pool(let pooling): pooling.kind == .max ? "MaxPool" : "AveragePool"
        case .globalAveragePool: "GlobalAveragePool"
        case .globalMaxPool: "GlobalMaxPool"
        case .adaptiveAveragePool: "AdaptiveAveragePool"
        case .resize: "Resize"
        case .matMul: "MatMul"
        case .gemm: "Gemm"
        case .softmax(_, let logarithm): logarithm ? "LogSoftmax" : "Softmax"
        case .reduce(let function, _, _): "Reduce" + capitalized(function.rawValue)
        case .reshape: "Reshape"
        case .flatten: "Flatten"
        case .squeeze: "Squeeze"
        case .unsqueeze: "Unsqueeze"
        case .transpose: "Transpose"
        case .expand: "Expand"
        case .tile: "Tile"
        case .pad: "Pad"
        case .identity: "Identity"
        case .shape: "Shape"
        case .gather: "Gather"
        case .slice: "Slice"
        case .cast: "Cast"
        case .constantOfShape: "ConstantOfShape"
        case .range: "Range"
        }
    }
}

extension UnaryFunction {
    /// ONNX's name of the operator.
    public var operatorName: String { capitalized(rawValue) }
}

extension BinaryFunction {
    /// ONNX's name of the operator.
    public var operatorName: String { self == .fmod ? "Mod" : capitalized(rawValue) }
}

private func capitalized(_ name: String) -> String {
    name.prefix(1).uppercased() + name.dropFirst()
}
