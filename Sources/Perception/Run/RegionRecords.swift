internal import FrameIO
internal import OpenSet

/// A frame's regions as outputs write them. Room is made once, for as many as a list can have.
final class RegionRecords {
    private let storage: UnsafeMutableBufferPointer<RegionRecord>

    init(limit: Int) {
        storage = .allocate(capacity: limit)
        storage.initialize(
            repeating: RegionRecord(
                x: 0, y: 0, width: 0, height: 0, area: 0, maxScore: 0, centroidX: 0, centroidY: 0))
    }

    deinit { storage.deallocate() }

    /// The records of `list`, with distances by `camera`; valid until the next call. Allocates nothing.
    func records(_ list: borrowing RegionList, camera: GroundCamera?) -> UnsafeBufferPointer<RegionRecord> {
        let count = min(list.count, storage.count)
        for index in 0..<count {
            let region = list.regions[index]
            var record = RegionRecord(
                x: region.x, y: region.y, width: region.width, height: region.height, area: region.area,
                maxScore: region.maximumScore, centroidX: region.centroidX, centroidY: region.centroidY)
            if let camera {
                record.distance = camera.groundDistance(to: region).map { .metres($0) } ?? .offGround
            }
            storage[index] = record
        }
        return UnsafeBufferPointer(rebasing: storage[..<count])
    }
}
