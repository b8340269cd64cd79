#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Bytes at known offsets: a file, or memory.
protocol ByteSource: AnyObject {
    /// For messages.
    var name: String { get }
    var byteCount: Int { get }
    /// Fills `destination` from `offset` on; the caller has checked the range against `byteCount`.
    func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(OnnxImportError)
}

/// A regular file, read by position: weights go from the file straight to where they stay. A file that shrinks
/// meanwhile gives an error (a mapped one would give a signal).
final class FileBytes: ByteSource {
    let name: String
    let byteCount: Int
    private let descriptor: Int32

    init(path: String) throws(OnnxImportError) {
        guard !path.utf8.contains(0) else {
            throw .file(path: path, problem: "the name holds a zero byte", remedy: "give another path")
        }
        // Not blocking, so that a named pipe is refused rather than waited for.
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else {
            throw .file(path: path, problem: String(cString: strerror(errno)), remedy: "give the path of an ONNX file")
        }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .file(path: path, problem: "not a regular file", remedy: "give the path of an ONNX file")
        }
        name = path
        byteCount = Int(status.st_size)
        descriptor = opened
    }

    deinit { close(descriptor) }

    func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) throws(OnnxImportError) {
        var done = 0
        while done < destination.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: destination[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let problem =
                    count == 0 ? "the file became shorter while it was read" : String(cString: strerror(errno))
                throw .file(path: name, problem: problem, remedy: "try again")
            }
            done += count
        }
    }
}

/// Bytes in memory.
final class MemoryBytes: ByteSource {
    let name: String
    private let bytes: [UInt8]
    var byteCount: Int { bytes.count }

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    func read(into destination: UnsafeMutableRawBufferPointer, at offset: Int) {
        bytes.withUnsafeBytes { source in
            destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + destination.count]))
        }
    }
}
