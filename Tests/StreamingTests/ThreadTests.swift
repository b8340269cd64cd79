import Glibc
import Testing

@testable import Streaming

@Suite struct ThreadTests {
    private final class Box: Sendable {
        let number = Guarded(0)
        let text = Guarded("")
        let wasFree = Guarded(true)
    }

    private static var priority: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test func nameAndPriorityAreThoseOfTheThread() throws {
        let box = Box()
        let own = Self.priority
        let thread = try DedicatedThread(name: "fifteen letters", isGentle: true) {
            var name = [UInt8](repeating: 0, count: 16)
            let file = open("/proc/thread-self/comm", O_RDONLY)
            let count = read(file, &name, name.count)
            close(file)
            let text = String(decoding: name.prefix(max(0, count - 1)), as: UTF8.self)
            box.text.withLock { $0 = text }
            box.number.withLock { $0 = Int(Self.priority) }
        }
        thread.join()
        #expect(box.text.withLock { $0 } == "fifteen letters")
        #expect(box.number.withLock { $0 } >= 10 && Self.priority == own)
    }

    @Test func aLockThatIsHeldIsNotWaitedFor() throws {
        let box = Box()
        #expect(box.number.withLockIfAvailable { $0 += 1 } != nil)
        let ended = box.number.withLock { _ in
            Result {
                let thread = try DedicatedThread {
                    let done: Void? = box.number.withLockIfAvailable { $0 += 1 }
                    box.wasFree.withLock { $0 = done != nil }
                }
                thread.join()
            }
        }
        try ended.get()
        #expect(box.wasFree.withLock { $0 } == false && box.number.withLock { $0 } == 1)
    }
}
