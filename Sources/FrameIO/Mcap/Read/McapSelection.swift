/// The channels of the topic that is read; a topic may have several, one for each publisher.
struct McapSelection {
    struct Chosen {
        let id: UInt16
        let schema: ImageSchema
        var counter = SequenceCounter()
    }

    private(set) var topic: String?
    private(set) var channels: [Chosen] = []
    private let wanted: String?
    private let path: String
    /// Channels of the directory that have been looked at.
    private var known = 0

    init(wanted: String?, path: String) {
        self.wanted = wanted
        self.path = path
    }

    /// Chooses the topic from all channels of a recording.
    mutating func choose(from directory: McapDirectory) throws(FrameIOError) {
        let chosen = try McapTopicChoice.choose(wanted, in: directory, path: path)
        topic = chosen
        known = directory.channels.count
        channels = directory.channels.compactMap { channel in
            guard channel.topic == chosen, let schema = directory.images(of: channel) else { return nil }
            return channels.first { $0.id == channel.id } ?? Chosen(id: channel.id, schema: schema)
        }
    }

    /// What `message` holds, if it is of the topic. In a pipe the first image message decides on the topic; a second
    /// topic that comes later is an error unless one is named.
    mutating func schema(of message: McapMessage, in directory: McapDirectory) throws(FrameIOError) -> ImageSchema? {
        if directory.channels.count != known {
            known = directory.channels.count
            let isDue = directory.channels.contains { channel in
                wanted == nil ? directory.images(of: channel) != nil : channel.topic == wanted
            }
            if isDue { try choose(from: directory) }
        }
        for index in channels.indices where channels[index].id == message.channel { return channels[index].schema }
        return nil
    }

    func contains(_ id: UInt16) -> Bool { channels.contains { $0.id == id } }

    /// What the publisher's counter says of this message.
    mutating func number(_ message: McapMessage) -> SequenceCounter.Verdict {
        for index in channels.indices where channels[index].id == message.channel {
            return channels[index].counter.take(message.sequence)
        }
        return .next
    }

    mutating func forgetSequences() {
        for index in channels.indices { channels[index].counter = SequenceCounter() }
    }
}

/// Follows a publisher's message counter. One that has never moved (publishers that do not count) or goes back (one that
/// was started again) tells nothing.
struct SequenceCounter: Equatable {
    enum Verdict: Equatable {
        case next
        /// The number of the message before again.
        case repeated
        /// As many messages are missing in front of this one.
        case missing(Int)
    }

    private var last: UInt32?
    private var counts = false

    /// Judges the next message's number.
    mutating func take(_ sequence: UInt32) -> Verdict {
        defer { last = sequence }
        guard let last else { return .next }
        if sequence == last { return counts ? .repeated : .next }
        counts = true
        return sequence > last && sequence - last > 1 ? .missing(Int(sequence - last) - 1) : .next
    }
}
