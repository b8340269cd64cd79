/// The stages that one kernel or one `Stage` does together, in pipeline order: usually one.
public struct StageGroup: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
    /// The first stage: where the group begins, what it waits for, where it drops.
    public let first: StageName
    /// The last stage.
    public let last: StageName
    private let members: UInt8

    /// A group of these stages; the order of the arguments does not matter. At least one.
    public init(_ names: [StageName]) {
        guard let first = names.min(), let last = names.max() else { preconditionFailure("a group has a stage") }
        self.first = first
        self.last = last
        members = names.reduce(0) { $0 | 1 << UInt8($1.rawValue) }
    }

    /// A group written as a list of its stages.
    public init(arrayLiteral elements: StageName...) { self.init(elements) }

    /// How many stages the group has.
    public var count: Int { members.nonzeroBitCount }

    /// Whether `stage` belongs to the group.
    public func contains(_ stage: StageName) -> Bool { contains(position: stage.rawValue) }

    /// Whether all stages of the group are in `range`.
    func lies(in range: ClosedRange<StageName>?) -> Bool {
        range.map { $0.contains(first) && $0.contains(last) } ?? false
    }

    func contains(position: Int) -> Bool { members & 1 << UInt8(position) != 0 }

    /// The stages in order. Allocates.
    public var names: [StageName] { StageName.allCases.filter(contains) }

    /// Calls `body` for each stage in order. Unlike a loop over `names` or `allCases` it allocates nothing, in debug
    /// builds too.
    public func forEach(_ body: (StageName) -> Void) {
        var position = first.rawValue
        while position <= last.rawValue {
            if contains(position: position), let stage = StageName(rawValue: position) { body(stage) }
            position += 1
        }
    }

    /// Every stage there is.
    static let all = StageGroup(StageName.allCases)

    /// The sink's own stage.
    static let write: StageGroup = [.write]

    /// The names joined by `+`.
    public var description: String { names.map(\.description).joined(separator: "+") }
}
