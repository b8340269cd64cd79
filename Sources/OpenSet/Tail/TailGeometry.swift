/// Sizes and conventions of the step from the head's logits to the frame.
public struct TailGeometry: Sendable, Equatable {
    /// Width of the logits' planes.
    public let logitsWidth: Int
    /// Height of the logits' planes.
    public let logitsHeight: Int
    /// Planes in the logits tensor, dropped ones included.
    public let planes: Int
    /// Plane of each class, in class order: what `drop_outputs` and the outlier class leave.
    public let channels: [Int]
    /// Plane of an outlier class beside the known ones, if the model has one.
    public let outlierChannel: Int?
    /// Floats between planes.
    public let planeStride: Int
    /// Convention of the upsampling (`align_corners` of model.yaml).
    public let alignCorners: Bool
    /// The map that comes out, at the frame's resolution.
    public let map: OpenSetMap

    /// Logits [planes][logitsHeight][logitsWidth] without the planes in `dropping` and that of the outlier class,
    /// upsampled to a frame of `width` x `height`. `planeStride` is in floats; by default planes are adjacent.
    public init(
        logitsWidth: Int, logitsHeight: Int, planes: Int, dropping: [Int] = [], outlierChannel: Int? = nil,
        planeStride: Int? = nil, alignCorners: Bool, width: Int, height: Int
    ) throws(OpenSetError) {
        try Limits.check(width: logitsWidth, height: logitsHeight, of: "a map of logits")
        guard planes > 0, planes <= 65_536 else { throw .classes("\(planes) planes of logits: want 1 or more") }
        if let stray = dropping.first(where: { $0 < 0 || $0 >= planes }) {
            throw .classes("cannot drop output \(stray): the model has outputs 0 to \(planes - 1)")
        }
        if let outlierChannel, !(0..<planes).contains(outlierChannel) {
            throw .classes(
                "output \(outlierChannel) cannot be the outlier class: the model has outputs 0 to \(planes - 1)")
        }
        let stride = planeStride ?? logitsWidth * logitsHeight
        guard stride >= logitsWidth * logitsHeight else {
            throw .geometry("planes of \(logitsWidth)x\(logitsHeight) overlap at a stride of \(stride)")
        }
        self.logitsWidth = logitsWidth
        self.logitsHeight = logitsHeight
        self.planes = planes
        self.planeStride = stride
        self.alignCorners = alignCorners
        self.outlierChannel = outlierChannel
        channels = (0..<planes).filter { !dropping.contains($0) && $0 != outlierChannel }
        map = try OpenSetMap(width: width, height: height, classes: channels.count)
    }
}
