/// The channels and schemas of a recording, as far as they have been read.
struct McapDirectory {
    struct Schema {
        let name: String
        let encoding: String
    }

    struct Channel {
        let id: UInt16
        let schemaID: UInt16
        let topic: String
        let encoding: String
    }

    private var hasHeader = false
    private(set) var profile = ""
    private(set) var library = ""
    private(set) var schemas: [UInt16: Schema] = [:]
    private(set) var channels: [Channel] = []

    /// Takes a header record; false where it is broken. A second one (after a rewind) costs nothing.
    mutating func takeHeader(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
        var cursor = ByteCursor(body)
        let (profile, library) = (cursor.prefixed(), cursor.prefixed())
        guard cursor.isValid else { return false }
        guard !hasHeader else { return true }
        hasHeader = true
        self.profile = Self.text(profile)
        self.library = Self.text(library)
        return true
    }

    /// Takes a schema record; false where it is broken. One that is known already costs nothing.
    mutating func takeSchema(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
        var cursor = ByteCursor(body)
        let id = cursor.u16()
        let (name, encoding) = (cursor.prefixed(), cursor.prefixed())
        _ = cursor.prefixed()
        guard cursor.isValid, id != 0 else { return false }
        guard schemas[id] == nil else { return true }
        schemas[id] = Schema(name: Self.text(name), encoding: Self.text(encoding))
        return true
    }

    /// Takes a channel record; false where it is broken. One that is known already costs nothing.
    mutating func takeChannel(_ body: UnsafeBufferPointer<UInt8>) -> Bool {
        var cursor = ByteCursor(body)
        let (id, schemaID) = (cursor.u16(), cursor.u16())
        let (topic, encoding) = (cursor.prefixed(), cursor.prefixed())
        _ = cursor.prefixed()
        guard cursor.isValid else { return false }
        for index in channels.indices where channels[index].id == id { return true }
        channels.append(
            Channel(id: id, schemaID: schemaID, topic: Self.text(topic), encoding: Self.text(encoding)))
        return true
    }

    /// The name of a channel's schema; empty where it has none.
    func schemaName(of channel: Channel) -> String { schemas[channel.schemaID]?.name ?? "" }

    /// What a channel's messages are, if they are images that can be read.
    func images(of channel: Channel) -> ImageSchema? {
        ImageSchema(schema: schemaName(of: channel), encoding: channel.encoding)
    }

    /// Topics that hold images, each once, in the order in which they were met.
    var imageTopics: [String] {
        var topics: [String] = []
        for channel in channels where images(of: channel) != nil && !topics.contains(channel.topic) {
            topics.append(channel.topic)
        }
        return topics
    }

    /// `/camera (sensor_msgs/msg/Image, cdr)` for each of `channels`.
    func list(_ channels: [Channel]) -> String {
        var seen: Set<String> = []
        let texts = channels.map { channel in
            let schema = schemaName(of: channel)
            return "\(channel.topic) (\(schema.isEmpty ? "no schema" : schema), \(channel.encoding))"
        }
        return texts.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
