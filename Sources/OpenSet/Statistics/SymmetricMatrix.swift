/// A small symmetric matrix in double, and the two factorisations that scores need. Costs O(n^3); made before the first
/// frame.
public struct SymmetricMatrix: Sendable, Equatable {
    /// Rows and columns.
    public let size: Int
    /// Row-major, both triangles.
    private(set) var elements: [Double]

    /// Zeros.
    public init(size: Int) {
        self.size = size
        elements = Array(repeating: 0, count: size * size)
    }

    /// From the lower triangle, row by row, the diagonal included: size * (size + 1) / 2 numbers.
    public init?(lowerTriangle: [Double]) {
        let size = Int((Double(8 * lowerTriangle.count + 1).squareRoot() - 1) / 2)
        guard size > 0, size * (size + 1) / 2 == lowerTriangle.count else { return nil }
        self.init(size: size)
        var next = 0
        for row in 0..<size {
            for column in 0...row {
                self[row, column] = lowerTriangle[next]
                next += 1
            }
        }
    }

    /// The lower triangle, row by row, the diagonal included.
    public var lowerTriangle: [Double] { (0..<size).flatMap { row in (0...row).map { self[row, $0] } } }

    /// An element; setting it sets its mirror image, too.
    public subscript(row: Int, column: Int) -> Double {
        get { elements[row * size + column] }
        set {
            elements[row * size + column] = newValue
            elements[column * size + row] = newValue
        }
    }

    /// Mean of the diagonal.
    var meanDiagonal: Double { (0..<size).reduce(0) { $0 + self[$1, $1] } / Double(max(size, 1)) }

    /// Rows of W with W A W^T = 1, so that |W x|^2 = x^T A^-1 x: the inverse of the Cholesky factor. nil where the matrix
    /// is not positive definite.
    func whitening() -> [[Double]]? {
        var factor = Array(repeating: Array(repeating: 0.0, count: size), count: size)
        for row in 0..<size {
            for column in 0...row {
                var sum = self[row, column]
                for k in 0..<column { sum -= factor[row][k] * factor[column][k] }
                if row == column {
                    guard sum > 0 else { return nil }
                    factor[row][row] = sum.squareRoot()
                } else {
                    factor[row][column] = sum / factor[column][column]
                }
            }
        }
        // Forward substitution of the unit vectors.
        var inverse = Array(repeating: Array(repeating: 0.0, count: size), count: size)
        for column in 0..<size {
            for row in column..<size {
                var sum = row == column ? 1.0 : 0.0
                for k in column..<row { sum -= factor[row][k] * inverse[k][column] }
                inverse[row][column] = sum / factor[row][row]
            }
        }
        return inverse
    }

    /// Eigenvalues, the largest first, with orthonormal eigenvectors, by cyclic Jacobi rotations.
    func eigenvectors() -> [(value: Double, vector: [Double])] {
        var matrix = elements
        var vectors = Array(repeating: 0.0, count: size * size)
        for i in 0..<size { vectors[i * size + i] = 1 }
        let scale = matrix.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<100 {
            var rest = 0.0
            for row in 0..<size {
                for column in 0..<row { rest += matrix[row * size + column] * matrix[row * size + column] }
            }
            if rest <= scale * 1e-28 { break }
            for p in 0..<size { for q in p + 1..<max(size, p + 1) { rotate(&matrix, &vectors, p, q) } }
        }
        let order = (0..<size).sorted { matrix[$0 * size + $0] > matrix[$1 * size + $1] }
        return order.map { k in (matrix[k * size + k], (0..<size).map { vectors[$0 * size + k] }) }
    }

    /// One Jacobi rotation that makes element (p, q) zero.
    private func rotate(_ matrix: inout [Double], _ vectors: inout [Double], _ p: Int, _ q: Int) {
        let pq = matrix[p * size + q]
        if pq == 0 { return }
        let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * pq)
        let sign = theta < 0 ? -1.0 : 1.0
        let tangent = sign / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<size {
            let (kp, kq) = (matrix[k * size + p], matrix[k * size + q])
            matrix[k * size + p] = cosine * kp - sine * kq
            matrix[k * size + q] = sine * kp + cosine * kq
        }
        for k in 0..<size {
            let (pk, qk) = (matrix[p * size + k], matrix[q * size + k])
            matrix[p * size + k] = cosine * pk - sine * qk
            matrix[q * size + k] = sine * pk + cosine * qk
            let (kp, kq) = (vectors[k * size + p], vectors[k * size + q])
            vectors[k * size + p] = cosine * kp - sine * kq
            vectors[k * size + q] = sine * kp + cosine * kq
        }
    }
}
