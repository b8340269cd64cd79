/// The images of one topic of an MCAP recording, in file order.
///
/// Capture times are the messages' own stamps (ROS header, Foxglove timestamp), else their publish times. Frames that a
/// recording's index shows to be lost in a damaged chunk keep their numbers.
final class McapSource: FrameSource {
    private(set) var properties = StreamProperties(format: .mcap, hasCaptureTimes: true)
    let names: NameTable? = nil
    private var messages: McapMessageReader
    private var extractor: ImageExtractor
    private var selection: McapSelection
    private var nextID: UInt64 = 0
    /// Frames that an index says are lost and that have not been reported.
    private var lost = 0
    private var damage: (reason: Corruption.Reason, position: Int) = (.brokenChunk, 0)
    private var isOver = false

    /// Takes over a reader that stands at the first byte. Of a file all channels are found first, by its summary or, if
    /// it has none, by reading it through; of a pipe the first image message decides.
    init(reader: consuming StreamReader, options: InputOptions) throws(FrameIOError) {
        let path = reader.path
        messages = try McapMessageReader(reader: reader)
        extractor = ImageExtractor(options)
        selection = McapSelection(wanted: options.topic, path: path)
        guard messages.size != nil else { return }
        let catalogue = try McapCatalogue(&messages)
        messages.adopt(catalogue.directory)
        try selection.choose(from: catalogue.directory)
        properties.topic = selection.topic
        properties.frameCount = catalogue.messageCounts.map { counts in
            selection.channels.reduce(0) { $0 + (counts[$1.id] ?? 0) }
        }
    }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        while true {
            if lost > 0 {
                lost -= 1
                return .corrupt(corruption(damage.reason, bytes: 0, at: damage.position, losesFrame: true))
            }
            if isOver { return .end(truncated: false) }
            switch try messages.next() {
            case .message(let message): if let event = try take(message, into: &frame) { return event }
            case .other: continue
            case .damaged(let reason, let position, let bytes):
                damage = (reason, position)
                return .corrupt(corruption(reason, bytes: bytes, at: position, losesFrame: false))
            case .lost(let channel, let count): if selection.contains(channel) { lost += count }
            case .dataEnd: isOver = true
            case .end(let end):
                isOver = true
                if end != .closed { return .end(truncated: true) }
            case .stopped: return .stopped
            }
        }
    }

    /// Memory that the reader takes, frames apart.
    var capacity: Int { messages.capacity }

    func rewind() throws(FrameIOError) -> Bool {
        guard messages.rewind() else { return false }
        (nextID, lost, isOver) = (0, 0, false)
        properties.missingFrames = 0
        selection.forgetSequences()
        return true
    }

    private func take(_ message: McapMessage, into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent? {
        guard let schema = try selection.schema(of: message, in: messages.directory) else { return nil }
        if properties.topic == nil { properties.topic = selection.topic }
        let number = selection.number(message)
        if case .missing(let count) = number { properties.missingFrames += count }
        switch extractor.extract(message, schema, into: &frame) {
        case .frame:
            frame.header.id = nextID
            switch number {
            case .next: break
            case .repeated: frame.header.findings = .duplicateID
            case .missing: frame.header.findings = .gap
            }
            nextID += 1
            return .frame
        case .broken(let reason):
            return .corrupt(corruption(reason, bytes: message.data.count, at: Int(nextID), losesFrame: true))
        case .unsupported(let format):
            let what = schema.isRaw ? "pixels of encoding '\(format)'" : "pictures of format '\(format)'"
            let known = schema.isRaw ? RawImageLayout.names : "jpeg, png"
            throw .unsupported("\(messages.path): topic \(selection.topic ?? "") holds \(what) (read are: \(known))")
        }
    }

    private func corruption(
        _ reason: Corruption.Reason, bytes: Int, at position: Int, losesFrame: Bool
    ) -> Corruption {
        defer { if losesFrame { nextID += 1 } }
        return Corruption(
            reason: reason, bytesSkipped: bytes, lostFrame: losesFrame ? nextID : nil, position: position)
    }
}
