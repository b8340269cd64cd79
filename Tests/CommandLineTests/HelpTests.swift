import ArgumentParser
import Testing

@testable import densehybrid

/// Every verb explains itself with examples, and the examples are command lines that it takes.
@Suite struct HelpTests {
    /// Every verb with the words that call it, verbs of verbs among them.
    private static func verbs(
        _ command: any ParsableCommand.Type, _ words: [String] = []
    ) -> [(words: [String], command: any ParsableCommand.Type)] {
        command.configuration.subcommands.flatMap { verb in
            let own = words + [verb.configuration.commandName ?? ""]
            return [(own, verb)] + verbs(verb, own)
        }
    }

    /// The command lines of this program in a text's examples; of pipes those parts that call it.
    static func examples(_ text: String) -> [[String]] {
        guard let start = text.firstRange(of: "EXAMPLES\n") else { return [] }
        let lines = text[start.upperBound...].replacing("\\\n", with: " ").split(separator: "\n")
            .prefix { $0.hasPrefix(" ") }
        return lines.flatMap { line in
            // A remark stands in brackets behind the command.
            line.prefix(upTo: line.firstRange(of: /\s{2,}\(/)?.lowerBound ?? line.endIndex)
                .split(separator: "|").map(words)
        }.filter { $0.first == "densehybrid" }
    }

    /// Words as a shell splits them; single quotes hold one together.
    private static func words(_ text: Substring) -> [String] {
        var (words, isQuoted, isOpen) = ([String](), false, false)
        for character in text {
            if character == "'" {
                isQuoted.toggle()
                if !isOpen { words.append("") }
                isOpen = true
            } else if character == " " && !isQuoted {
                isOpen = false
            } else {
                if !isOpen { words.append("") }
                isOpen = true
                words[words.count - 1].append(character)
            }
        }
        return words
    }

    @Test func wordsOfAShell() {
        #expect(Self.words("  a 'b c'd  '' e") == ["a", "b cd", "", "e"])
        let text = """
            x

            EXAMPLES
              cat f | densehybrid run - \\
                 --meta -   > y
              densehybrid info a     (why)

            end
            """
        #expect(
            Self.examples(text) == [
                ["densehybrid", "run", "-", "--meta", "-", ">", "y"], ["densehybrid", "info", "a"],
            ])
    }

    @Test func everyVerbHasExamplesThatParse() throws {
        let verbs = Self.verbs(DenseHybrid.self)
        #expect(verbs.count >= 15)
        for (words, command) in [([], DenseHybrid.self as any ParsableCommand.Type)] + verbs {
            let name = words.joined(separator: " ")
            let examples = Self.examples(command.configuration.discussion)
            #expect(!examples.isEmpty, "\(name) has no examples")
            #expect(!command.configuration.abstract.isEmpty, "\(name) has no abstract")
            for example in examples {
                let arguments = example.dropFirst().prefix { $0 != ">" }
                #expect(throws: Never.self, "\(example.joined(separator: " "))") {
                    try DenseHybrid.parseAsRoot(Array(arguments))
                }
                // Verbs show their own use; the program shows several.
                if !words.isEmpty { #expect(Array(arguments.prefix(words.count)) == words, "\(example)") }
            }
        }
    }
}
