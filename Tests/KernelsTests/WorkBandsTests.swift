import TestSupport
import Testing

@testable import Kernels

/// The shares of a region, one call after the other: what threads do at the same time is in `WorkerPoolTests`.
struct WorkBandsTests {
    @Test func eachTakesItsOwnFromTheFront() {
        let bands = WorkBands(workers: 3)
        bands.share(chunks: 8, region: 1)
        #expect(bands.take(worker: 0, region: 1) == 0)
        #expect(bands.take(worker: 2, region: 1) == 6)
        #expect(bands.take(worker: 1, region: 1) == 3)
        #expect(bands.take(worker: 0, region: 1) == 1)
        #expect(bands.take(worker: 1, region: 1) == 4)
    }

    @Test func whoRunsDryStealsTheBackHalf() {
        let bands = WorkBands(workers: 2)
        bands.share(chunks: 16, region: 1)
        for chunk: Int32 in 8..<16 { #expect(bands.take(worker: 1, region: 1) == chunk) }
        // Worker 0 has 0..<8 and keeps 0..<4.
        #expect(bands.take(worker: 1, region: 1) == 4)
        #expect(bands.take(worker: 0, region: 1) == 0)
        for chunk: Int32 in 5..<8 { #expect(bands.take(worker: 1, region: 1) == chunk) }
        // Three are left, of which it keeps one; the last single chunk is stolen whole.
        #expect(bands.take(worker: 1, region: 1) == 2)
        #expect(bands.take(worker: 0, region: 1) == 1)
        #expect(bands.take(worker: 0, region: 1) == 3)
        for worker in 0..<2 { #expect(bands.take(worker: worker, region: 1) == nil) }
    }

    @Test func aLateWorkerGetsNothingOfTheNextRegion() {
        let bands = WorkBands(workers: 2)
        for region in UInt64(1)...3 {
            bands.share(chunks: 4, region: region)
            for worker in 0..<2 {
                #expect(bands.take(worker: worker, region: region - 1) == nil)
                #expect(bands.take(worker: worker, region: region + 1) == nil)
            }
            for _ in 0..<4 { #expect(bands.take(worker: 1, region: region) != nil) }
            #expect(bands.take(worker: 1, region: region) == nil)
        }
    }

    @Test func anyOrderOfWorkersTakesEveryChunkOnce() {
        var random = SeededGenerator(label: "work bands")
        for round in 0..<300 {
            let workers = Int.random(in: 1...9, using: &random)
            let chunks = Int.random(in: 0...100, using: &random)
            // Numbers around where the bits that a band has for them start over.
            let region = UInt64(1 << 22 - 150 + round)
            let bands = WorkBands(workers: workers)
            bands.share(chunks: chunks, region: region)
            var taken: [Int32] = []
            // Some workers are asleep.
            let awake = (0..<workers).filter { _ in Bool.random(using: &random) } + [0]
            while let chunk = bands.take(worker: awake.randomElement(using: &random)!, region: region) {
                taken.append(chunk)
            }
            #expect(taken.sorted() == (0..<Int32(chunks)).map { $0 })
        }
    }
}
