import Glibc

/// Opens one path again and again, and waits until there is something to read.
///
/// The descriptor of the last attempt stays open until the next one is: a FIFO thus has a reader at every moment, so that
/// no writer is ended by SIGPIPE and nothing that was written in between is lost.
struct InputDoor: ~Copyable {
    enum Outcome {
        case opened(Int32)
        /// Nothing came within the time; the path may be another file by now.
        case timeout
        /// A writer came and went without a byte, or the file is the one that has been read already.
        case nothingNew
        case stopped
    }

    /// What tells one content of a regular file from the next.
    private struct Identity: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let modified: (Int, Int)

        static func == (a: Identity, b: Identity) -> Bool {
            a.device == b.device && a.inode == b.inode && a.size == b.size && a.modified == b.modified
        }
    }

    let path: String
    private let stop: StopSignal?
    private var held: Int32 = -1
    private var lastRead: Identity?

    init(path: String, stop: StopSignal?) {
        self.path = path
        self.stop = stop
    }

    deinit { if held >= 0 { close(held) } }

    /// Opens the path and waits at most `timeout` nanoseconds for its first bytes. The descriptor is the caller's.
    mutating func open(timeout: Int64) throws(FrameIOError) -> Outcome {
        if stop?.isStopped == true { return .stopped }
        let descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .last("look at", path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            close(descriptor)
            throw .usage("--reopen reads a FIFO, a device or a file again, and \(path) is a folder")
        case S_IFREG: return look(at: descriptor, status)
        default: return try waitForBytes(descriptor, timeout)
        }
    }

    private mutating func look(at descriptor: Int32, _ status: stat) -> Outcome {
        let identity = Identity(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            modified: (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)))
        guard identity != lastRead, status.st_size > 0 else {
            close(descriptor)
            return .nothingNew
        }
        lastRead = identity
        return .opened(descriptor)
    }

    private mutating func waitForBytes(_ descriptor: Int32, _ timeout: Int64) throws(FrameIOError) -> Outcome {
        hold(descriptor)
        switch try InputWait.wait(
            for: descriptor, path: path, stop: stop, until: FrameClock.monotonic() + timeout)
        {
        case .readable:
            // From here on the source that reads it keeps it open.
            held = -1
            return .opened(descriptor)
        case .hungUp: return .nothingNew
        case .stopped: return .stopped
        case .timeout: return .timeout
        }
    }

    private mutating func hold(_ descriptor: Int32) {
        if held >= 0 { close(held) }
        held = descriptor
    }
}
