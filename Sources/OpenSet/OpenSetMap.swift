internal import CKernels

/// What the bytes of an open-set map mean: 0..<K are the known classes, K is unknown, 255 is invalid.
///
/// A map is rows of bytes at the frame's own resolution; who owns the bytes is the pipeline's business.
public struct OpenSetMap: Sendable, Equatable {
    /// Width in pixels.
    public let width: Int
    /// Height in pixels.
    public let height: Int
    /// K, the number of known classes: 1...253.
    public let classes: Int

    /// Label of outliers: K.
    public var unknown: UInt8 { UInt8(classes) }
    /// Label of pixels without a decision, where a class logit is not finite.
    public static let invalid = UInt8(DH_LABEL_INVALID)
    /// Most classes that one byte leaves room for.
    public static let mostClasses = DH_MAX_CLASSES
    /// Bytes of a map.
    public var byteCount: Int { width * height }

    /// Fails for sizes that no map has.
    public init(width: Int, height: Int, classes: Int) throws(OpenSetError) {
        guard (1...Self.mostClasses).contains(classes) else {
            throw .classes("\(classes) classes: an open-set map has 1 to \(Self.mostClasses)")
        }
        try Limits.check(width: width, height: height, of: "an open-set map")
        self.width = width
        self.height = height
        self.classes = classes
    }
}

/// Sizes that this module takes; kernels count in 32 bits.
enum Limits {
    static let side = 65_536

    static func check(width: Int, height: Int, of what: String) throws(OpenSetError) {
        guard (1...side).contains(width), (1...side).contains(height) else {
            throw .geometry("\(width)x\(height) is no size for \(what): sides are 1 to \(side)")
        }
    }
}
