/// All channels of a recorded file, found before the first message is read.
struct McapCatalogue {
    private(set) var directory = McapDirectory()
    /// Messages by channel, where the statistics tell.
    private(set) var messageCounts: [UInt16: Int]?

    /// Reads the summary at the end of the file; where there is none, the whole file, which is then rewound.
    init(_ messages: inout McapMessageReader) throws(FrameIOError) {
        if try readSummary(messages) { return }
        messageCounts = nil
        scan: while true {
            switch try messages.next() {
            case .message, .other, .damaged, .lost: continue
            case .dataEnd, .end, .stopped: break scan
            }
        }
        directory = messages.directory
        guard messages.rewind() else { throw .unsupported("\(messages.path): cannot be read a second time") }
    }

    /// Whether the file has a summary that lists channels.
    private mutating func readSummary(_ messages: borrowing McapMessageReader) throws(FrameIOError) -> Bool {
        let footerBytes = McapFormat.recordHead + 20
        let tail = footerBytes + McapFormat.magicBytes
        guard let size = messages.size, let end = try messages.bytes(at: size - tail, count: tail) else { return false }
        var cursor = ByteCursor(end.bytes)
        guard cursor.u8() == McapOpcode.footer.rawValue, cursor.u64() == 20 else { return false }
        let start = cursor.u64()
        _ = cursor.take(12)
        guard start > 0, McapFormat.isMagic(cursor.rest()), start < UInt64(size - tail) else { return false }
        let first = Int(start)
        guard let summary = try messages.bytes(at: first, count: size - tail - first) else { return false }
        var records = ByteCursor(summary.bytes)
        while records.left > 0 {
            let opcode = McapOpcode(rawValue: records.u8())
            let body = records.take(Int(clamping: records.u64()))
            guard records.isValid, take(opcode, body) else { return false }
        }
        // Summaries may leave channels out; every message has one.
        return !directory.channels.isEmpty
    }

    private mutating func take(_ opcode: McapOpcode?, _ body: UnsafeBufferPointer<UInt8>) -> Bool {
        switch opcode {
        case .schema?: return directory.takeSchema(body)
        case .channel?: return directory.takeChannel(body)
        case .statistics?:
            var cursor = ByteCursor(body)
            _ = cursor.take(8 + 2 + 4 * 4 + 2 * 8)
            var counts = ByteCursor(cursor.prefixed())
            guard cursor.isValid else { return false }
            var found: [UInt16: Int] = [:]
            while counts.left > 0 {
                let channel = counts.u16()
                found[channel] = Int(clamping: counts.u64())
            }
            if counts.isValid { messageCounts = found }
            return true
        default: return true
        }
    }
}
