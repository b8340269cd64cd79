internal import FrameIO
internal import OpenSet

/// What the maps of a frame hold about which nothing is known.
struct BlankMaps {
    /// K.
    let unknown: UInt8
    /// The colour of the unknown; black where the palette is faulty, which `run` has refused before.
    let color: PaletteColor

    init(_ settings: PerceptionSettings) {
        unknown = UInt8(clamping: settings.network.bundle.description.classes.count)
        color = (try? settings.palette.unknown.color) ?? PaletteColor(0, 0, 0)
    }
}

extension FrameSlot {
    /// Takes over the maps of another slot of the same geometry, and what thresholding found in them. Allocates nothing.
    func takeMaps(of other: FrameSlot) {
        openSet.copy(other.openSet)
        labels.copy(other.labels)
        score.copy(other.score)
        overlay.copy(other.overlay)
        counts = other.counts
        regions.copy(other.regions)
    }

    /// Makes every pixel unknown: open-set labels K, closed-set labels invalid, and scores infinite, so that whoever
    /// compares them with a threshold finds outliers. Allocates nothing.
    func fill(with blank: BlankMaps) {
        openSet.start.update(repeating: blank.unknown, count: openSet.count)
        labels.start.update(repeating: OpenSetMap.invalid, count: labels.count)
        score.base.assumingMemoryBound(to: Float.self).update(repeating: .infinity, count: score.count / 4)
        var pixel = overlay.start
        for _ in 0..<overlay.count / 3 {
            pixel[0] = blank.color.red
            pixel[1] = blank.color.green
            pixel[2] = blank.color.blue
            pixel += 3
        }
        counts = OutlierCounts()
        regions.removeAll()
    }
}

extension FrameGeometry {
    /// Whether its maps are as large as those of frames of `key`.
    func hasMaps(of key: Key) -> Bool { self.key.width == key.width && self.key.height == key.height }
}

extension ByteBuffer {
    /// Takes over another buffer's bytes; it must have room for them.
    fileprivate mutating func copy(_ other: borrowing ByteBuffer) {
        guard other.count > 0, other.count <= capacity else { return }
        base.copyMemory(from: other.base, byteCount: other.count)
        setCount(other.count)
    }
}
