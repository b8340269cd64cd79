import ModelGraph

/// Short ways to write small graphs.
extension Graph {
    mutating func addInput(_ name: String, _ shape: [Dimension], type: DataType = .float32) -> ValueID {
        let id = add(Value(name: name, type: type, shape: shape))
        inputs.append(id)
        return id
    }

    mutating func addConstant(_ tensor: HostTensor, _ name: String = "constant") -> ValueID {
        add(Value(name: name, type: tensor.type, constant: tensor))
    }

    /// Adds a node with one output called `name`.
    mutating func addNode(_ operation: Operation, _ inputs: [ValueID?], _ name: String) -> ValueID {
        let output = add(Value(name: name))
        nodes.append(Node(name: "node_" + name, operation: operation, inputs: inputs, outputs: [output]))
        return output
    }

    mutating func addVector(_ elements: [Int64]) -> ValueID {
        addConstant(HostTensor(elements, dimensions: [elements.count]))
    }

    mutating func addConvolution(
        _ x: ValueID, weights: [Int], strides: [Int] = [], pad: Int = 0, _ name: String
    ) -> ValueID {
        let tensor = HostTensor(
            [Float](repeating: 0.5, count: weights.reduce(1, *)), dimensions: weights)
        let padding = [Int](repeating: pad, count: weights.count - 2)
        let attributes = Convolution(strides: strides, padding: .explicit(begin: padding, end: padding))
        return addNode(.convolution(attributes), [x, addConstant(tensor, name + ".weight")], name)
    }
}

extension HostTensor {
    static func floats(_ elements: [Float], _ dimensions: [Int]) -> HostTensor {
        HostTensor(elements, dimensions: dimensions)
    }

    static func vector(_ elements: [Int64]) -> HostTensor { HostTensor(elements, dimensions: [elements.count]) }
}

/// Runs one operation on constants; for tests that are about values.
func evaluate(_ operation: Operation, _ inputs: [HostTensor?], outputs: Int = 1) throws -> [HostTensor] {
    try ReferenceEvaluator.evaluate(operation, inputs: inputs, outputCount: outputs, node: "test")
}

func shape(_ operation: Operation, _ inputs: [TensorFacts?], outputs: Int = 1) throws -> [[Int]] {
    try ShapeInference.infer(operation, node: "test", inputs: inputs, outputCount: outputs).map(\.dimensions)
}

func facts(_ dimensions: Int..., type: DataType = .float32) -> TensorFacts {
    TensorFacts(type: type, dimensions: dimensions)
}

func known(_ elements: Int64...) -> TensorFacts { TensorFacts(constant: .vector(elements)) }

func reals(_ elements: Float...) -> TensorFacts {
    TensorFacts(constant: HostTensor(elements, dimensions: [elements.count]))
}
