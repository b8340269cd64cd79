/// The known classes of a set, and which classes of a network are right for them.
public struct ClassLabels: Sendable, Equatable {
    /// Names of the set's classes; K of them.
    public let names: [String]
    /// Classes that the network must have for this table.
    public let networkClasses: Int
    /// Class of every label byte; nil where the byte is no known class.
    private let classes: [Int?]
    /// lookup[truth * networkClasses + network's class]: class of the set; truth = K where it is no known class.
    private let lookup: [Int]

    /// `labels[k]`: the bytes of class k; `accepted[k]`: the network's classes that are right for it. Every class of the
    /// network must be right for some class.
    init(names: [String], labels: [[UInt8]], accepted: [[Int]]) {
        precondition(names.count == labels.count && names.count == accepted.count, "a row for each class")
        self.names = names
        let networkClasses = Set(accepted.joined()).count
        self.networkClasses = networkClasses
        lookup = (0...names.count).flatMap { truth in
            (0..<networkClasses).map { one in
                if truth < accepted.count, accepted[truth].contains(one) { return truth }
                return accepted.firstIndex { $0.contains(one) } ?? 0
            }
        }
        var classes = [Int?](repeating: nil, count: 256)
        for (index, bytes) in labels.enumerated() { for byte in bytes { classes[Int(byte)] = index } }
        self.classes = classes
    }

    /// Class k is the network's class k.
    init(names: [String], labels: [[UInt8]]) {
        self.init(names: names, labels: labels, accepted: names.indices.map { [$0] })
    }

    /// Number of classes, K.
    public var count: Int { names.count }

    /// Class of a label byte, nil if it is none.
    public subscript(label: UInt8) -> Int? { classes[Int(label)] }

    /// The class that a prediction of the network stands for where the truth is `truth` (nil: no known class): the truth
    /// itself if the prediction is right for it, else the first class that it is right for.
    public func predicted(_ networkClass: Int, truth: Int?) -> Int {
        lookup[(truth ?? count) * networkClasses + networkClass]
    }

    static let cityscapesNames = [
        "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
        "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle",
    ]

    /// Cityscapes' train ids, 0...18.
    public static let trainIds = ClassLabels(names: cityscapesNames, labels: (0..<19).map { [UInt8($0)] })

    /// Cityscapes' label ids, 7...33.
    public static let cityscapesIds = ClassLabels(
        names: cityscapesNames,
        labels: [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33].map { [$0] })

    /// StreetHazards' 12 classes as the paper counts them: 1, 2, 3, 5...13; 4 ("other") is none. Its files hold the number of
    /// a class plus one, and the first class ("unlabeled" there) is the sky.
    public static let streetHazards = ClassLabels(
        names: [
            "sky", "building", "fence", "pedestrian", "pole", "road line", "road", "sidewalk", "vegetation", "car",
            "wall", "traffic sign",
        ], labels: [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13].map { [$0] })

    /// CamVid's 11 classes for a network with Cityscapes' 19; some of the 19 are right for two (a wall for a building).
    public static let camVid = ClassLabels(
        names: [
            "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
        ], labels: (0..<11).map { [UInt8($0)] },
        accepted: [
            [10], [2, 3], [5], [0], [1], [8, 9], [7, 6], [4, 3], [13, 14, 15, 16], [11], [12, 17, 18],
        ])
}
