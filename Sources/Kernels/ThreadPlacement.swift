/// Where the threads that compute run, and how urgently: both are opt-in.
public struct ThreadPlacement: Sendable, Equatable {
    /// Processors to run on: worker `i` of a pool runs on number `i` of them, beginning again at the end, and a thread
    /// that calls the pool on any of them. Empty: wherever the system puts a thread.
    public let processors: [Int]
    /// Priority under SCHED_FIFO, 1 (lowest) to 99: such a thread runs until it waits, before all ordinary threads of its
    /// processor. Nil: the system's usual scheduling.
    public let realtimePriority: Int?

    /// As the system does it.
    public static let system = ThreadPlacement()

    /// A placement; `WorkerPool` checks whether this process may have it.
    public init(processors: [Int] = [], realtimePriority: Int? = nil) {
        self.processors = processors
        self.realtimePriority = realtimePriority
    }

    /// Processor numbers from `0,2-3`: commas between numbers and ranges, in any order, none twice.
    public static func processors(argument: String) throws(ThreadPlacementError) -> [Int] {
        var result: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { number(String($0)) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last else {
                throw .malformed(argument)
            }
            result += first...last
        }
        guard Set(result).count == result.count else { throw .malformed(argument) }
        return result
    }

    private static func number(_ text: String) -> Int? {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text) else { return nil }
        return value < ProcessorSet.capacity ? value : nil
    }
}

/// A placement that this process cannot have.
public enum ThreadPlacementError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case unavailable(processor: Int, available: [Int])
    case priority(Int)
    case refused(priority: Int, errno: Int32)

    /// One line for people.
    public var description: String {
        switch self {
        case .malformed(let text):
            return "'\(text)' is no list of processors: write numbers and ranges, each once, such as 0,2-3"
        case .unavailable(let processor, let available):
            let list = available.map(String.init).joined(separator: ",")
            return "processor \(processor) is not there for this process: it may use \(list)"
        case .priority(let priority):
            return "a real-time priority is 1 (lowest) to 99, not \(priority)"
        case .refused(let priority, let code):
            return "the system refuses real-time priority \(priority) (\(message(code))): run as root or with "
                + "CAP_SYS_NICE, or raise the limit first (ulimit -r \(priority))"
        }
    }
}
