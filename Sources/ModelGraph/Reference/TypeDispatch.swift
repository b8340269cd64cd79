/// Work that is the same for every number type; `run` is specialised for each.
protocol NumberWork {
    func run<Element: ReferenceNumber>(_: Element.Type)
}

/// Work for float32 and float64.
protocol FloatWork {
    func run<Element: ReferenceFloat>(_: Element.Type)
}

/// Work that only moves elements: runs on an unsigned integer of the element's size.
protocol MovementWork {
    func run<Element: FixedWidthInteger & BitwiseCopyable>(_: Element.Type)
}

extension DataType {
    /// The number at `address`, which holds one element of this type.
    func real(at address: UnsafeRawPointer) -> Double {
        switch self {
        case .float32: Double(address.assumingMemoryBound(to: Float.self).pointee)
        case .float64: address.assumingMemoryBound(to: Double.self).pointee
        case .int8: Double(address.assumingMemoryBound(to: Int8.self).pointee)
        case .int16: Double(address.assumingMemoryBound(to: Int16.self).pointee)
        case .int32: Double(address.assumingMemoryBound(to: Int32.self).pointee)
        case .int64: Double(address.assumingMemoryBound(to: Int64.self).pointee)
        case .uint8, .bool: Double(address.assumingMemoryBound(to: UInt8.self).pointee)
        case .uint16: Double(address.assumingMemoryBound(to: UInt16.self).pointee)
        case .uint32: Double(address.assumingMemoryBound(to: UInt32.self).pointee)
        case .uint64: Double(address.assumingMemoryBound(to: UInt64.self).pointee)
        }
    }

    /// Magnitude and sign of the integer at `address`, which holds one element of this type; 0 for floats.
    func integer(at address: UnsafeRawPointer) -> (magnitude: UInt64, isNegative: Bool) {
        func split(_ value: some FixedWidthInteger) -> (UInt64, Bool) { (UInt64(value.magnitude), value < 0) }
        return switch self {
        case .float32, .float64: (0, false)
        case .int8: split(address.assumingMemoryBound(to: Int8.self).pointee)
        case .int16: split(address.assumingMemoryBound(to: Int16.self).pointee)
        case .int32: split(address.assumingMemoryBound(to: Int32.self).pointee)
        case .int64: split(address.assumingMemoryBound(to: Int64.self).pointee)
        case .uint8, .bool: split(address.assumingMemoryBound(to: UInt8.self).pointee)
        case .uint16: split(address.assumingMemoryBound(to: UInt16.self).pointee)
        case .uint32: split(address.assumingMemoryBound(to: UInt32.self).pointee)
        case .uint64: split(address.assumingMemoryBound(to: UInt64.self).pointee)
        }
    }

    /// Runs `work` for this type; bool counts as uint8.
    func dispatch(_ work: some NumberWork) {
        switch self {
        case .float32: work.run(Float.self)
        case .float64: work.run(Double.self)
        case .int8: work.run(Int8.self)
        case .int16: work.run(Int16.self)
        case .int32: work.run(Int32.self)
        case .int64: work.run(Int64.self)
        case .uint8, .bool: work.run(UInt8.self)
        case .uint16: work.run(UInt16.self)
        case .uint32: work.run(UInt32.self)
        case .uint64: work.run(UInt64.self)
        }
    }

    /// Runs `work` for float32 or float64; shape inference has refused all other types.
    func dispatchFloat(_ work: some FloatWork) {
        switch self {
        case .float32: work.run(Float.self)
        case .float64: work.run(Double.self)
        default: preconditionFailure("\(rawValue) is not a floating-point type")
        }
    }

    /// Runs `work` for an element of this type's size.
    func dispatchMovement(_ work: some MovementWork) {
        switch byteCount {
        case 1: work.run(UInt8.self)
        case 2: work.run(UInt16.self)
        case 4: work.run(UInt32.self)
        default: work.run(UInt64.self)
        }
    }
}
