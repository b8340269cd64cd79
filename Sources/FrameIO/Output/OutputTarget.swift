/// Where results go: `-` standard output, `DIR/` one file a frame, `PATH` one file for all frames.
public enum OutputTarget: Sendable, Equatable {
    /// Standard output.
    case standardOutput
    /// One stream file (or FIFO, or device).
    case file(String)
    /// A folder with one file a frame.
    case directory(String)

    /// Reads an OUT argument: a trailing slash or an existing folder means a folder.
    public init(_ argument: String) {
        if argument == "-" {
            self = .standardOutput
        } else if argument.hasSuffix("/") || Paths.kind(argument) == .directory {
            self = .directory(argument)
        } else {
            self = .file(argument)
        }
    }

    /// For messages.
    public var name: String {
        switch self {
        case .standardOutput: "standard output"
        case .file(let path), .directory(let path): path
        }
    }

    /// The format to write `kind` in: `wanted`, else what the ending tells, else for folders the kind's usual one.
    public func format(for kind: OutputKind, wanted: OutputFormat?) throws(FrameIOError) -> OutputFormat {
        let known = kind.formats.map(\.name).joined(separator: ", ")
        var chosen = wanted
        if chosen == nil, case .file(let path) = self { chosen = OutputFormat(ending: path) }
        if chosen == nil, case .directory = self { chosen = kind.formats.first }
        guard let chosen else {
            throw .usage("\(name): its ending tells no format for \(kind.name); add --format (\(known))")
        }
        guard kind.formats.contains(chosen) else {
            throw .usage("\(name): \(kind.name) cannot be written as \(chosen.name); use one of \(known)")
        }
        return chosen
    }
}
