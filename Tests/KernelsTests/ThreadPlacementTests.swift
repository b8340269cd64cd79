import Foundation
import Synchronization
import Testing

@testable import Kernels

/// Threads are where they were asked to be, and what cannot be had is said.
struct ThreadPlacementTests {
    /// What one worker found out about its own thread.
    private struct Place: Equatable {
        var processors: [Int] = []
        var policy: Int32 = -1
        var priority: Int32 = -1
    }

    /// Lets every worker of a pool look at its own thread once.
    private func places(_ pool: WorkerPool) -> [Place] {
        struct Looks {
            let places: UnsafeMutablePointer<Place>
            let count: Int
            let arrived = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: 1)
        }
        let count = pool.threadCount
        var looks = Looks(places: .allocate(capacity: count), count: count)
        looks.places.initialize(repeating: Place(), count: count)
        looks.arrived.initialize(to: Atomic(0))
        defer {
            looks.places.deinitialize(count: count).deallocate()
            looks.arrived.deinitialize(count: 1).deallocate()
        }
        pool.run(chunks: count, context: &looks) { raw, _, worker in
            let looks = raw!.assumingMemoryBound(to: Looks.self).pointee
            var place = Place(processors: ProcessorSet.ofCallingThread()!.processors)
            var parameters = sched_param()
            pthread_getschedparam(pthread_self(), &place.policy, &parameters)
            place.priority = parameters.sched_priority
            looks.places[Int(worker)] = place
            // Nobody takes a second chunk before everybody has one.
            looks.arrived.pointee.add(1, ordering: .sequentiallyConsistent)
            while looks.arrived.pointee.load(ordering: .sequentiallyConsistent) < looks.count { usleep(100) }
        }
        return Array(UnsafeBufferPointer(start: looks.places, count: count))
    }

    /// Runs `body` on a thread of its own, which may be placed without consequences for other tests.
    private func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: body()) }.start()
        }
    }

    private var available: [Int] { ProcessorSet.ofCallingThread()!.processors }

    @Test(arguments: [1, 2, 3, 5])
    func eachWorkerHasItsProcessor(threads: Int) async throws {
        let chosen = Array(available.reversed().prefix(2))
        let pool = try WorkerPool(threads: threads, placement: ThreadPlacement(processors: chosen))
        let found = await onThread { places(pool) }
        #expect(found[0].processors == chosen.sorted(), "the caller may use all of them")
        for worker in 1..<max(threads, 1) { #expect(found[worker].processors == [chosen[worker % chosen.count]]) }
        #expect(found.allSatisfy { $0.policy == SCHED_OTHER })
    }

    @Test func withoutAPlacementNothingChanges() async throws {
        let all = available
        for pool in [WorkerPool(threads: 3), try WorkerPool(threads: 3, placement: .system)] {
            let found = await onThread { places(pool) }
            #expect(found.allSatisfy { $0 == Place(processors: all, policy: SCHED_OTHER, priority: 0) })
        }
    }

    @Test func realTimeIsHadOrRefusedInOneLine() async throws {
        // Permission differs between machines: what the system says to the plain call must be what the pool makes of it.
        let permitted = await onThread {
            var parameters = sched_param()
            parameters.sched_priority = 7
            return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0
        }
        let placement = ThreadPlacement(realtimePriority: 7)
        if permitted {
            let pool = try WorkerPool(threads: 3, placement: placement)
            let found = await onThread { places(pool) }
            #expect(found.allSatisfy { $0.policy == SCHED_FIFO && $0.priority == 7 })
        } else {
            let error = #expect(throws: ThreadPlacementError.self) { try WorkerPool(threads: 3, placement: placement) }
            #expect("\(try #require(error))".contains("ulimit -r 7"))
        }
        var policy: Int32 = -1
        var parameters = sched_param()
        pthread_getschedparam(pthread_self(), &policy, &parameters)
        #expect(policy == SCHED_OTHER, "trying it leaves the thread that makes a pool as it was")
    }

    @Test func whatCannotBeIsSaid() {
        let missing = (available.last ?? 0) + 1
        #expect(throws: ThreadPlacementError.unavailable(processor: missing, available: available)) {
            try WorkerPool(threads: 1, placement: ThreadPlacement(processors: [missing]))
        }
        for priority in [0, -1, 100, Int.max] {
            #expect(throws: ThreadPlacementError.priority(priority)) {
                try WorkerPool(threads: 1, placement: ThreadPlacement(realtimePriority: priority))
            }
        }
    }

    @Test(arguments: [("0", [0]), ("0,1", [0, 1]), ("2-4,0", [2, 3, 4, 0]), ("1023", [1023])])
    func listsAreRead(text: String, processors: [Int]) throws {
        #expect(try ThreadPlacement.processors(argument: text) == processors)
    }

    @Test(arguments: [
        "", ",", "0,", "a", "-1", "3-1", "1-2-3", "0,0", "0-2,1", "1024", " 1", "+1", "٣", "99999999999999999999",
    ])
    func brokenListsAreErrors(text: String) {
        #expect(throws: ThreadPlacementError.malformed(text)) { try ThreadPlacement.processors(argument: text) }
    }
}
