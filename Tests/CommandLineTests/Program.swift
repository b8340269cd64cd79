import Foundation
import Testing

/// A folder of its own for each test, removed with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/commandline-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    func lines(_ name: String) throws -> [String] {
        try text(name).split(separator: "\n").map(String.init)
    }

    @discardableResult
    func write(_ bytes: Data, to name: String) throws -> String {
        try bytes.write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    /// Names in a folder, hidden ones included; empty where there is no such folder.
    func names(_ folder: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: file(folder))) ?? []).sorted()
    }

    /// All files below that are not finished.
    var unfinished: [String] {
        (FileManager.default.subpaths(atPath: path) ?? []).filter { $0.hasSuffix(".partial") }
    }
}

/// The built program, which lies beside the program that runs the tests.
enum Program {
    static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("densehybrid").path
    }()

    static let model: String =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Calibration/espnetv2-densehybrid").path

    /// A small network, and a threshold of our own: tests of streams do not depend on the calibration.
    static let small = ["--model", model, "--size", "256x128", "--threshold", "-3", "--threads", "1"]
}

/// A started program whose outputs go to files in a scratch folder.
final class Running {
    private let process = Process()
    private let scratch: Scratch

    /// Starts `program` (the built one, or an absolute path) in `scratch`. Standard input is empty unless given.
    init(_ arguments: [String], in scratch: Scratch, input: Any? = nil, program: String = Program.path) throws {
        self.scratch = scratch
        try #require(
            FileManager.default.isExecutableFile(atPath: program), "\(program) is missing: swift build makes it")
        for name in ["stdout", "stderr"] {
            try #require(FileManager.default.createFile(atPath: scratch.file(name), contents: nil))
        }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("stdout")))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("stderr")))
        try process.run()
    }

    /// The program's process.
    var identifier: Int32 { process.processIdentifier }

    /// Whether the program has taken over a signal yet.
    func catches(_ signal: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).filter(\.isHexDigit), radix: 16) } ?? 0
        return mask >> UInt64(signal - 1) & 1 == 1
    }

    func send(_ signal: Int32) { kill(identifier, signal) }

    /// Waits until `condition` holds; false if the program ends or `seconds` pass before.
    func wait(_ seconds: Double = 60, until condition: () -> Bool) -> Bool {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if condition() { return true }
            if !process.isRunning { return condition() }
            usleep(10_000)
        }
        return false
    }

    /// Waits for the end; a program that does not end is killed, and the test fails.
    func finish(_ seconds: Double = 90) throws -> Finished {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning && Date() < end { usleep(5_000) }
        if process.isRunning {
            kill(identifier, SIGKILL)
            Issue.record("the program did not end in \(seconds) s")
        }
        process.waitUntilExit()
        return Finished(
            code: process.terminationStatus, crashed: process.terminationReason == .uncaughtSignal,
            output: try scratch.bytes("stdout"), error: try scratch.text("stderr"))
    }
}

/// How a program ended.
struct Finished {
    let code: Int32
    let crashed: Bool
    let output: Data
    let error: String
}

/// Runs the built program to its end.
@discardableResult
func densehybrid(_ arguments: [String], in scratch: Scratch, input: Any? = nil) throws -> Finished {
    let finished = try Running(arguments, in: scratch, input: input).finish()
    #expect(!finished.crashed, "\(finished.error)")
    return finished
}

/// Runs the built program on a stream with the small network, quiet, and with `summary.json` in `scratch`.
@discardableResult
func stream(_ arguments: [String], in scratch: Scratch, input: Any? = nil) throws -> Finished {
    try densehybrid(arguments + Program.small + ["--quiet", "--summary", "summary.json"], in: scratch, input: input)
}

/// Runs a bash script in `scratch`; `$DH` is the built program and `$SMALL` the options of the small network.
func script(_ text: String, in scratch: Scratch) throws -> Finished {
    let small = Program.small.map { "'\($0)'" }.joined(separator: " ")
    let prelude = "set -uo pipefail; DH='\(Program.path)'; SMALL=(\(small) --quiet --summary summary.json)\n"
    return try Running(["-c", prelude + text], in: scratch, program: "/bin/bash").finish()
}
