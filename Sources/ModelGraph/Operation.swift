/// What a node computes. Meanings are ONNX's (opset 13 and later) unless a comment says otherwise; each case names its
/// inputs in order, `?` marks optional ones (nil in `Node.inputs`).
public enum Operation: Sendable {
    /// `Conv` (1-D to 3-D), with the fused extras that only passes add. Inputs: see `Convolution`.
    case convolution(Convolution)
    /// `BatchNormalization` at inference. Inputs: x, scale, bias, mean, variance.
    case batchNormalization(epsilon: Float)
    /// y = act(x * scale[c] + shift[c] (+ residual)); made by passes. Inputs: x, scale?, shift?, residual?, slope?.
    case channelAffine(Activation)
    /// `PRelu`. Inputs: x, slope (unidirectionally broadcastable).
    case parametricRelu
    /// Elementwise function of one input.
    case unary(UnaryFunction)
    /// `Clip`. Inputs: x, min?, max?.
    case clip
    /// Elementwise function of two inputs with multidirectional broadcasting.
    case binary(BinaryFunction)
    /// `Min`, `Max`, `Sum`, `Mean` of one or more inputs with broadcasting.
    case variadic(VariadicFunction)
    /// `Where`. Inputs: condition, x, y.
    case select
    /// `Concat`.
    case concat(axis: Int)
    /// `Split`. Inputs: x, sizes?. Without sizes: equal parts over the node's outputs, the last smaller.
    case split(axis: Int)
    /// `MaxPool` or `AveragePool`, 1-D to 3-D.
    case pool(Pooling)
    /// `GlobalAveragePool`.
    case globalAveragePool
    /// `GlobalMaxPool`.
    case globalMaxPool
    /// The model-local function `AdaptiveAveragePool`. Inputs: x [N,C,H,W], output size int64[2].
    /// Window i of g over N: [floor(i*N/g), ceil((i+1)*N/g)).
    case adaptiveAveragePool
    /// `Resize`. Inputs: x, roi?, scales?, sizes?.
    case resize(Resize)
    /// `MatMul` with NumPy semantics.
    case matMul
    /// `Gemm`. Inputs: a, b, c?.
    case gemm(alpha: Float, beta: Float, transposeA: Bool, transposeB: Bool)
    /// `Softmax` / `LogSoftmax` along an axis.
    case softmax(axis: Int, logarithm: Bool)
    /// `ReduceSum` and relatives. Inputs: x, axes?.
    case reduce(ReduceFunction, keepDimensions: Bool, noopWithEmptyAxes: Bool)
    /// `Reshape`. Inputs: x, shape.
    case reshape(allowZero: Bool)
    /// `Flatten` to two dimensions.
    case flatten(axis: Int)
    /// `Squeeze`. Inputs: x, axes?.
    case squeeze
    /// `Unsqueeze`. Inputs: x, axes.
    case unsqueeze
    /// `Transpose`; nil reverses all axes.
    case transpose(permutation: [Int]?)
    /// `Expand`. Inputs: x, shape.
    case expand
    /// `Tile`. Inputs: x, repeats.
    case tile
    /// `Pad`. Inputs: x, pads, value?, axes?.
    case pad(PadMode)
    /// `Identity`, and `Dropout` at inference.
    case identity
    /// `Shape` with its optional slice.
    case shape(start: Int, end: Int?)
    /// `Gather`. Inputs: x, indices.
    case gather(axis: Int)
    /// `Slice`. Inputs: x, starts, ends, axes?, steps?.
    case slice
    /// `Cast`.
    case cast(to: DataType)
    /// `ConstantOfShape`. Inputs: shape. The value is a one-element tensor.
    case constantOfShape(value: HostTensor)
    /// `Range`. Inputs: start, limit, delta.
    case range
}

/// Attributes of a convolution. Node inputs: x, weights [M, C/groups, k...], bias?, residual?, slope?,
/// prologueScale?, prologueShift?; all after `bias` are added by passes:
/// `y = activation(conv(prologue(x)) + bias + residual)`, `prologue(x) = relu(x * scale[c] + shift[c])`.
/// Zero padding is applied after the prologue.
public struct Convolution: Sendable, Hashable {
    /// Kernel extents; empty when the file leaves them to the weights' shape.
    public var kernel: [Int]
    /// Steps of the window per spatial axis; empty for 1 everywhere.
    public var strides: [Int]
    /// Steps of the taps per spatial axis; empty for 1 everywhere.
    public var dilations: [Int]
    /// How the padding is found.
    public var padding: Padding
    /// Number of groups that channels are split into.
    public var groups: Int
    /// Applied last; `.parametricRelu` takes its slope from input 4.
    public var activation: Activation

    /// Empty lists mean ONNX's defaults (1 everywhere, no padding).
    public init(
        kernel: [Int] = [], strides: [Int] = [], dilations: [Int] = [],
        padding: Padding = .explicit(begin: [], end: []),
        groups: Int = 1, activation: Activation = .none
    ) {
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
        self.groups = groups
        self.activation = activation
    }
}

/// ONNX's `auto_pad` and `pads`.
public enum Padding: Sendable, Hashable {
    /// Per spatial axis; empty lists mean zero.
    case explicit(begin: [Int], end: [Int])
    case sameUpper, sameLower, valid
}

/// An activation that a convolution or an affine step can apply as it stores.
public enum Activation: Sendable, Hashable {
    case none
    case relu
    case parametricRelu
    case leakyRelu(alpha: Float)
    case sigmoid
}

/// Attributes of `MaxPool` and `AveragePool`. Node inputs: x, and for an average prologueScale?, prologueShift?, which passes
/// add: then it is one of `relu(x * scale[c] + shift[c])`, and padding is applied after that.
public struct Pooling: Sendable, Hashable {
    /// Which pooling.
    public enum Kind: Sendable, Hashable { case max, average }
    /// Which pooling.
    public var kind: Kind
    /// Kernel extents.
    public var kernel: [Int]
    /// Steps of the window per spatial axis; empty for 1 everywhere.
    public var strides: [Int]
    /// Steps of the taps per spatial axis; empty for 1 everywhere.
    public var dilations: [Int]
    /// How the padding is found.
    public var padding: Padding
    /// Whether the number of windows is rounded up.
    public var ceilMode: Bool
    /// Whether an average counts padded elements.
    public var countIncludesPadding: Bool
    /// `storage_order`: whether the indices of `MaxPool`'s second output count the first spatial axis fastest.
    public var columnMajorIndices: Bool

    /// Empty lists mean ONNX's defaults (1 everywhere, no padding).
    public init(
        kind: Kind, kernel: [Int], strides: [Int] = [], dilations: [Int] = [],
        padding: Padding = .explicit(begin: [], end: []), ceilMode: Bool = false, countIncludesPadding: Bool = false,
        columnMajorIndices: Bool = false
    ) {
        self.kind = kind
        self.kernel = kernel
        self.strides = strides
        self.dilations = dilations
        self.padding = padding
        self.ceilMode = ceilMode
        self.countIncludesPadding = countIncludesPadding
        self.columnMajorIndices = columnMajorIndices
    }
}

/// Attributes of `Resize`, all of ONNX's.
public struct Resize: Sendable, Hashable {
    /// How values between samples are found.
    public enum Mode: String, Sendable, Hashable { case nearest, linear, cubic }
    /// How an output coordinate maps to an input coordinate.
    public enum CoordinateTransformation: String, Sendable, Hashable {
        case halfPixel = "half_pixel"
        case halfPixelSymmetric = "half_pixel_symmetric"
        case pytorchHalfPixel = "pytorch_half_pixel"
        case alignCorners = "align_corners"
        case asymmetric
        case tfCropAndResize = "tf_crop_and_resize"
    }
    /// How `nearest` rounds an input coordinate.
    public enum NearestMode: String, Sendable, Hashable {
        case roundPreferFloor = "round_prefer_floor"
        case roundPreferCeil = "round_prefer_ceil"
        case floor, ceil
    }
    /// What `sizes` means when it would change the aspect ratio.
    public enum AspectRatioPolicy: String, Sendable, Hashable {
        case stretch
        case notLarger = "not_larger"
        case notSmaller = "not_smaller"
    }
    /// How values between samples are found.
    public var mode: Mode = .nearest
    /// How output coordinates map to input coordinates.
    public var coordinates: CoordinateTransformation = .halfPixel
    /// How `nearest` rounds.
    public var nearestMode: NearestMode = .roundPreferFloor
    /// `cubic_coeff_a`.
    public var cubicCoefficient: Float = -0.75
    /// What `tf_crop_and_resize` gives outside the input.
    public var extrapolationValue: Float = 0
    /// Whether taps outside the input get the weight 0 and the others are renormalised.
    public var excludeOutside = false
    /// Whether the kernel widens when an axis shrinks.
    public var antialias = false
    /// Axes that roi, scales and sizes speak of; nil for all.
    public var axes: [Int]?
    /// What `sizes` means when it would change the aspect ratio.
    public var aspectRatioPolicy: AspectRatioPolicy = .stretch

    /// ONNX's defaults.
    public init() {}
}

/// How `Pad` fills.
public enum PadMode: String, Sendable, Hashable { case constant, reflect, edge, wrap }

/// Elementwise functions of one input; `round` rounds half to even.
public enum UnaryFunction: String, Sendable, Hashable, CaseIterable {
    case abs, neg, floor, ceil, round, sqrt, exp, log, reciprocal, sigmoid, relu, tanh, softplus, erf, sign, not
    // LeakyRelu carries an attribute and is expressed as `channelAffine(.leakyRelu)`.
}

/// Elementwise functions of two inputs; integer `div` truncates.
public enum BinaryFunction: String, Sendable, Hashable, CaseIterable {
    /// `mod` takes the sign of the divisor, `fmod` (the attribute of `Mod`) that of the dividend.
    case add, sub, mul, div, pow, mod, fmod
    case equal, less, lessOrEqual, greater, greaterOrEqual, and, or, xor
}

/// Elementwise functions of one or more inputs.
public enum VariadicFunction: String, Sendable, Hashable, CaseIterable { case min, max, sum, mean }

/// What a reduction computes.
public enum ReduceFunction: String, Sendable, Hashable, CaseIterable {
    case sum, mean, max, min, prod
}
