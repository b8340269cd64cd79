/// A fixed number of slots that frames live in, made at start. Never grows: when all are leased, `lease` says no.
///
/// A slot has one owner at a time, its `FrameTicket`; the pool counts leases so that a slot that is given back twice, or
/// handed out while in use, stops the program instead of mixing two frames. Any thread may lease and give back; each
/// takes a short lock and allocates nothing.
public final class FramePool<Slot>: @unchecked Sendable {
    private struct State {
        var free: [Int]
        var isLeased: [Bool]
        var leases: UInt64 = 0
        var refusals: UInt64 = 0
    }

    /// How many slots there are.
    public let count: Int
    // Invariant: slot i is touched only by the holder of its ticket (or by init and deinit, when there is none).
    let slots: UnsafeMutablePointer<Slot>
    private let state: Guarded<State>

    /// Makes all slots, in order of their index.
    public init<Failure: Error>(count: Int, make: (Int) throws(Failure) -> Slot) throws(Failure) {
        precondition(count >= 1, "a pool has at least one slot")
        // Filled before `self` is whole: otherwise a failing `make` would run deinit over slots that do not exist yet.
        let storage = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        for index in 0..<count {
            do {
                (storage + index).initialize(to: try make(index))
            } catch {
                storage.deinitialize(count: index)
                storage.deallocate()
                throw error
            }
        }
        self.count = count
        slots = storage
        state = Guarded(State(free: Array((0..<count).reversed()), isLeased: Array(repeating: false, count: count)))
    }

    deinit {
        slots.deinitialize(count: count)
        slots.deallocate()
    }

    /// Takes a free slot, or returns nil (and counts a refusal) if there is none.
    public func lease() -> FrameTicket<Slot>? {
        let index = state.withLock { state -> Int? in
            guard let index = state.free.popLast() else {
                state.refusals += 1
                return nil
            }
            precondition(!state.isLeased[index], "slot \(index) was free and leased at once")
            state.isLeased[index] = true
            state.leases += 1
            return index
        }
        guard let index else { return nil }
        return FrameTicket(pool: self, index: index)
    }

    /// Works on every slot that is free now, for instance to make room in all of them before the stream is under way.
    ///
    /// Leasing and giving back wait meanwhile. `body` must not lease or give back.
    public func withFreeSlots(_ body: (inout Slot) -> Void) {
        state.withLock { state in
            // A free slot has no ticket, and none can be made while the lock is held.
            for index in state.free { body(&slots[index]) }
        }
    }

    fileprivate func giveBack(_ index: Int) {
        state.withLock { state in
            precondition(state.isLeased[index], "slot \(index) was given back twice")
            state.isLeased[index] = false
            state.free.append(index)
        }
    }

    /// How many slots are free now.
    public var freeCount: Int { state.withLock { $0.free.count } }

    /// How often a slot was leased.
    public var leaseCount: UInt64 { state.withLock { $0.leases } }

    /// How often a lease was refused because the pool was empty.
    public var refusalCount: UInt64 { state.withLock { $0.refusals } }
}

/// The sole right to touch one slot. Gives the slot back when it ends; cannot be copied, so it cannot be used after.
///
/// Trivial to move between threads through a queue. Allocates nothing.
public struct FrameTicket<Slot>: ~Copyable, @unchecked Sendable {
    private let pool: FramePool<Slot>
    /// The slot's index in its pool.
    public let index: Int
    /// The sequence number of the frame that the slot holds.
    public internal(set) var sequence: UInt64 = 0

    fileprivate init(pool: FramePool<Slot>, index: Int) {
        self.pool = pool
        self.index = index
    }

    deinit { pool.giveBack(index) }

    /// Works on the slot.
    public mutating func withSlot<Result>(_ body: (inout Slot) -> Result) -> Result {
        body(&pool.slots[index])
    }
}
