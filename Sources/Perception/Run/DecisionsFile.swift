internal import Foundation
internal import Streaming

/// What a run decided for each of its frames, read from the file that it wrote (`--decisions`).
public struct DecisionsFile: Sendable {
    /// Where it was read.
    public let path: String
    /// The ladder whose rungs the decisions name; nil where only full quality was given.
    public let ladder: Ladder?
    /// The decisions, for the pipeline to follow.
    let script: DecisionScript
    /// The frames' numbers, in the same order.
    let frameIDs: [UInt64]
    /// The digest that the run came to; nil where it was ended by force.
    let digest: String?
    let header: DecisionsHeader

    /// One line of a frame, or the last.
    private struct Line: Decodable {
        let frameID: UInt64?
        let decision: String?
        let level: Int?
        let place: String?
        let reason: String?
        let frames: Int?
        let digest: String?

        enum CodingKeys: String, CodingKey {
            case decision, reason, frames
            case frameID = "frame_id"
            case level = "quality_level"
            case place = "at"
            case digest = "openset_digest"
        }
    }

    /// Reads a whole file. A line that was cut by a loss of power is left out. Allocates some bytes a frame.
    public init(path: String) throws(ModelError) {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelError("cannot read the decisions in \(path)")
        }
        var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Behind the last line end there is nothing, or a line that was never finished.
        lines.removeLast()
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let first = lines.first, let header = try? decoder.decode(DecisionsHeader.self, from: first) else {
            throw ModelError("\(path) is no decisions file: the first line is not the header of run --decisions")
        }
        guard header.densehybridDecisions == 1 else {
            throw ModelError("\(path) has format \(header.densehybridDecisions); this program reads format 1")
        }
        self.header = header
        do throws(ModelError) {
            var rungs: [Ladder.Rung] = []
            for name in header.ladder { rungs.append(try LadderEntry.rung(named: name)) }
            ladder = rungs == [.full] ? nil : try Ladder(rungs: rungs)
        } catch {
            throw ModelError("\(path): \(error)")
        }
        let steps = ladder?.configuration.rungs ?? [.compute(variant: 0)]
        var verdicts: [DecisionScript.Verdict] = []
        var frameIDs: [UInt64] = []
        var digest: String?
        for (number, text) in lines.enumerated().dropFirst() {
            guard let line = try? decoder.decode(Line.self, from: text), digest == nil else {
                throw ModelError("\(path):\(number + 1): not a decision")
            }
            if let found = line.digest, line.frames == verdicts.count {
                digest = found
                continue
            }
            guard let frame = line.frameID, let verdict = Self.verdict(line, steps) else {
                throw ModelError("\(path):\(number + 1): not a decision for a ladder of \(steps.count) rungs")
            }
            frameIDs.append(frame)
            verdicts.append(verdict)
        }
        self.frameIDs = frameIDs
        self.digest = digest
        script = DecisionScript(verdicts)
    }

    private static func verdict(_ line: Line, _ rungs: [LadderConfiguration.Rung]) -> DecisionScript.Verdict? {
        let level = line.level ?? 0
        guard rungs.indices.contains(level) else { return nil }
        let natural: FrameAnswer
        switch rungs[level] {
        case .compute(let variant), .every(_, let variant):
            natural = FrameAnswer(.computed, level: level, variant: variant)
        case .hold: natural = FrameAnswer(.held, level: level)
        case .unknown: natural = FrameAnswer(.unknown, level: level)
        }
        let place = FramePlace.all.first { $0.description == line.place }
        switch line.decision {
        case "computed": return natural.kind == .computed ? .answer(natural) : nil
        case "held": return .answer(FrameAnswer(.held, level: level))
        case "unknown": return .answer(FrameAnswer(.unknown, level: level))
        case "dropped":
            guard let place, let reason = DropReason.allCases.first(where: { $0.description == line.reason }) else {
                return nil
            }
            return .lost(.dropped(at: place, reason: reason))
        case "failed":
            guard let place, let reason = FailureReason.allCases.first(where: { $0.description == line.reason })
            else { return nil }
            // What a frame failed of in a stage it fails of again; what the door refused must be told.
            return place == .admission ? .lost(.failed(at: place, reason: reason)) : .answer(natural)
        default: return nil
        }
    }

    /// What is wrong with the source where its frame at `position` has the number `frame` (nil: it has ended).
    func complaint(about frame: UInt64?, at position: Int) -> String? {
        guard position < frameIDs.count else { return nil }
        guard let frame else {
            return "\(path) tells of \(frameIDs.count) frames, the source ended after \(position): replay the same ones"
        }
        guard frame != frameIDs[position] else { return nil }
        return "\(path) tells of frame \(frameIDs[position]) at place \(position), the source has frame \(frame): "
            + "replay the same frames"
    }

    /// Refuses a run that would compute other maps.
    func check(_ settings: PerceptionSettings, onCorrupt: CorruptPolicy) throws(ModelError) {
        if let complaint = header.complaint(settings, onCorrupt: onCorrupt) {
            throw ModelError("\(path): \(complaint)", isUsage: true)
        }
    }
}
