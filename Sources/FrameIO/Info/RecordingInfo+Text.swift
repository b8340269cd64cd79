extension RecordingInfo {
    /// The report's lines for people.
    var lines: [String] {
        var lines = [
            "recording: profile \(profile.isEmpty ? "none" : profile), written by \(library.isEmpty ? "?" : library)",
            "index: \(isIndexed ? "yes" : "no"), statistics: \(hasStatistics ? "yes" : "no")",
        ]
        if chunks.isEmpty {
            lines.append("chunks: none")
        } else {
            let kinds = chunks.map { "\($0.count) \($0.compression)" }.joined(separator: ", ")
            lines.append(
                "chunks: \(kinds), \(compressedBytes) bytes for \(uncompressedBytes), \(checkedChunks) with checksum")
        }
        if let holds = dataChecksumHolds { lines.append("checksum of all data: \(holds ? "right" : "WRONG")") }
        lines += topics.map(line)
        for entry in metadata {
            let fields = entry.fields.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            lines.append("metadata: \(entry.name) \(fields)")
        }
        if attachments > 0 { lines.append("attachments: \(attachments)") }
        if unknownRecords > 0 { lines.append("records of unknown kinds: \(unknownRecords)") }
        for damage in damages.prefix(10) { lines.append("damage: \(damage.description)") }
        if damages.count > 10 { lines.append("damage: \(damages.count - 10) more") }
        return lines + endLines
    }

    private func line(_ topic: Topic) -> String {
        var text = "topic: \(topic.name), \(topic.schema.isEmpty ? "no schema" : topic.schema) in \(topic.encoding), "
        text += "\(topic.messages) messages"
        if let first = topic.firstLogTime, let last = topic.lastLogTime, let span = Int64(exactly: last - first) {
            text += " in \(StreamInfo.seconds(span)) s"
        }
        if topic.channels > 1 { text += ", \(topic.channels) publishers" }
        if topic.missing > 0 { text += ", \(topic.missing) missing by its count" }
        if topic.lost > 0 { text += ", \(topic.lost) lost in damaged chunks" }
        return text
    }

    private var endLines: [String] {
        let chunkCount = chunks.reduce(0) { $0 + $1.count }
        let whole = "whole: \(messages) messages" + (chunkCount > 0 ? " in \(chunkCount) chunks" : "")
        switch end {
        case .closed: return damages.isEmpty ? ["end: clean"] : [whole, "end: clean"]
        case .unfinished: return [whole, "end: not finished" + (hasAllData ? " (only the index is lost)" : "")]
        case .cut(let kind, let position, let bytes):
            let lost = hasAllData ? "only the index is lost" : "\(bytes) bytes of it are lost"
            return [whole, "end: cut inside a record (\(kind)) that begins at \(position); \(lost)"]
        }
    }

    /// Appends the same as a JSON object.
    func append(to text: inout ByteBuffer) {
        text.append("{\"profile\":")
        text.append(quoted: profile)
        text.append(",\"library\":")
        text.append(quoted: library)
        text.append(",\"indexed\":")
        text.append(isIndexed ? "true" : "false")
        text.append(",\"statistics\":")
        text.append(hasStatistics ? "true" : "false")
        text.append(",\"chunks\":{")
        for (index, entry) in chunks.enumerated() {
            if index > 0 { text.append(",") }
            text.append(quoted: entry.compression)
            text.append(":")
            text.append(decimal: entry.count)
        }
        text.append("},\"checked_chunks\":")
        text.append(decimal: checkedChunks)
        text.append(",\"compressed_bytes\":")
        text.append(decimal: compressedBytes)
        text.append(",\"uncompressed_bytes\":")
        text.append(decimal: uncompressedBytes)
        text.append(",\"data_checksum\":")
        text.append(quoted: dataChecksumHolds.map { $0 ? "right" : "wrong" })
        text.append(",\"messages\":")
        text.append(decimal: messages)
        text.append(",\"topics\":[")
        for (index, topic) in topics.enumerated() {
            if index > 0 { text.append(",") }
            append(topic, to: &text)
        }
        text.append("],\"metadata\":[")
        for (index, entry) in metadata.enumerated() {
            if index > 0 { text.append(",") }
            append(entry, to: &text)
        }
        text.append("],\"attachments\":")
        text.append(decimal: attachments)
        text.append(",\"unknown_records\":")
        text.append(decimal: unknownRecords)
        text.append(",\"damages\":")
        text.append(decimal: damages.count)
        text.append(",\"all_data\":")
        text.append(hasAllData ? "true" : "false")
        appendEnd(to: &text)
        text.append("}")
    }

    private func append(_ topic: Topic, to text: inout ByteBuffer) {
        text.append("{\"name\":")
        text.append(quoted: topic.name)
        text.append(",\"schema\":")
        text.append(quoted: topic.schema)
        text.append(",\"encoding\":")
        text.append(quoted: topic.encoding)
        text.append(",\"images\":")
        text.append(topic.hasImages ? "true" : "false")
        text.append(",\"publishers\":")
        text.append(decimal: topic.channels)
        text.append(",\"messages\":")
        text.append(decimal: topic.messages)
        text.append(",\"missing\":")
        text.append(decimal: topic.missing)
        text.append(",\"lost\":")
        text.append(decimal: topic.lost)
        text.append(",\"first_log_ns\":")
        text.append(optional: topic.firstLogTime.map { Int64(clamping: $0) })
        text.append(",\"last_log_ns\":")
        text.append(optional: topic.lastLogTime.map { Int64(clamping: $0) })
        text.append("}")
    }

    private func append(_ entry: Metadata, to text: inout ByteBuffer) {
        text.append("{\"name\":")
        text.append(quoted: entry.name)
        text.append(",\"fields\":{")
        for (index, field) in entry.fields.enumerated() {
            if index > 0 { text.append(",") }
            text.append(quoted: field.key)
            text.append(":")
            text.append(quoted: field.value)
        }
        text.append("}}")
    }

    private func appendEnd(to text: inout ByteBuffer) {
        text.append(",\"end\":")
        switch end {
        case .closed: text.append("\"closed\"")
        case .unfinished: text.append("\"unfinished\"")
        case .cut(let kind, let position, let bytes):
            text.append("\"cut\",\"cut_inside\":")
            text.append(quoted: kind)
            text.append(",\"cut_position\":")
            text.append(decimal: position)
            text.append(",\"cut_bytes\":")
            text.append(decimal: bytes)
        }
    }
}
