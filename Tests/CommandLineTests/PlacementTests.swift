import Foundation
import Testing

/// `--cpu-affinity` and `--realtime` reach the threads of a running program, and a refusal is one line.
@Suite struct PlacementTests {
    private struct Seen: Hashable {
        let processors: String
        let priority: Int
    }

    /// The threads of a running program: which processors each may use, and its real-time priority (0: none).
    private func threads(of process: Int32) -> Set<Seen> {
        let folder = "/proc/\(process)/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(
            names.compactMap { thread in
                func text(_ name: String) -> String {
                    (try? String(contentsOfFile: "\(folder)/\(thread)/\(name)", encoding: .utf8)) ?? ""
                }
                let line = text("status").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
                // rt_priority is field 40; the 38th behind the name in parentheses.
                let fields = text("stat").split(separator: ")").last?.split(separator: " ") ?? []
                guard let list = line?.split(separator: "\t").last, fields.count > 37 else { return nil }
                return Seen(processors: String(list), priority: Int(fields[37]) ?? -1)
            })
    }

    /// The first processor that this process may use.
    private var processor: String {
        get throws {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
            return String(try #require(line.split(separator: "\t").last?.prefix { $0.isNumber }))
        }
    }

    @Test func threadsAreConfined() throws {
        let scratch = try Scratch()
        let processor = try processor
        // A pipe that nobody writes to yet keeps the program alive while its threads are looked at.
        let pipe = Pipe()
        let arguments = ["run", "-", "--quiet"] + Program.small + ["--threads", "3", "--cpu-affinity", processor]
        let program = try Running(arguments, in: scratch, input: pipe)
        #expect(program.wait { threads(of: program.identifier).contains(Seen(processors: processor, priority: 0)) })
        pipe.fileHandleForWriting.closeFile()
        _ = try program.finish()
    }

    @Test func refusalIsOneLine() throws {
        let scratch = try Scratch()
        let clip = try Clips.path("clip.y4m")
        // Without the capability, and without a limit that allows it, nobody may have real-time scheduling.
        let finished = try script(
            """
            drop=(); [ "$(id -u)" -ne 0 ] || drop=(setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice)
            ulimit -r 0 2>/dev/null
            "${drop[@]}" "$DH" run '\(clip)' "${SMALL[@]}" --realtime 10
            """, in: scratch)
        #expect(finished.code == 1, "\(finished.error)")
        #expect(finished.error.hasPrefix("error: the system refuses real-time priority 10"), "\(finished.error)")
        #expect(finished.error.contains("ulimit -r 10") && finished.error.count { $0 == "\n" } == 1)
        #expect(!scratch.exists("summary.json"))
    }
}
