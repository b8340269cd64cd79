internal import FrameIO
internal import Inference
internal import Kernels
internal import OpenSet

/// Everything that depends on a frame's format and size: tables, scratch, and the network compiled for the size that
/// fits. Built by the source's thread when a size is first seen; stages find it in the slot.
final class FrameGeometry: Sendable {
    /// What tells two geometries apart.
    struct Key: Equatable {
        let format: PixelFormat
        let width: Int
        let height: Int
        let colorRange: ColorRange
        let colorMatrix: ColorMatrix
    }

    let key: Key
    let picture: PictureGeometry
    /// The full network, and one for each smaller size of the ladder: `FrameAnswer.variant` is the index.
    let variants: [NetworkGeometry]
    let overlay: OverlayPlan?
    let regions: RegionPlan?
    /// The camera at this size.
    let camera: GroundCamera?

    /// The full network.
    var network: CompiledNetwork { variants[0].network }

    /// `networks` are the full one and those of the ladder.
    init(
        key: Key, networks: [CompiledNetwork], settings: PerceptionSettings
    ) throws(ModelError) {
        self.key = key
        do throws(OpenSetError) {
            let picture = try PictureGeometry(
                format: key.format.pictureFormat, width: key.width, height: key.height,
                conversion: ColorConversion(key.colorMatrix, key.colorRange))
            var variants: [NetworkGeometry] = []
            for network in networks {
                variants.append(try NetworkGeometry(network, picture: picture, key: key, settings: settings))
            }
            self.picture = picture
            self.variants = variants
            regions =
                settings.maps.regions
                ? RegionPlan(map: variants[0].map, bands: variants[0].tail.bands, options: settings.regions) : nil
            camera = settings.camera?.scaled(width: key.width, height: key.height)
            overlay =
                settings.wantsOverlay
                ? try OverlayPlan(
                    kernels: settings.kernels, picture: picture, map: variants[0].map, palette: settings.palette,
                    style: try OverlayStyle(), workers: settings.pool.threadCount) : nil
        } catch {
            throw ModelError(error.description)
        }
    }
}

/// What depends on the size of a frame and that of the network together.
final class NetworkGeometry: Sendable {
    let network: CompiledNetwork
    let preprocess: PreprocessPlan
    let tail: TailPlan
    /// The map that comes out.
    let map: OpenSetMap

    init(
        _ network: CompiledNetwork, picture: PictureGeometry, key: FrameGeometry.Key, settings: PerceptionSettings
    ) throws(OpenSetError) {
        self.network = network
        let description = settings.network.bundle.description
        let workers = settings.pool.threadCount
        let input = description.input
        preprocess = try PreprocessPlan(
            kernels: settings.kernels, source: picture, width: network.size.width, height: network.size.height,
            normalization: try Normalization(
                mean: input.mean.map(Double.init), standardDeviation: input.std.map(Double.init),
                range: (Double(input.valueRange[0]), Double(input.valueRange[1]))),
            workers: workers)
        let extents = network.logits.dimensions
        let tailGeometry = try TailGeometry(
            logitsWidth: extents[3], logitsHeight: extents[2], planes: extents[1],
            dropping: description.dropOutputs, outlierChannel: description.outlierOutput,
            alignCorners: description.upsampling.alignCorners, width: key.width, height: key.height)
        tail = try TailPlan(
            kernels: settings.kernels, geometry: tailGeometry, score: settings.score,
            resolution: settings.scoreResolution, hasOutlierHead: network.outlierLogits != nil,
            statistics: settings.statistics, workers: workers)
        map = tailGeometry.map
    }
}

/// Keeps the geometries of the sizes seen last. Used by the source's thread only.
struct GeometryCache {
    /// Enough for a folder of mixed pictures; each network holds its own arena.
    private static let capacity = 4
    private let settings: PerceptionSettings
    private let networks: LadderNetworks?
    private var recent: [FrameGeometry] = []

    /// `networks` are what is compiled before the first frame.
    init(settings: PerceptionSettings, networks: LadderNetworks? = nil) {
        self.settings = settings
        self.networks = networks
    }

    /// The geometry that was asked for last.
    var latest: FrameGeometry? { recent.first }

    /// The geometry for a key. Allocates and compiles where the key is new.
    mutating func geometry(for key: FrameGeometry.Key) throws(ModelError) -> FrameGeometry {
        if let first = recent.first, first.key == key { return first }
        if let index = recent.firstIndex(where: { $0.key == key }) {
            let found = recent.remove(at: index)
            recent.insert(found, at: 0)
            return found
        }
        let size = settings.networkSize(frameWidth: key.width, frameHeight: key.height)
        let network: CompiledNetwork
        if let known = recent.first(where: { $0.network.size == size })?.network ?? networks?.full(size) {
            network = known
        } else {
            network = try settings.compiled(size, warmsUp: networks != nil)
        }
        let made = try FrameGeometry(
            key: key, networks: [network] + (networks?.smaller ?? []), settings: settings)
        recent.insert(made, at: 0)
        if recent.count > Self.capacity { recent.removeLast() }
        return made
    }
}

extension PixelFormat {
    var pictureFormat: PictureFormat {
        switch self {
        case .rgb24: .rgb24
        case .bgr24: .bgr24
        case .gray8: .gray8
        case .yuv420p: .yuv420p
        case .yuv422p: .yuv422p
        case .yuv444p: .yuv444p
        case .nv12: .nv12
        }
    }
}

extension ColorConversion {
    init(_ matrix: ColorMatrix, _ range: ColorRange) {
        switch (matrix, range) {
        case (.bt601, .full): self = .bt601Full
        case (.bt601, .limited): self = .bt601Limited
        case (.bt709, .full): self = .bt709Full
        case (.bt709, .limited): self = .bt709Limited
        }
    }
}

extension PicturePlanes {
    init(_ view: ImageView) {
        self.init(
            view.plane0, stride: view.stride0, view.plane1, stride1: view.stride1, view.plane2, stride2: view.stride2)
    }
}
