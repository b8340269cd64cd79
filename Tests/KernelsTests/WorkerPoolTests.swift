import Kernels
import Testing

struct WorkerPoolTests {
    @Test(arguments: [1, 2, 3, 8])
    func everyChunkRunsOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        #expect(pool.threadCount == threads)
        for chunks in [0, 1, 2, 7, 64, 1000] {
            // One byte a chunk, each written by exactly one worker; a second visit would make it 2.
            let visits = UnsafeMutablePointer<UInt8>.allocate(capacity: chunks + 1)
            visits.initialize(repeating: 0, count: chunks + 1)
            defer { visits.deallocate() }
            for round in 1...3 {
                pool.run(chunks: chunks, context: visits) { context, chunk, _ in
                    context!.assumingMemoryBound(to: UInt8.self)[Int(chunk)] += 1
                }
                for chunk in 0..<chunks { #expect(visits[chunk] == UInt8(round)) }
                #expect(visits[chunks] == 0)
            }
        }
    }

    /// A worker that comes late from a region must not take a chunk of the next one, which has more of them, by the old
    /// one's count.
    @Test func regionsOfDifferentSizesAreNeverMixed() {
        let pool = WorkerPool(threads: 8)
        let small = 2
        let large = 64
        let visits = UnsafeMutablePointer<Int>.allocate(capacity: small + large)
        visits.initialize(repeating: 0, count: small + large)
        defer { visits.deallocate() }
        let rounds = 20_000
        for _ in 0..<rounds {
            for (start, count) in [(0, small), (small, large)] {
                pool.run(chunks: count, context: visits + start) { context, chunk, _ in
                    context!.assumingMemoryBound(to: Int.self)[Int(chunk)] += 1
                }
            }
        }
        for chunk in 0..<small + large { #expect(visits[chunk] == rounds, "\(chunk)") }
    }

    @Test func workersAreNumberedBelowTheThreadCount() {
        let pool = WorkerPool(threads: 4)
        let seen = UnsafeMutablePointer<Int32>.allocate(capacity: 4096)
        seen.initialize(repeating: -1, count: 4096)
        defer { seen.deallocate() }
        pool.run(chunks: 4096, context: seen) { context, chunk, worker in
            context!.assumingMemoryBound(to: Int32.self)[Int(chunk)] = worker
        }
        for chunk in 0..<4096 { #expect((0..<4).contains(seen[chunk])) }
    }

    @Test func manyShortRegionsAfterSleepAllFinish() async throws {
        let pool = WorkerPool(threads: 3)
        let counter = UnsafeMutablePointer<Int>.allocate(capacity: 16)
        counter.initialize(repeating: 0, count: 16)
        defer { counter.deallocate() }
        for pause in 0..<20 {
            for _ in 0..<200 {
                pool.run(chunks: 16, context: counter) { context, chunk, _ in
                    context!.assumingMemoryBound(to: Int.self)[Int(chunk)] += 1
                }
            }
            // Long enough for the workers to fall asleep every now and then.
            if pause % 4 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        for chunk in 0..<16 { #expect(counter[chunk] == 4000) }
    }

    @Test func callersOnSeveralThreadsTakeTurns() async {
        let pool = WorkerPool(threads: 2)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var sum = [Int](repeating: 0, count: 8)
                    for _ in 0..<100 {
                        sum.withUnsafeMutableBufferPointer { buffer in
                            pool.run(chunks: 8, context: buffer.baseAddress) { context, chunk, _ in
                                context!.assumingMemoryBound(to: Int.self)[Int(chunk)] += 1
                            }
                        }
                    }
                    return sum.reduce(0, +)
                }
            }
            for await total in group { #expect(total == 800) }
        }
    }

    @Test func regionsFlushDenormalsAndLeaveTheCallersModeAlone() {
        let pool = WorkerPool(threads: 2)
        let products = UnsafeMutablePointer<Float>.allocate(capacity: 64)
        products.initialize(repeating: Float.leastNormalMagnitude, count: 64)
        defer { products.deallocate() }
        pool.run(chunks: 64, context: products) { context, chunk, _ in
            context!.assumingMemoryBound(to: Float.self)[Int(chunk)] *= 0.5
        }
        for chunk in 0..<64 { #expect(products[chunk] == 0, "a denormal inside a region is flushed") }
        products[0] = Float.leastNormalMagnitude
        products[0] *= 0.5
        #expect(products[0] > 0, "denormals are kept outside")
    }
}
