/// The picture files of a sequence in order, with their capture times where they are known.
struct PictureList: Equatable {
    /// Paths to open.
    var files: [String] = []
    /// As many as `files`.
    var times: [Int64?] = []
    /// For people.
    var notes: [String] = []

    init(files: [String] = [], times: [Int64?]? = nil, notes: [String] = []) {
        self.files = files
        self.times = times ?? Array(repeating: nil, count: files.count)
        self.notes = notes
    }

    static let endings: Set<String> = ["jpg", "jpeg", "png", "webp"]

    static func isPicture(_ name: String) -> Bool { endings.contains(Paths.ending(name)) && !name.hasPrefix(".") }

    /// Names that the results of the frames are stored under: the file's name without ending where that is unique,
    /// else its path with `_` for slashes; nil where even that is not unique.
    var outputNames: [String]? {
        let short = files.map { Paths.stem(Paths.baseName($0)) }
        if Set(short).count == short.count { return short }
        let long = files.map { file in
            String(Paths.stem(file).drop(while: { $0 == "/" || $0 == "." }).map { $0 == "/" ? "_" : $0 })
        }
        return Set(long).count == long.count ? long : nil
    }

    /// The pictures that a printf pattern such as `shots/%06d.jpg` names, by number. Gaps in the numbers are allowed.
    static func matching(pattern: String) throws(FrameIOError) -> PictureList {
        let directory = Paths.directory(pattern)
        guard let parts = PrintfPattern(Paths.baseName(pattern)) else {
            throw .usage("\(pattern): a pattern needs exactly one %d or %0Nd, in its last component")
        }
        let numbered = try Paths.entries(directory).compactMap { name in parts.number(in: name).map { (name, $0) } }
        guard !numbered.isEmpty else { throw .malformed("\(pattern): no file in \(directory) matches the pattern") }
        let sorted = numbered.sorted { $0.1 < $1.1 }
        return PictureList(files: sorted.map { Paths.joined(directory, $0.0) })
    }

    /// The pictures that a shell pattern names, in natural order.
    static func matching(glob pattern: String) throws(FrameIOError) -> PictureList {
        let files = Glob.paths(pattern).filter { isPicture(Paths.baseName($0)) }
        guard !files.isEmpty else { throw .malformed("\(pattern): no JPEG, PNG or WebP file matches") }
        return PictureList(files: files.sorted(by: NaturalOrder.precedes))
    }

    /// The pictures that a text file lists: a path a line (relative to the list), or a sidecar with times and names.
    static func listed(in path: String) throws(FrameIOError) -> PictureList {
        let entries = SidecarTimes.parseList(try Paths.lines(path))
        let base = Paths.directory(path)
        let named = entries.compactMap { entry in entry.file.map { (Paths.joined(base, $0), entry.nanoseconds) } }
        guard !named.isEmpty else { throw .malformed("\(path): lists no file") }
        return PictureList(files: named.map(\.0), times: named.map(\.1))
    }
}

/// A file name with one number in it.
struct PrintfPattern {
    private let prefix: String
    private let suffix: String
    private let digits: Int

    /// Nil unless `name` holds exactly one `%d` or `%0Nd` (`%%` stands for a percent sign).
    init?(_ name: String) {
        var parts = [""]
        var digits: Int?
        var rest = Substring(name)
        while let character = rest.popFirst() {
            guard character == "%" else {
                parts[parts.count - 1].append(character)
                continue
            }
            if rest.first == "%" {
                rest.removeFirst()
                parts[parts.count - 1].append("%")
                continue
            }
            let width = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(width.count)
            guard rest.popFirst() == "d", digits == nil, width.isEmpty || width.first == "0" else { return nil }
            digits = width.isEmpty ? 1 : Int(width)
            parts.append("")
        }
        guard let digits, 1...18 ~= digits else { return nil }
        prefix = parts[0]
        suffix = parts[1]
        self.digits = digits
    }

    /// The number in `name`, or nil where it does not match.
    func number(in name: String) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count > prefix.count + suffix.count else {
            return nil
        }
        let middle = name.dropFirst(prefix.count).dropLast(suffix.count)
        guard middle.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), middle.count >= digits else { return nil }
        if middle.count > digits, middle.first == "0" { return nil }
        return Int(middle)
    }
}
