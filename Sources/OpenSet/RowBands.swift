/// A height cut into bands of rows: the chunks that a worker pool shares, small enough to stay in cache from one kernel
/// to the next.
public struct RowBands: Sendable, Equatable {
    /// Rows of all bands together.
    public let height: Int
    /// Rows of a band; the last one may have fewer.
    public let rowsPerBand: Int
    /// Number of bands.
    public var count: Int { (height + rowsPerBand - 1) / rowsPerBand }

    /// Bands of at most `rowsPerBand` rows.
    public init(height: Int, rowsPerBand: Int) {
        precondition(height >= 0 && rowsPerBand > 0, "bands need rows")
        self.height = height
        self.rowsPerBand = rowsPerBand
    }

    /// Rows of band `index`.
    public subscript(index: Int) -> Range<Int> {
        precondition(index >= 0 && index < count, "no such band")
        return index * rowsPerBand..<min((index + 1) * rowsPerBand, height)
    }
}
