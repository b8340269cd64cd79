/// Collects minimum, maximum and mean of every channel of every value that plans compiled for observation show it, over
/// any number of frames and sizes. Allocates; for calibration only.
public struct RangeRecorder: Sendable {
    private var values: [String: Record] = [:]
    private var prologues: [String: Record] = [:]

    /// Nothing seen yet.
    public init() {}

    /// What was seen so far.
    public var ranges: ActivationRanges {
        ActivationRanges(
            values: values.mapValues { record in
                ChannelStatistics(
                    minimum: record.list { $0.minimum[$1] }, maximum: record.list { $0.maximum[$1] },
                    mean: record.list { Float($0.sum[$1] / record.pixels) })
            },
            prologues: prologues.mapValues { record in
                PrologueStatistics(
                    maximum: record.list { $0.maximum[$1] }, mean: record.list { Float($0.sum[$1] / record.pixels) },
                    activity: record.list { Float($0.active[$1] / record.pixels) })
            })
    }

    /// Adds what lies at `address` after a step.
    mutating func record(_ observation: Observation, at address: UnsafeRawPointer) {
        let image = observation.image
        switch observation.subject {
        case .value(let name):
            values[name, default: Record(image)].add(image, layout: observation.layout, at: address) { x, _ in x }
        case .prologue(let name, let scale, let shift):
            prologues[name, default: Record(image)].add(image, layout: observation.layout, at: address) { x, plane in
                let y: SIMD8<Float> = x * scale[plane] + shift[plane]
                return y.replacing(with: 0, where: y .< 0)
            }
        }
    }
}

/// Lanes are channels of one plane.
private struct Lanes: Sendable {
    var minimum = SIMD8<Float>(repeating: .infinity)
    var maximum = SIMD8<Float>(repeating: -.infinity)
    var sum = SIMD8<Double>(repeating: 0)
    var active = SIMD8<Double>(repeating: 0)
}

private struct Record: Sendable {
    let channels: Int
    var pixels = 0.0
    var planes: [Lanes]

    init(_ image: ImageShape) {
        channels = image.channels
        planes = Array(repeating: Lanes(), count: image.planes)
    }
}

extension Record {
    fileprivate func list(_ number: (Lanes, Int) -> Float) -> [Float] {
        (0..<channels).map { number(planes[$0 / 8], $0 % 8) }
    }

    fileprivate mutating func add(
        _ image: ImageShape, layout: Layout, at address: UnsafeRawPointer, _ map: (SIMD8<Float>, Int) -> SIMD8<Float>
    ) {
        precondition(image.channels == channels, "a value keeps its number of channels in all sizes")
        for plane in planes.indices {
            var lanes = planes[plane]
            for row in 0..<image.height {
                // Sums of one row in single precision are exact enough; rows are added in double.
                var sum = SIMD8<Float>(repeating: 0)
                var active = SIMD8<Float>(repeating: 0)
                for column in 0..<image.width {
                    let x = map(image.pixel(row * image.width + column, plane: plane, layout: layout, address), plane)
                    lanes.minimum = lanes.minimum.replacing(with: x, where: x .< lanes.minimum)
                    lanes.maximum = lanes.maximum.replacing(with: x, where: x .> lanes.maximum)
                    sum += x
                    active += SIMD8<Float>(repeating: 0).replacing(with: 1, where: x .> 0)
                }
                lanes.sum += SIMD8<Double>(sum)
                lanes.active += SIMD8<Double>(active)
            }
            planes[plane] = lanes
        }
        pixels += Double(image.pixels)
    }
}

extension ImageShape {
    /// Eight channels of one pixel; those beyond the last channel hold no meaning.
    fileprivate func pixel(
        _ pixel: Int, plane: Int, layout: Layout, _ address: UnsafeRawPointer
    ) -> SIMD8<Float> {
        if layout == .blocked {
            return (address + plane * planeBytes + pixel * 32).loadUnaligned(as: SIMD8<Float>.self)
        }
        let elements = address.assumingMemoryBound(to: Float.self)
        var lanes = SIMD8<Float>(repeating: 0)
        for lane in 0..<min(8, channels - plane * 8) {
            let channel = plane * 8 + lane
            lanes[lane] = elements[layout == .packed ? pixel * channels + channel : channel * pixels + pixel]
        }
        return lanes
    }
}
