internal import CKernels

/// How an overlay is painted. Opacities are 0 (camera picture only) to 1 (colour only).
public struct OverlayStyle: Sendable, Equatable {
    /// Of the known classes.
    public let classOpacity: Double
    /// Of unknown regions.
    public let unknownOpacity: Double
    /// Of invalid pixels, painted black.
    public let invalidOpacity: Double
    /// Colour of the border inside unknown regions; nil for the colour of the unknown itself, unblended.
    public let contour: PaletteColor?
    /// Width of that border in pixels; 0 for none.
    public let contourWidth: Int

    /// Fails for opacities outside 0...1 and widths outside 0...64. By default what is unknown stays recognisable, for
    /// people want to see what it is; its border stands out.
    public init(
        classOpacity: Double = 0.4, unknownOpacity: Double = 0.45, invalidOpacity: Double = 0.8,
        contour: PaletteColor? = nil, contourWidth: Int = 2
    ) throws(OpenSetError) {
        for opacity in [classOpacity, unknownOpacity, invalidOpacity] where !(0...1).contains(opacity) {
            throw .palette("an opacity is a number from 0 to 1, not \(opacity)")
        }
        guard (0...64).contains(contourWidth) else {
            throw .palette("a contour is 0 to 64 pixels wide, not \(contourWidth)")
        }
        self.classOpacity = classOpacity
        self.unknownOpacity = unknownOpacity
        self.invalidOpacity = invalidOpacity
        self.contour = contour
        self.contourWidth = contourWidth
    }

    /// The kernel's table: one entry per byte value, those of no label like invalid.
    func entries(_ palette: Palette) -> [dh_overlay_entry] {
        let invalid = Self.entry(PaletteColor(0, 0, 0), invalidOpacity)
        var table = [dh_overlay_entry](repeating: invalid, count: 256)
        for (label, known) in palette.classes.enumerated() { table[label] = Self.entry(known.color, classOpacity) }
        table[palette.classes.count] = Self.entry(palette.unknown.color, unknownOpacity)
        table[DH_LABEL_CONTOUR] = Self.entry(contour ?? palette.unknown.color, 1)
        return table
    }

    private static func entry(_ color: PaletteColor, _ opacity: Double) -> dh_overlay_entry {
        let share = Int((opacity * 256).rounded())
        func paint(_ channel: UInt8) -> UInt16 { UInt16(Int(channel) * share) }
        return dh_overlay_entry(
            paint: (paint(color.red), paint(color.green), paint(color.blue)), keep: UInt16(256 - share))
    }
}
