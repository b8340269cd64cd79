import Streaming
import TestSupport
import Testing

@Suite struct DropLedgerTests {
    @Test func countsEveryPlaceAndReasonApart() {
        var ledger = DropLedger()
        var expected: UInt64 = 0
        for (position, place) in FramePlace.all.enumerated() {
            for reason in DropReason.allCases {
                for _ in 0...(position + reason.rawValue) { ledger.settle(.dropped(at: place, reason: reason)) }
            }
            for reason in FailureReason.allCases {
                for _ in 0...(position * reason.rawValue) { ledger.settle(.failed(at: place, reason: reason)) }
            }
        }
        for (position, place) in FramePlace.all.enumerated() {
            for reason in DropReason.allCases {
                #expect(ledger.dropped(at: place, reason) == UInt64(position + reason.rawValue + 1))
                expected += ledger.dropped(at: place, reason)
            }
            for reason in FailureReason.allCases {
                #expect(ledger.failed(at: place, reason) == UInt64(position * reason.rawValue + 1))
            }
        }
        #expect(ledger.droppedTotal == expected)
        #expect(ledger.drops.reduce(0) { $0 + $1.count } == expected)
        #expect(ledger.drops.count == FramePlace.all.count * DropReason.allCases.count)
        #expect(ledger.failures.reduce(0) { $0 + $1.count } == ledger.failedTotal)
    }

    @Test func balancesOnlyWhenEveryFrameHasAFate() {
        var ledger = DropLedger()
        #expect(ledger.isBalanced)
        ledger.arrived()
        #expect(!ledger.isBalanced && ledger.open == 1)
        ledger.settle(.delivered)
        #expect(ledger.isBalanced)
        ledger.settle(.failed(at: .source, reason: .corrupt))
        #expect(!ledger.isBalanced && ledger.open == -1)
    }

    @Test func namesAreThoseOfTheSummary() {
        #expect(FrameFate.dropped(at: .admission, reason: .queueFull).description == "dropped admission:queue-full")
        #expect(FrameFate.failed(at: .stage(.decode), reason: .corrupt).description == "failed decode:corrupt")
        #expect(FrameFate.delivered.status == "delivered")
        #expect(
            StageName.allCases.map(\.description)
                == ["decode", "normalize", "backbone", "heads", "score", "threshold", "fuse", "write"])
    }
}
