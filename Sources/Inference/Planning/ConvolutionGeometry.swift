internal import ModelGraph

/// A convolution's facts in one place.
struct ConvolutionGeometry {
    let input: ImageShape
    let output: ImageShape
    let window: Window
    let kernelHeight: Int
    let kernelWidth: Int
    let groups: Int
    let inputsPerGroup: Int
    let outputsPerGroup: Int

    init?(_ attributes: Convolution, weights: [Int], input: ImageShape, output: ImageShape) {
        guard weights.count == 4, attributes.groups > 0, input.channels == weights[1] * attributes.groups,
            weights[0] % attributes.groups == 0, weights[0] == output.channels, weights[2] > 0, weights[3] > 0
        else { return nil }
        self.input = input
        self.output = output
        kernelHeight = weights[2]
        kernelWidth = weights[3]
        groups = attributes.groups
        inputsPerGroup = weights[1]
        outputsPerGroup = weights[0] / groups
        window = Window(
            input: input, output: output, kernel: [weights[2], weights[3]], strides: attributes.strides,
            dilations: attributes.dilations, padding: attributes.padding)
    }

    var multiplyAccumulates: Int {
        output.channels * output.pixels * inputsPerGroup * kernelHeight * kernelWidth
    }
}
