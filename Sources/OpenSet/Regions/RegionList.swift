/// The largest regions of a frame, in order, and how many there were in all. Never holds more than it has room for.
public struct RegionList: ~Copyable, @unchecked Sendable {
    // Invariant: `storage` has room for `capacity` regions, of which the first `count` are initialised (the type is trivial).
    private var storage: UnsafeMutablePointer<OutlierRegion>
    private var capacity: Int
    /// Regions in the list.
    public private(set) var count = 0
    /// Regions that were offered, listed or not.
    public private(set) var found = 0

    /// An empty list with room for `limit` regions. Allocates.
    public init(limit: Int = 0) {
        storage = .allocate(capacity: limit)
        capacity = limit
    }

    deinit { storage.deallocate() }

    /// Makes room for `limit` regions and empties the list. Allocates where there was room for fewer.
    public mutating func reset(limit: Int) {
        if limit > capacity {
            storage.deallocate()
            storage = .allocate(capacity: limit)
            capacity = limit
        }
        removeAll()
    }

    /// Empties the list.
    public mutating func removeAll() {
        count = 0
        found = 0
    }

    /// Takes over what another list holds, as far as there is room. Allocates nothing.
    public mutating func copy(_ other: borrowing RegionList) {
        count = min(other.count, capacity)
        storage.update(from: other.storage, count: count)
        found = other.found
    }

    /// The listed regions; valid until the list changes.
    public var regions: UnsafeBufferPointer<OutlierRegion> { UnsafeBufferPointer(start: storage, count: count) }

    /// Counts a region, and lists it if it is among the first `limit` by `OutlierRegion.isBefore`.
    mutating func offer(_ region: OutlierRegion) {
        found += 1
        insert(region)
    }

    /// Takes over another list's regions and its count.
    mutating func absorb(_ other: borrowing RegionList) {
        found += other.found
        for region in other.regions { insert(region) }
    }

    private mutating func insert(_ region: OutlierRegion) {
        if count == capacity {
            guard capacity > 0, OutlierRegion.isBefore(region, storage[count - 1]) else { return }
            count -= 1
        }
        var place = count
        while place > 0, OutlierRegion.isBefore(region, storage[place - 1]) {
            (storage + place).initialize(to: storage[place - 1])
            place -= 1
        }
        (storage + place).initialize(to: region)
        count += 1
    }
}
