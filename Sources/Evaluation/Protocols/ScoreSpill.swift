internal import Foundation

/// Scores and labels of a set's pictures in one scratch file, for metrics whose threshold is known only after the last
/// picture. 4 bytes a pixel for the score, 1 for the label, 1 for the class where classes are measured; removed with its
/// owner.
final class ScoreSpill {
    /// A picture read back.
    struct Picture {
        let width: Int
        let scores: [Float]
        let labels: [UInt8]
        /// The network's classes; nil where there were none.
        let classes: [UInt8]?
    }

    private struct Entry {
        let offset: UInt64
        let width: Int
        let pixels: Int
        let hasClasses: Bool
    }

    private let path: String
    private let file: FileHandle
    private var entries: [Entry] = []
    private var end: UInt64 = 0

    init() throws(EvaluationError) {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("densehybrid-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forUpdatingAtPath: path)
        else { throw .dataset("cannot write a scratch file in \(FileManager.default.temporaryDirectory.path)") }
        self.file = file
    }

    deinit {
        try? file.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func append(_ picture: PictureScores) throws(EvaluationError) {
        do {
            try file.seek(toOffset: end)
            try file.write(contentsOf: Data(buffer: picture.scores))
            try file.write(contentsOf: Data(buffer: picture.labels))
            if let classes = picture.classes { try file.write(contentsOf: Data(buffer: classes)) }
        } catch {
            throw .dataset("cannot write the scratch file \(path): is the disk full?")
        }
        let pixels = picture.scores.count
        entries.append(Entry(offset: end, width: picture.width, pixels: pixels, hasClasses: picture.classes != nil))
        end += UInt64(pixels * (picture.classes == nil ? 5 : 6))
    }

    func read(_ index: Int) throws(EvaluationError) -> Picture {
        let entry = entries[index]
        func bytes(_ count: Int) throws(EvaluationError) -> Data {
            guard let data = try? file.read(upToCount: count), data.count == count else {
                throw .dataset("the scratch file \(path) was cut short")
            }
            return data
        }
        do { try file.seek(toOffset: entry.offset) } catch { throw .dataset("the scratch file \(path) is gone") }
        let raw = try bytes(entry.pixels * 4)
        let scores = [Float](unsafeUninitializedCapacity: entry.pixels) { buffer, count in
            // Data is copied bytewise: its alignment does not matter.
            count = raw.copyBytes(to: buffer) / 4
        }
        return Picture(
            width: entry.width, scores: scores, labels: [UInt8](try bytes(entry.pixels)),
            classes: entry.hasClasses ? [UInt8](try bytes(entry.pixels)) : nil)
    }
}
