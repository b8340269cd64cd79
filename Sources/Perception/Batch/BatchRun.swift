internal import Foundation
internal import Streaming

/// A part of a list of recorded drives, one after the other, each into a folder of its own with a manifest.
///
/// A segment is done when its folder is there (see `SegmentFolder`); whatever ends a worker, what was done stays done.
public struct BatchRun {
    /// What was asked for.
    public struct Plan {
        /// All segments.
        public var list: SegmentList
        /// This worker's part of them.
        public var shard: Shard
        /// The folder that gets a folder for each segment.
        public var output: String
        /// Whether segments that are done stay.
        public var resumes: Bool
        /// What results depend on; see `BatchSettings`.
        public var settings: [String: String]
        /// The program's version.
        public var version: String

        /// A plan; see the properties.
        public init(
            list: SegmentList, shard: Shard, output: String, resumes: Bool, settings: [String: String], version: String
        ) {
            self.list = list
            self.shard = shard
            self.output = output
            self.resumes = resumes
            self.settings = settings
            self.version = version
        }
    }

    /// How a segment stands before it is worked on.
    public enum State: Sendable {
        /// Its manifest is there and fits.
        case done(RunRecord)
        /// It is to be worked on; why, where results of an earlier run are there.
        case open(because: String?)
    }

    /// How work on a segment ended.
    public enum Outcome: Sendable {
        /// It is done now.
        case done(RunRecord)
        /// It is not done; why, as one line.
        case failed(String)
        /// It was interrupted: nothing of it stays.
        case interrupted
    }

    /// What was asked for.
    public let plan: Plan

    /// A batch. Touches nothing.
    public init(_ plan: Plan) { self.plan = plan }

    /// This worker's segments.
    public var segments: [Segment] { plan.list.part(plan.shard) }

    /// Makes the batch's folder and writes the list of all segments into it.
    public func begin() throws(ModelError) {
        do {
            try FileManager.default.createDirectory(atPath: plan.output, withIntermediateDirectories: true)
        } catch {
            throw ModelError("cannot make the folder \(plan.output): \(error.localizedDescription)")
        }
        try plan.list.write(to: plan.output)
    }

    /// How a segment stands. Reads its manifest, and the drive itself where its files carry another time.
    public func state(of segment: Segment) throws(ModelError) -> State {
        let path = folder(segment) + "/" + BatchFiles.manifest
        guard FileManager.default.fileExists(atPath: path) else { return .open(because: nil) }
        guard plan.resumes else { return .open(because: "without --resume everything is done again") }
        let record: RunRecord
        do throws(ModelError) {
            record = try RunRecord(path: path)
        } catch {
            return .open(because: error.description)
        }
        guard let settings = record.settings, let stored = record.source, record.segment == segment.name else {
            return .open(because: "its manifest is no segment's")
        }
        if let version = record.version, version != plan.version {
            return .open(because: "it is by version \(version), this is \(plan.version)")
        }
        if let difference = BatchSettings.difference(plan.settings, from: settings) {
            return .open(because: difference)
        }
        let source = try SourceIdentity(segment.path)
        if !source.hasStamp(of: stored) {
            guard source.bytes == stored.bytes, source.files == stored.files, try source.digest() == stored.digest
            else { return .open(because: "the drive has changed") }
        }
        return .done(record)
    }

    /// Removes what killed workers left of this worker's segments; gives those their name that only lacked it.
    public func clear(_ segment: Segment) throws(ModelError) { try SegmentFolder.clear(folder(segment)) }

    /// Works on a segment: `stream` runs it into the outputs that it is given, and says the exit code of the run.
    public func work(
        on segment: Segment, outputs: OutputRequest,
        stream: (OutputRequest) throws -> (result: RunResult, exitCode: Int32)
    ) throws -> Outcome {
        let before = try SourceIdentity(segment.path)
        let place = try SegmentFolder(folder(segment))
        let (started, clock) = (Date(), MonotonicTime.now())
        let (result, exitCode) = try stream(try outputs.placed(in: place.partial))
        switch result.summary.end {
        case .endOfStream: break
        case .drained, .stopped:
            return result.endedByStall ? .failed("given up by --on-stall exit") : .interrupted
        case .failed(let at, let reason): return .failed("ended early, as a frame failed at \(at): \(reason)")
        }
        guard exitCode != 1 else { return .failed(result.outputFailure ?? "reading ended with an error") }
        let digest = try before.digest()
        guard try SourceIdentity(segment.path) == before else { return .failed("the drive changed while it was read") }
        let manifest = SegmentManifest(
            segment: segment, source: before, sourceDigest: digest, settings: plan.settings, result: result,
            circumstances: .init(
                started: started, ended: Date(), wallSeconds: Double(MonotonicTime.now() - clock) / 1e9,
                version: plan.version, shard: plan.shard, total: plan.list.segments.count, exitCode: exitCode))
        try place.commit(manifest: manifest.json)
        return .done(try RunRecord(path: folder(segment) + "/" + BatchFiles.manifest))
    }

    private func folder(_ segment: Segment) -> String { plan.output + "/" + segment.name }
}
