internal import CKernels
internal import Kernels
internal import ModelGraph

extension PlanBuilder {
    /// Whether a convolution is one that `WinogradStep` computes, and faster than `ConvolutionStep` would.
    func winogradPays(_ attributes: Convolution, _ geometry: ConvolutionGeometry) -> Bool {
        compiler.kernels.instructionSet != .blas && isWinogradShape(attributes, geometry)
            && WinogradCost(geometry, width: Int(kernels.winograd.width)).pays
    }

    /// 3x3, stride 1, neither dilated nor grouped.
    func isWinogradShape(_ attributes: Convolution, _ geometry: ConvolutionGeometry) -> Bool {
        let axes = [geometry.window.rows, geometry.window.columns]
        return geometry.kernelHeight == 3 && geometry.kernelWidth == 3 && geometry.groups == 1
            && axes.allSatisfy { $0.stride == 1 && $0.dilation == 1 && $0.padBegin >= 0 && $0.padEnd >= 0 }
    }

    mutating func lowerWinograd() throws(InferenceError) {
        let (attributes, geometry, weights) = try convolutionFacts(node)
        guard let inputID = node.input(0) else { throw error("its input is missing") }
        let input = operand(inputID, as: .blocked)
        let residual = node.input(3).map { operand($0, as: .blocked) } ?? .none
        let output = destination(node.outputs[0], as: .blocked)
        let functions = kernels.winograd
        let width = Int(functions.width)
        let lanes = (geometry.output.channels + width - 1) / width * width
        let step = WinogradStep(
            kernels: functions, input: input, output: output, residual: residual,
            source: .init(geometry.input), target: .init(geometry.output),
            top: Int32(geometry.window.rows.padBegin), left: Int32(geometry.window.columns.padBegin),
            weights: packWinogradWeights(weights, geometry, width: width),
            bias: memory.store(graph.floats(node.input(2)), paddedTo: lanes),
            slope: memory.store(graph.floats(node.input(4)), paddedTo: lanes),
            activation: activationCode(attributes.activation),
            tiling: WinogradTiling(
                height: geometry.output.height, width: geometry.output.width,
                bytesPerTile: WinogradWeights.points * geometry.input.planes * 32, tile: Int(functions.tile),
                threads: threads))
        scratchBytes = max(scratchBytes, step.scratchBytes)
        emit(
            .winograd(step), kind: "conv 3x3", kernel: "\(instructionSetName) winograd 4x4",
            multiplyAccumulates: geometry.multiplyAccumulates, reads: [input, residual], writes: [output])
    }

    /// [block][36][input channels][width], zero where the last block or plane has no channel.
    private func packWinogradWeights(
        _ weights: [Float], _ geometry: ConvolutionGeometry, width: Int
    ) -> UnsafePointer<Float> {
        let inputs = geometry.input.planes * 8
        let blocks = (geometry.output.channels + width - 1) / width
        let packed = memory.allocate(Float.self, count: blocks * WinogradWeights.points * inputs * width)
        weights.withUnsafeBufferPointer { weights in
            for output in 0..<geometry.output.channels {
                let block = packed + output / width * WinogradWeights.points * inputs * width + output % width
                for channel in 0..<geometry.input.channels {
                    let filter = (output * geometry.input.channels + channel) * 9
                    WinogradWeights.transform {
                        weights[filter + $0]
                    } into: { point, value in
                        block[(point * inputs + channel) * width] = Float(value)
                    }
                }
            }
        }
        return UnsafePointer(packed)
    }
}

/// Multiplications of a convolution both ways, in units of one multiply-accumulate of a vector's lane.
///
/// The constants were measured on a Zen 4 core, with AVX2 and AVX-512, for 8 to 512 inputs and 8 to 128 outputs.
struct WinogradCost {
    let direct: Double
    let winograd: Double

    /// With a margin: what is saved shall be worth four times the memory for weights.
    var pays: Bool { winograd * 1.25 < direct }

    init(_ geometry: ConvolutionGeometry, width: Int) {
        let inputs = Double(geometry.input.planes * 8)
        let outputs = Double(geometry.output.planes * 8)
        let blocks = Double((geometry.output.channels + width - 1) / width)
        let tiles = Double((geometry.output.height + 3) / 4 * ((geometry.output.width + 3) / 4))
        // Reading a weight from memory takes as long as some 11 multiplications.
        let weightRead = 11.0
        direct = (Double(geometry.output.pixels) + weightRead) * 9 * Double(geometry.input.channels) * outputs
        let products = (tiles + weightRead) * 36 * inputs * blocks * Double(width)
        winograd = products + tiles * (300 * inputs + 190 * outputs + 4000 * blocks)
    }
}

/// G g G^T, in double: a filter's products at the points of F(4x4, 3x3), which are 0, +-1/sqrt(2), +-sqrt(2) and infinity
/// along each axis, as in the kernels' input and output transforms.
enum WinogradWeights {
    static let points = DH_WINOGRAD_POINTS

    private static let rows: [(Double, Double, Double)] = {
        let root = 2.0.squareRoot()
        return [
            (1, 0, 0), (-2 / 3, -root / 3, -1 / 3), (-2 / 3, root / 3, -1 / 3), (1 / 6, root / 6, 1 / 3),
            (1 / 6, -root / 6, 1 / 3), (0, 0, 1),
        ]
    }()

    /// - Parameters:
    ///   - tap: filter element `3 * y + x`.
    ///   - store: receives each point and its value.
    static func transform(_ tap: (Int) -> Float, into store: (Int, Double) -> Void) {
        for (y, down) in rows.enumerated() {
            func column(_ x: Int) -> Double {
                down.0 * Double(tap(x)) + down.1 * Double(tap(3 + x)) + down.2 * Double(tap(6 + x))
            }
            let (a, b, c) = (column(0), column(1), column(2))
            for (x, along) in rows.enumerated() {
                store(y * 6 + x, along.0 * a + along.1 * b + along.2 * c)
            }
        }
    }
}

extension WinogradStep.Picture {
    init(_ image: ImageShape) {
        self.init(planes: Int32(image.planes), height: Int32(image.height), width: Int32(image.width))
    }
}
