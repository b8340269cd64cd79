import ModelGraph
import TestSupport
import Testing

/// Operations with strides, broadcasting and windows against loops that are written out in the plainest way.
@Suite struct RandomizedEvaluatorTests {
    @Test func broadcasting() throws {
        var random = SeededGenerator(label: "broadcasting")
        for _ in 0..<100 {
            let output = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 1...4, using: &random) }
            let a = Self.tensor(Self.narrowed(output, &random), &random)
            let b = Self.tensor(Self.narrowed(output, &random), &random)
            let y = try evaluate(.binary(.sub), [a, b])[0]
            let (x, z) = (try #require(a.elements(as: Float.self)), try #require(b.elements(as: Float.self)))
            let expected = Self.positions(y.dimensions).map { position in
                x[Self.offset(position, a.dimensions)] - z[Self.offset(position, b.dimensions)]
            }
            #expect(y.elements(as: Float.self) == expected, "\(a.dimensions) - \(b.dimensions)")
        }
    }

    @Test func transposeAndSliceAndExpandAndTile() throws {
        var random = SeededGenerator(label: "movement")
        for _ in 0..<100 {
            let extents = (0..<Int.random(in: 1...5, using: &random)).map { _ in Int.random(in: 1...4, using: &random) }
            let x = Self.tensor(extents, &random)
            let elements = try #require(x.elements(as: Float.self))
            let order = Array(extents.indices).shuffled(using: &random)
            let transposed = try evaluate(.transpose(permutation: order), [x])[0]
            #expect(
                transposed.elements(as: Float.self)
                    == Self.positions(transposed.dimensions).map { position in
                        var source = extents
                        for (axis, from) in order.enumerated() { source[from] = position[axis] }
                        return elements[Self.offset(source, extents)]
                    })
            let repeats = extents.map { _ in Int64.random(in: 0...3, using: &random) }
            let tiled = try evaluate(.tile, [x, .vector(repeats)])[0]
            #expect(
                tiled.elements(as: Float.self)
                    == Self.positions(tiled.dimensions).map { position in
                        elements[Self.offset(zip(position, extents).map { $0 % $1 }, extents)]
                    })
            let bounds = extents.map { extent in
                (
                    start: Int.random(in: 0..<extent, using: &random),
                    step: [-2, -1, 1, 2, 3].randomElement(using: &random) ?? 1
                )
            }
            let sliced = try evaluate(
                .slice,
                [
                    x, .vector(bounds.map { Int64($0.start) }), .vector(bounds.map { $0.step > 0 ? .max : .min }),
                    .vector(extents.indices.map { Int64($0) }), .vector(bounds.map { Int64($0.step) }),
                ])[0]
            #expect(
                sliced.elements(as: Float.self)
                    == Self.positions(sliced.dimensions).map { position in
                        elements[Self.offset(zip(position, bounds).map { $1.start + $0 * $1.step }, extents)]
                    })
            let target = [2] + extents
            let expanded = try evaluate(.expand, [x, .vector(target.map { Int64($0) })])[0]
            #expect(expanded.elements(as: Float.self) == elements + elements)
        }
    }

    @Test func convolutionAndPooling() throws {
        var random = SeededGenerator(label: "windows")
        for _ in 0..<60 {
            let pick = { (range: ClosedRange<Int>, random: inout SeededGenerator) in
                Int.random(in: range, using: &random)
            }
            let groups = pick(1...3, &random)
            let (kernel, stride) = (pick(1...4, &random), pick(1...3, &random))
            let (dilation, begin, end) = (pick(1...2, &random), pick(0...3, &random), pick(0...3, &random))
            let reach = (kernel - 1) * dilation + 1
            let extent = pick(max(1, reach - begin - end)...12, &random)
            let x = Self.tensor([2, 2 * groups, extent], &random)
            let w = Self.tensor([3 * groups, 2, kernel], &random)
            let padding = Padding.explicit(begin: [begin], end: [end])
            let convolution = Convolution(
                strides: [stride], dilations: [dilation], padding: padding, groups: groups)
            let y = try evaluate(.convolution(convolution), [x, w])[0]
            let (source, taps) = (try #require(x.elements(as: Float.self)), try #require(w.elements(as: Float.self)))
            let output = (extent + begin + end - reach) / stride + 1
            #expect(y.dimensions == [2, 3 * groups, output])
            let sums = Self.positions(y.dimensions).map { position -> Float in
                var sum = 0.0
                for channel in 0..<2 {
                    for tap in 0..<kernel {
                        let place = position[2] * stride - begin + tap * dilation
                        guard (0..<extent).contains(place) else { continue }
                        let from = position[1] / 3 * 2 + channel
                        sum +=
                            Double(source[Self.offset([position[0], from, place], x.dimensions)])
                            * Double(taps[Self.offset([position[1], channel, tap], w.dimensions)])
                    }
                }
                return Float(sum)
            }
            let difference = zip(sums, try #require(y.elements(as: Float.self))).map { abs($0 - $1) }.max() ?? 0
            #expect(difference < 1e-5)
        }
    }

    /// The windows of the definition: [floor(i*N/g), ceil((i+1)*N/g)).
    @Test func adaptiveWindows() throws {
        var random = SeededGenerator(label: "adaptive")
        for _ in 0..<30 {
            let (extent, grid) = (Int.random(in: 1...20, using: &random), Int.random(in: 1...20, using: &random))
            let x = Self.tensor([1, 1, 1, extent], &random)
            let source = try #require(x.elements(as: Float.self))
            let y = try evaluate(.adaptiveAveragePool, [x, .vector([1, Int64(grid)])])[0]
            let expected = (0..<grid).map { index in
                let first = Int((Double(index) * Double(extent) / Double(grid) + 1e-9).rounded(.down))
                let last = Int((Double(index + 1) * Double(extent) / Double(grid) - 1e-9).rounded(.up))
                return Float(source[first..<last].reduce(0.0) { $0 + Double($1) } / Double(last - first))
            }
            #expect(y.elements(as: Float.self) == expected, "\(extent) to \(grid)")
        }
    }

    private static func tensor(_ extents: [Int], _ random: inout SeededGenerator) -> HostTensor {
        let count = extents.reduce(1, *)
        return HostTensor((0..<count).map { _ in Float.random(in: -2...2, using: &random) }, dimensions: extents)
    }

    /// Extents that broadcast to `extents`: some 1, some leading axes left out.
    private static func narrowed(_ extents: [Int], _ random: inout SeededGenerator) -> [Int] {
        let kept = Array(extents.dropFirst(Int.random(in: 0...extents.count, using: &random)))
        return kept.map { Bool.random(using: &random) ? 1 : $0 }
    }

    /// All index tuples of `extents` in row-major order.
    private static func positions(_ extents: [Int]) -> [[Int]] {
        extents.reduce([[]]) { tuples, extent in tuples.flatMap { tuple in (0..<extent).map { tuple + [$0] } } }
    }

    /// Row-major offset; positions in axes of extent 1 and missing leading axes are ignored.
    private static func offset(_ position: [Int], _ extents: [Int]) -> Int {
        zip(position.suffix(extents.count), extents).reduce(0) { sum, pair in
            sum * pair.1 + (pair.1 == 1 ? 0 : pair.0)
        }
    }
}
