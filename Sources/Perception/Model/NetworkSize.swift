/// Width and height of a network's input.
public struct NetworkSize: Sendable, Equatable, CustomStringConvertible {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int

    /// A size; both extents are positive.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// `1024x512`.
    public var description: String { "\(width)x\(height)" }

    /// Parses `WxH`.
    public init?(argument: String) {
        let parts = argument.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), 1...16384 ~= width,
            1...16384 ~= height
        else { return nil }
        self.init(width: width, height: height)
    }

    /// The size for a frame: the default's width, and the multiple of `multiple` nearest to the height that keeps the
    /// frame's aspect (cli.md, "Frame to network input").
    public static func fitting(
        frameWidth: Int, frameHeight: Int, defaultWidth: Int, multiple: Int
    ) -> NetworkSize {
        let exact = Double(defaultWidth) * Double(frameHeight) / Double(frameWidth)
        let steps = max(1, Int((exact / Double(multiple)).rounded()))
        return NetworkSize(width: defaultWidth, height: steps * multiple)
    }
}
