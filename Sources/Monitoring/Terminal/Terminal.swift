internal import Glibc
internal import Synchronization

// The write end of the pipe that signal handlers write to; a global, as a handler can be given nothing else.
private let signalPipe = Atomic<Int32>(-1)

// What atexit puts back; a global for the same reason. Written before the terminal is changed.
nonisolated(unsafe) private var savedMode = termios()
private let changedTerminal = Atomic<Int32>(-1)

/// The terminal of a live monitor: keys from /dev/tty, never from standard input; the screen on standard output.
///
/// Puts everything back when it is closed, at `exit`, and around a stop by the user (Ctrl-Z). One at a time.
final class Terminal {
    enum Event: Equatable {
        case key(UInt8)
        case resized
        case interrupted
        case suspended
        case resumed
    }

    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT]

    /// Keys come from here.
    private let keys: Int32
    private let signalEnd: Int32
    private let output: Int32

    /// Takes the terminal over: alternate screen, no echo, no line editing.
    init(output: Int32 = STDOUT_FILENO) throws(MonitoringError) {
        self.output = output
        keys = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard keys >= 0 else { throw .last("open the terminal (/dev/tty)") }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, tcgetattr(keys, &savedMode) == 0 else {
            let error = MonitoringError.last("take the terminal over")
            close(keys)
            throw error
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        signalEnd = ends[0]
        signalPipe.store(ends[1], ordering: .releasing)
        for signal in Self.signals { install(signal) }
        atexit { restoreTerminal() }
        enter()
    }

    deinit { leave() }

    /// Columns and rows.
    var size: (width: Int, height: Int) {
        var window = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// Waits for a key, a signal, or a byte on `other`; at most `milliseconds`. Nil where none of the first two came.
    func wait(or other: Int32, milliseconds: Int32) -> Event? {
        var watched = [keys, signalEnd, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&watched, nfds_t(watched.count), milliseconds) > 0 else { return nil }
        var byte: UInt8 = 0
        if watched[1].revents != 0, read(signalEnd, &byte, 1) == 1 {
            switch Int32(byte) {
            case SIGWINCH: return .resized
            case SIGTSTP: return .suspended
            case SIGCONT: return .resumed
            default: return .interrupted
            }
        }
        guard watched[0].revents != 0 else { return nil }
        // The terminal is gone: its window was closed.
        return read(keys, &byte, 1) == 1 ? .key(byte) : .interrupted
    }

    /// Draws `lines` over the whole screen at once, without flicker.
    func draw(_ lines: [String]) {
        var text = "\u{1B}[H"
        for (index, line) in lines.enumerated() { text += (index == 0 ? "" : "\r\n") + line + "\u{1B}[K" }
        write(text + "\u{1B}[J")
    }

    /// Gives the terminal back, stops as the shell expects, and takes it over again afterwards.
    func suspend() {
        leave()
        kill(getpid(), SIGSTOP)
        enter()
    }

    /// Gives the terminal back.
    func leave() { restoreTerminal() }

    private func enter() {
        var mode = savedMode
        mode.c_lflag &= ~tcflag_t(ECHO | ICANON)
        changedTerminal.store(keys, ordering: .releasing)
        tcsetattr(keys, TCSADRAIN, &mode)
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var next = UnsafeRawBufferPointer(bytes)
            while !next.isEmpty {
                let put = Glibc.write(output, next.baseAddress, next.count)
                if put < 0 && errno != EINTR && errno != EAGAIN { return }
                if put < 0 {
                    var watched = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                    poll(&watched, 1, 100)
                } else {
                    next = UnsafeRawBufferPointer(rebasing: next.dropFirst(put))
                }
            }
        }
    }
}

/// Undoes `enter`; does nothing where nothing is to be undone.
private func restoreTerminal() {
    let keys = changedTerminal.exchange(-1, ordering: .acquiringAndReleasing)
    guard keys >= 0 else { return }
    tcsetattr(keys, TCSADRAIN, &savedMode)
    let text: StaticString = "\u{1B}[?25h\u{1B}[?1049l"
    // To the terminal itself: standard output is the same one.
    _ = write(keys, text.utf8Start, text.utf8CodeUnitCount)
}

private func install(_ signal: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
        errno = saved
    }
    action.sa_flags = SA_RESTART
    sigemptyset(&action.sa_mask)
    sigaction(signal, &action, nil)
}
