extension ShapeInference {
    static func unaryOutput(_ operands: Operands, _ function: UnaryFunction) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        switch function {
        case .not: try requireBool(input.type)
        case .abs, .sign: try input.type.requireNumber()
        case .neg, .relu:
            guard input.type.isSigned else {
                throw .unsupported("element type \(input.type.rawValue)", remedy: "use a signed type")
            }
        default: try input.type.requireFloatingPoint()
        }
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    static func clipOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireNumber()
        try operands.requireType(input.type, at: [1, 2])
        for position in 1...2 {
            guard let bound = operands.optional(position) else { continue }
            guard try Extents.count(bound.dimensions) == 1 else {
                throw .mismatch("the bound at input \(position) is not a scalar")
            }
        }
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    static func parametricReluOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        let slope = try operands.required(1)
        try input.type.requireNumber()
        try operands.requireType(input.type, at: [1])
        guard try Extents.broadcast(input.dimensions, slope.dimensions) == input.dimensions else {
            throw .mismatch(
                "slope \(Extents.describe(slope.dimensions)) does not broadcast to \(Extents.describe(input.dimensions))"
            )
        }
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    static func binaryOutput(_ operands: Operands, _ function: BinaryFunction) throws(Fault) -> TensorFacts {
        let left = try operands.required(0)
        let right = try operands.required(1)
        // Pow alone takes two types; the result has the base's.
        if function != .pow { try operands.requireType(left.type, at: [1]) }
        var type = left.type
        switch function {
        case .add, .sub, .mul, .div, .mod, .fmod, .pow:
            try left.type.requireNumber()
            try right.type.requireNumber()
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            try left.type.requireNumber()
            type = .bool
        case .equal: type = .bool
        case .and, .or, .xor: try requireBool(left.type)
        }
        return TensorFacts(type: type, dimensions: try Extents.broadcast(left.dimensions, right.dimensions))
    }

    static func variadicOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        var result = try operands.required(0)
        try result.type.requireNumber()
        try operands.requireType(result.type, at: Array(operands.facts.indices))
        for position in operands.facts.indices.dropFirst() {
            let next = try operands.required(position)
            result.dimensions = try Extents.broadcast(result.dimensions, next.dimensions)
        }
        return TensorFacts(type: result.type, dimensions: result.dimensions)
    }

    static func selectOutput(_ operands: Operands) throws(Fault) -> TensorFacts {
        let condition = try operands.required(0)
        let first = try operands.required(1)
        let second = try operands.required(2)
        try requireBool(condition.type)
        guard first.type == second.type else {
            throw .mismatch(
                "input 1 is \(first.type.rawValue) and input 2 is \(second.type.rawValue)",
                remedy: "insert a Cast when exporting the model")
        }
        let values = try Extents.broadcast(first.dimensions, second.dimensions)
        return TensorFacts(type: first.type, dimensions: try Extents.broadcast(condition.dimensions, values))
    }

    static func softmaxOutput(_ operands: Operands, axis: Int) throws(Fault) -> TensorFacts {
        let input = try operands.required(0)
        try input.type.requireFloatingPoint()
        _ = try Extents.axis(axis, rank: input.dimensions.count)
        return TensorFacts(type: input.type, dimensions: input.dimensions)
    }

    private static func requireBool(_ type: DataType) throws(Fault) {
        guard type == .bool else {
            throw .mismatch(
                "element type \(type.rawValue) where bool is needed", remedy: "insert a Cast when exporting")
        }
    }
}
