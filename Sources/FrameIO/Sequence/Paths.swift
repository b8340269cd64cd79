import Glibc

/// Paths as text, and the few questions to the file system that opening an input asks. Not for the frame path.
enum Paths {
    enum Kind {
        case file
        case directory
        case other
        case absent
    }

    static func kind(_ path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .absent }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .directory
        default: return .other
        }
    }

    /// Whether two paths lead to one existing file.
    static func areSame(_ a: String, _ b: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    /// Last component, without trailing slashes.
    static func baseName(_ path: String) -> String {
        let trimmed = trimmingSlashes(path)
        return trimmed.lastIndex(of: "/").map { String(trimmed[trimmed.index(after: $0)...]) } ?? trimmed
    }

    /// All before the last component, without a slash; `.` where there is none.
    static func directory(_ path: String) -> String {
        let trimmed = trimmingSlashes(path)
        guard let slash = trimmed.lastIndex(of: "/") else { return "." }
        return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
    }

    static func joined(_ directory: String, _ name: String) -> String {
        if name.hasPrefix("/") || directory == "." { return name }
        return directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// A name without its last ending.
    static func stem(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    /// The last ending in lower case, without its dot; empty where there is none.
    static func ending(_ path: String) -> String {
        let name = baseName(path)
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    /// Names in a folder, without `.` and `..`, in no order.
    static func entries(_ directory: String) throws(FrameIOError) -> [String] {
        guard let handle = opendir(directory) else { throw .last("open the folder", directory) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// A text file as lines without their line ends. `limit` bounds what is read.
    static func lines(_ path: String, limit: Int = 1 << 28) throws(FrameIOError) -> [Substring] {
        let bytes = try contents(path, limit: limit)
        return String(decoding: bytes.bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" })
    }

    /// A whole file. Memory grows with what has been read.
    static func contents(_ path: String, limit: Int = ImageLimits.maximumEncodedBytes) throws(FrameIOError)
        -> ByteBuffer
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        var buffer = ByteBuffer()
        while true {
            buffer.reserve(buffer.count + 32 * 1024)
            let got = read(descriptor, buffer.base + buffer.count, buffer.capacity - buffer.count)
            if got == 0 { return buffer }
            if got < 0 {
                guard errno == EINTR else { throw .last("read", path) }
                continue
            }
            buffer.setCount(buffer.count + got)
            guard buffer.count <= limit else { throw .unsupported("\(path): larger than the limit of \(limit) bytes") }
        }
    }

    private static func trimmingSlashes(_ path: String) -> String {
        var text = Substring(path)
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }
}
