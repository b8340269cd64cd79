/// A colour of 8 bits per channel.
public struct PaletteColor: Sendable, Equatable {
    /// Red.
    public let red: UInt8
    /// Green.
    public let green: UInt8
    /// Blue.
    public let blue: UInt8

    /// A colour from its channels.
    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour from three numbers of a configuration file.
    public init(components: [Int]) throws(OpenSetError) {
        let bytes = components.compactMap { UInt8(exactly: $0) }
        guard components.count == 3, bytes.count == 3 else {
            throw .palette("a colour is three numbers from 0 to 255, not \(components)")
        }
        self.init(bytes[0], bytes[1], bytes[2])
    }
}

/// Names and colours of K classes and of the unknown.
public struct Palette: Sendable, Equatable {
    /// One class.
    public struct Entry: Sendable, Equatable {
        /// What people call it.
        public let name: String
        /// How it is painted.
        public let color: PaletteColor

        /// A class with its colour.
        public init(name: String, color: PaletteColor) {
            self.name = name
            self.color = color
        }
    }

    /// Classes 0..<K.
    public let classes: [Entry]
    /// Class K.
    public let unknown: Entry

    /// Fails unless there are 1 to 253 classes.
    public init(classes: [Entry], unknown: Entry) throws(OpenSetError) {
        guard (1...OpenSetMap.mostClasses).contains(classes.count) else {
            throw .palette("a palette has 1 to \(OpenSetMap.mostClasses) classes, not \(classes.count)")
        }
        self.classes = classes
        self.unknown = unknown
    }

    /// Name of a label of the open-set map.
    public func name(of label: UInt8) -> String {
        if Int(label) < classes.count { return classes[Int(label)].name }
        return Int(label) == classes.count ? unknown.name : "invalid"
    }
}
