/// Arithmetic on extents that come from files: checked, bounded, never a trap.
enum Extents {
    /// Ceiling of the element count of any value.
    static let maximumElements = 1 << 31
    /// Ceiling of attributes such as strides, so that sums and products of two of them cannot overflow.
    static let maximumAttribute = 1 << 31
    static let maximumRank = 16

    /// `1x3x512x1024`, or `scalar`.
    static func describe(_ extents: [Int]) -> String {
        extents.isEmpty ? "scalar" : extents.map(String.init).joined(separator: "x")
    }

    /// Number of elements; a fault when it, or the product of the extents that are not zero, is above the ceiling.
    @discardableResult
    static func count(_ extents: [Int]) throws(Fault) -> Int {
        guard extents.count <= maximumRank else {
            throw .excessive("a tensor of \(extents.count) axes is above the ceiling of \(maximumRank)")
        }
        var bounded = 1
        var isEmpty = false
        for extent in extents {
            guard extent >= 0 else {
                throw .mismatch("the shape \(describe(extents)) has a negative extent")
            }
            if extent == 0 { isEmpty = true }
            let (product, overflow) = bounded.multipliedReportingOverflow(by: max(extent, 1))
            guard !overflow, product <= maximumElements else {
                throw .excessive("a tensor of \(describe(extents)) is above the ceiling of \(maximumElements) elements")
            }
            bounded = product
        }
        return isEmpty ? 0 : bounded
    }

    /// An axis in 0..<rank from one that may count from the end.
    static func axis(_ axis: Int, rank: Int) throws(Fault) -> Int {
        guard axis >= -rank, axis < rank else {
            throw .mismatch("axis \(axis) does not exist in a tensor of \(rank) axes")
        }
        return axis < 0 ? axis + rank : axis
    }

    /// Distinct axes in 0..<rank.
    static func axes(_ axes: [Int], rank: Int) throws(Fault) -> [Int] {
        var seen = [Bool](repeating: false, count: rank)
        var resolved: [Int] = []
        resolved.reserveCapacity(min(axes.count, rank))
        for entry in axes {
            let axis = try axis(entry, rank: rank)
            guard !seen[axis] else { throw .malformed("axis \(entry) is named twice") }
            seen[axis] = true
            resolved.append(axis)
        }
        return resolved
    }

    /// NumPy's multidirectional broadcasting.
    static func broadcast(_ a: [Int], _ b: [Int]) throws(Fault) -> [Int] {
        if a == b { return a }
        let rank = max(a.count, b.count)
        var result = [Int](repeating: 1, count: rank)
        for axis in 0..<rank {
            let left = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
            let right = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
            guard left == right || left == 1 || right == 1 else {
                throw .mismatch(
                    "shapes \(describe(a)) and \(describe(b)) do not fit: axis \(axis) has \(left) and \(right)")
            }
            result[axis] = left == 1 ? right : left
        }
        return result
    }

    /// Row-major strides in elements.
    static func strides(_ extents: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: extents.count)
        var axis = extents.count - 2
        while axis >= 0 {
            strides[axis] = strides[axis + 1] * extents[axis + 1]
            axis -= 1
        }
        return strides
    }

    /// Strides that read a tensor of `extents` as if it had been broadcast to `target`.
    static func broadcastStrides(_ extents: [Int], to target: [Int]) -> [Int] {
        let own = strides(extents)
        let offset = target.count - extents.count
        return target.indices.map { axis in
            axis < offset || extents[axis - offset] == 1 ? 0 : own[axis - offset]
        }
    }
}
