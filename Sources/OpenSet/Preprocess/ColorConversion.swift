internal import CKernels

/// Y'CbCr -> R'G'B'. Chroma is upsampled bilinearly between centred samples (JPEG siting); results are rounded and
/// clamped to 8 bits, so that a picture is the same whether a codec or this module converts it.
public struct ColorConversion: Sendable, Equatable {
    /// Weight of red in luma (Kr).
    public let red: Double
    /// Weight of blue in luma (Kb).
    public let blue: Double
    /// Whether Y spans 0...255 and chroma likewise; else Y spans 16...235 and chroma 16...240.
    public let isFullRange: Bool

    /// Any matrix by its luma weights.
    public init(red: Double, blue: Double, isFullRange: Bool) {
        self.red = red
        self.blue = blue
        self.isFullRange = isFullRange
    }

    /// BT.601 over 0...255: JPEG.
    public static let bt601Full = ColorConversion(red: 0.299, blue: 0.114, isFullRange: true)
    /// BT.601 over 16...235: video of standard definition.
    public static let bt601Limited = ColorConversion(red: 0.299, blue: 0.114, isFullRange: false)
    /// BT.709 over 0...255.
    public static let bt709Full = ColorConversion(red: 0.2126, blue: 0.0722, isFullRange: true)
    /// BT.709 over 16...235: video of high definition.
    public static let bt709Limited = ColorConversion(red: 0.2126, blue: 0.0722, isFullRange: false)

    /// In 16.16 fixed point.
    var matrix: dh_color_matrix {
        let green = 1 - red - blue
        let luma = isFullRange ? 1 : 255.0 / 219
        let chroma = isFullRange ? 1 : 255.0 / 224
        func fixed(_ value: Double) -> Int32 { Int32((value * 65536).rounded()) }
        // libjpeg's constants have five decimals; those of green differ from the exact ones in the last bit.
        let isJPEG = self == .bt601Full
        let greenU = isJPEG ? 0.34414 : 2 * blue * (1 - blue) / green * chroma
        let greenV = isJPEG ? 0.71414 : 2 * red * (1 - red) / green * chroma
        return dh_color_matrix(
            luma_offset: isFullRange ? 0 : 16, luma: fixed(luma), red_v: fixed(2 * (1 - red) * chroma),
            green_u: -fixed(greenU), green_v: -fixed(greenV), blue_u: fixed(2 * (1 - blue) * chroma))
    }
}
