internal import Foundation

/// Standard error: messages for people. Standard output belongs to data.
enum Console {
    /// Prints one line.
    static func error(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    /// Prints one line of data to standard output at once, for programs that wait for it at the other end of a pipe.
    static func output(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    /// Writes over the current line of a terminal.
    static func progress(_ line: String) {
        FileHandle.standardError.write(Data(("\r\u{1B}[K" + line).utf8))
    }

    /// Removes a progress line.
    static func clearProgress() {
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }

    /// Whether standard input is a terminal: nothing is piped in.
    static let inputIsTerminal = isatty(STDIN_FILENO) == 1

    /// Whether standard error is a terminal.
    static let isTerminal = isatty(STDERR_FILENO) == 1
}
