/// Picks the topic whose images are read.
enum McapTopicChoice {
    /// `wanted` where it is there and holds images, else the only topic that does, the maps and overlays of this program
    /// left aside where there is another. The errors list what there is.
    static func choose(_ wanted: String?, in directory: McapDirectory, path: String) throws(FrameIOError) -> String {
        let images = directory.channels.filter { directory.images(of: $0) != nil }
        if let wanted {
            let channels = directory.channels.filter { $0.topic == wanted }
            guard !channels.isEmpty else {
                throw .usage("\(path): no topic \(wanted); there are \(listed(directory.channels, directory))")
            }
            guard channels.contains(where: { directory.images(of: $0) != nil }) else {
                throw .unsupported(
                    "\(path): \(directory.list(channels)) holds no images that can be read (\(ImageSchema.names))")
            }
            return wanted
        }
        let topics = candidates(directory.imageTopics)
        guard let only = topics.first else {
            throw .unsupported(
                "\(path): no topic with images that can be read (\(ImageSchema.names)); there are "
                    + listed(directory.channels, directory))
        }
        guard topics.count == 1 else {
            throw .usage("\(path): several topics with images, name one with --topic: \(directory.list(images))")
        }
        return only
    }

    /// Of topics with images those that may be meant where none is named: this program's own only if there are no others.
    static func candidates(_ topics: [String]) -> [String] {
        let others = topics.filter { !$0.hasPrefix("/densehybrid/") }
        return others.isEmpty ? topics : others
    }

    private static func listed(_ channels: [McapDirectory.Channel], _ directory: McapDirectory) -> String {
        channels.isEmpty ? "none" : directory.list(channels)
    }
}
