internal import Evaluation
internal import Foundation
internal import FrameIO

extension DatasetPair {
    /// Metres from the camera for each pixel (0: unknown), nil in sets without; the file must have the picture's size.
    func distances(width: Int, height: Int) throws -> [Float]? {
        guard let files = distances else { return nil }
        if files.path.hasSuffix(".npy") {
            let map = try ScoreMap(contentsOf: files.path)
            try check(map.width, map.height, files.path, width, height)
            return map.values.map { $0 * Float(files.metresPerUnit) }
        }
        let image = try DepthImage(contentsOf: files.path)
        try check(image.width, image.height, files.path, width, height)
        guard let camera = files.camera else { return image.pixels.map { Float(Double($0) * files.metresPerUnit) } }
        return try Self.distances(disparities: image.pixels, DisparityCamera(path: camera))
    }

    private func check(_ wide: Int, _ high: Int, _ path: String, _ width: Int, _ height: Int) throws {
        guard wide == width, high == height else {
            throw ModelError(
                "\(path) is \(wide)x\(high) and its picture \(width)x\(height): distances must have the picture's size")
        }
    }

    /// Z = baseline * (fx + fy) / 2 / (value / 256). Where the disparity is 0 the picture's largest distance stands in: what
    /// the paper's loader does, so that what is too far to be matched counts as far.
    private static func distances(disparities: [UInt16], _ camera: DisparityCamera) -> [Float] {
        let scale = camera.extrinsic.baseline * (camera.intrinsic.fx + camera.intrinsic.fy) / 2 * 256
        let least = disparities.filter { $0 > 0 }.min()
        let farthest = least.map { scale / Double($0) } ?? 0
        return disparities.map { Float($0 > 0 ? scale / Double($0) : farthest) }
    }
}

/// What LostAndFound's camera files say, as far as distances need it.
private struct DisparityCamera: Decodable {
    struct Extrinsic: Decodable { let baseline: Double }
    struct Intrinsic: Decodable {
        let fx: Double
        let fy: Double
    }

    let extrinsic: Extrinsic
    let intrinsic: Intrinsic

    init(path: String) throws(ModelError) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw ModelError("cannot read \(path): disparities need their camera's file beside them")
        }
        do {
            self = try JSONDecoder().decode(DisparityCamera.self, from: data)
        } catch {
            throw ModelError("\(path) does not tell extrinsic.baseline, intrinsic.fx and intrinsic.fy")
        }
        guard extrinsic.baseline > 0, intrinsic.fx > 0, intrinsic.fy > 0 else {
            throw ModelError("\(path): baseline, fx and fy must be above 0")
        }
    }
}
