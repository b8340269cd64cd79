import CAllocationCounter
import Glibc
import Testing

/// In a process of its own: the counter sees every thread.
@Suite struct AllocationCounterTests {
    @Test func countsEachKindOnceAndCodecsApart() async {
        await #expect(processExitsWith: .success) {
            guard dh_allocation_counter_active() else { return }
            let heap = Heap()
            var (outside, codec): (UInt64, UInt64) = (0, 0)
            var (outsideAfter, codecAfter): (UInt64, UInt64) = (0, 0)
            dh_allocation_counts(&outside, &codec)
            for _ in 0..<1000 {
                var block = heap.malloc(10)
                block = heap.realloc(block, 100)
                free(block)
                free(heap.calloc(3, 5))
                var aligned: UnsafeMutableRawPointer?
                precondition(heap.posixMemalign(&aligned, 64, 100) == 0)
                precondition(UInt(bitPattern: aligned) % 64 == 0)
                free(aligned)
                aligned = heap.alignedAlloc(128, 256)
                precondition(UInt(bitPattern: aligned) % 128 == 0)
                free(aligned)
                dh_codec_enter()
                dh_codec_enter()
                free(heap.strdup(heap.text))
                dh_codec_leave()
                free(heap.malloc(9))
                dh_codec_leave()
            }
            dh_allocation_counts(&outsideAfter, &codecAfter)
            precondition((5000..<5050).contains(outsideAfter - outside), "\(outsideAfter - outside) for 5000")
            precondition(codecAfter - codec == 2000, "\(codecAfter - codec) for 2000")
        }
    }

    @Test func anotherThreadsCodecIsItsOwn() async {
        await #expect(processExitsWith: .success) {
            guard dh_allocation_counter_active() else { return }
            var thread = pthread_t()
            var (codec, codecAfter): (UInt64, UInt64) = (0, 0)
            dh_codec_enter()
            dh_allocation_counts(nil, &codec)
            pthread_create(
                &thread, nil,
                { _ in
                    let heap = Heap()
                    for _ in 0..<1000 { free(heap.malloc(50)) }
                    return nil
                }, nil)
            pthread_join(thread, nil)
            dh_allocation_counts(nil, &codecAfter)
            precondition(codecAfter - codec < 50, "the other thread's allocations are outside")
            dh_codec_leave()
        }
    }

    @Test func badAlignmentsAreRefusedAsTheStandardSays() async {
        await #expect(processExitsWith: .success) {
            // A sanitizer's own allocator ends the program instead.
            guard dh_allocation_counter_active() else { return }
            let heap = Heap()
            var block: UnsafeMutableRawPointer?
            precondition(heap.posixMemalign(&block, 3, 8) == EINVAL)
            precondition(heap.posixMemalign(&block, 4, 8) == EINVAL)
            precondition(block == nil)
            errno = 0
            precondition(heap.malloc(Int.max) == nil && errno == ENOMEM)
            errno = 0
            precondition(heap.posixMemalign(&block, 64, Int.max) == ENOMEM && errno == 0)
        }
    }

    @Test func isActiveWhereNothingForbidsIt() {
        // Under a sanitizer the allocator is the sanitizer's, and the counter must say that it does not count.
        let isSanitized = dlsym(UnsafeMutableRawPointer(bitPattern: 0), "__sanitizer_print_stack_trace") != nil
        #expect(dh_allocation_counter_active() == !isSanitized)
    }
}

/// The allocator through pointers looked up at run time: as a library sees it, and such that the optimiser cannot
/// remove a pair of allocation and free.
private struct Heap {
    let malloc: @convention(c) (Int) -> UnsafeMutableRawPointer?
    let calloc: @convention(c) (Int, Int) -> UnsafeMutableRawPointer?
    let realloc: @convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer?
    let alignedAlloc: @convention(c) (Int, Int) -> UnsafeMutableRawPointer?
    let posixMemalign: @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int, Int) -> Int32
    let strdup: @convention(c) (UnsafePointer<UInt8>) -> UnsafeMutableRawPointer?
    let text = ("inside libc" as StaticString).utf8Start

    init() {
        func look<Function>(_ name: String, _: Function.Type) -> Function {
            unsafeBitCast(dlsym(nil, name), to: Function.self)
        }
        malloc = look("malloc", (@convention(c) (Int) -> UnsafeMutableRawPointer?).self)
        calloc = look("calloc", (@convention(c) (Int, Int) -> UnsafeMutableRawPointer?).self)
        realloc = look(
            "realloc", (@convention(c) (UnsafeMutableRawPointer?, Int) -> UnsafeMutableRawPointer?).self)
        alignedAlloc = look("aligned_alloc", (@convention(c) (Int, Int) -> UnsafeMutableRawPointer?).self)
        posixMemalign = look(
            "posix_memalign",
            (@convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int, Int) -> Int32).self)
        strdup = look("strdup", (@convention(c) (UnsafePointer<UInt8>) -> UnsafeMutableRawPointer?).self)
    }
}
