import Glibc

/// Delivers encoded results to an `OutputTarget`: appended to a stream, or one file a frame.
///
/// Files are whole or absent. A stream file is written as `PATH.partial` and takes its name in `finish()`; a file of a
/// folder is written aside and renamed at once. FIFOs, devices and standard output are written as they are.
final class FrameOutput {
    private enum Destination {
        case stream(OutputChannel, rename: (from: String, to: String)?)
        case directory(Int32, path: String)
    }

    private let destination: Destination
    private let names: NameTable?
    private let ending: StaticString
    private var fileName = ByteBuffer(capacity: 4096)
    private var asideName = ByteBuffer(capacity: 4096)

    /// Opens the target; folders are made where they are missing.
    init(_ target: OutputTarget, ending: StaticString, names: NameTable?) throws(FrameIOError) {
        self.names = names
        self.ending = ending
        switch target {
        case .standardOutput: destination = .stream(try OutputChannel(path: "-"), rename: nil)
        case .file(let path):
            let kind = Paths.kind(path)
            if kind == .file || kind == .absent {
                let aside = path + ".partial"
                destination = .stream(try OutputChannel(path: aside), rename: (from: aside, to: path))
            } else {
                destination = .stream(try OutputChannel(path: path), rename: nil)
            }
        case .directory(let path):
            try Self.makeDirectories(path)
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .last("open the folder", path) }
            destination = .directory(descriptor, path: path)
        }
    }

    deinit { if case .directory(let descriptor, _) = destination { close(descriptor) } }

    /// Whether all frames go into one stream, where a header stands only before the first.
    var isStream: Bool {
        if case .stream = destination { return true }
        return false
    }

    /// Writes `head` and `body` as the result of `frame`.
    func deliver(
        _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer, of frame: FrameHeader
    ) throws(FrameIOError) {
        switch destination {
        case .stream(let channel, _):
            try channel.write(head)
            try channel.write(body)
        case .directory(let descriptor, let path): try writeFile(descriptor, path, head, body, frame)
        }
    }

    /// Gives a stream file its name. Without this call only `PATH.partial` is left.
    func finish() throws(FrameIOError) {
        guard case .stream(_, let names?) = destination else { return }
        guard rename(names.from, names.to) == 0 else { throw .last("rename \(names.from) to", names.to) }
    }

    private func writeFile(
        _ descriptor: Int32, _ path: String, _ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer,
        _ frame: FrameHeader
    ) throws(FrameIOError) {
        composeNames(frame)
        let aside = UnsafeRawPointer(asideName.base).assumingMemoryBound(to: CChar.self)
        let final = UnsafeRawPointer(fileName.base).assumingMemoryBound(to: CChar.self)
        let file = openat(descriptor, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw .last("create a file in", path) }
        let written = Self.writeAll(file, head) && Self.writeAll(file, body)
        let code = errno
        guard close(file) == 0, written else {
            unlinkat(descriptor, aside, 0)
            throw .system(operation: "write a file in", path: path, code: written ? errno : code)
        }
        guard renameat(descriptor, aside, descriptor, final) == 0 else { throw .last("rename a file in", path) }
    }

    /// `NAME.ending` and `.NAME.ending.partial`, NUL-terminated.
    private func composeNames(_ frame: FrameHeader) {
        fileName.removeAll()
        if let names, frame.nameIndex >= 0 {
            fileName.append(UnsafeRawBufferPointer(names.bytes(Int(frame.nameIndex))))
        } else {
            fileName.append(decimal: frame.id, minimumDigits: 6)
        }
        fileName.append(ending)
        asideName.removeAll()
        asideName.append(".")
        asideName.append(fileName.contents)
        asideName.append(".partial\0")
        fileName.append(0)
    }

    private static func writeAll(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard var next = bytes.baseAddress else { return true }
        var left = bytes.count
        while left > 0 {
            let put = write(file, next, left)
            if put < 0 {
                guard errno == EINTR else { return false }
                continue
            }
            next += put
            left -= put
        }
        return true
    }

    private static func makeDirectories(_ path: String) throws(FrameIOError) {
        if Paths.kind(path) == .directory { return }
        let parent = Paths.directory(path)
        if parent != ".", parent != "/", parent != path { try makeDirectories(parent) }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last("make the folder", path) }
    }
}
