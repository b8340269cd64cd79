import Kernels
import Testing

struct InstructionSetTests {
    @Test func scalarRunsEverywhere() throws {
        #expect(InstructionSet.scalar.isSupported)
        #expect(InstructionSet.detected.isSupported)
        #expect(try KernelTable(.scalar).instructionSet == .scalar)
    }

    @Test func namesRoundTrip() throws {
        for set in InstructionSet.allCases {
            if set.isSupported {
                #expect(try InstructionSet(argument: set.description) == set)
            } else {
                let error = #expect(throws: InstructionSetError.self) { try InstructionSet(argument: set.description) }
                #expect("\(try #require(error))".contains("does not execute \(set)"))
                #expect(throws: InstructionSetError.self) { try KernelTable(set) }
            }
        }
        let error = #expect(throws: InstructionSetError.self) { try InstructionSet(argument: "mmx") }
        #expect("\(try #require(error))".contains("choose one of scalar, blas, avx2, avx512, avx512vnni"))
    }

    @Test func detectedIsTheFirstOfThePreferenceThatRuns() {
        // Every set implies the ones below it on its staircase.
        if InstructionSet.avx512vnni.isSupported {
            #expect(InstructionSet.detected == .avx512vnni)
            #expect(InstructionSet.avx512.isSupported && InstructionSet.avxvnni.isSupported)
        } else if InstructionSet.avx512.isSupported {
            #expect(InstructionSet.detected == .avx512)
        }
        if InstructionSet.avx512.isSupported || InstructionSet.avxvnni.isSupported {
            #expect(InstructionSet.avx2.isSupported)
        }
    }

    @Test func reportsWhichSetsWereTested() {
        // For the reader of a log: which kernels this machine could execute, and which it could not.
        let untested = InstructionSet.allCases.filter { !$0.isSupported }
        print("kernels executed here: \(TableUnderTest.all.map(\.description)); not executable here: \(untested)")
        #expect(!TableUnderTest.all.isEmpty)
    }
}
