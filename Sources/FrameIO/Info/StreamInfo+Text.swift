extension StreamInfo {
    /// A short report for people, one fact a line.
    public var report: String {
        var lines = ["format: \(properties.format.name)" + (payload.map { ", frames as \($0)" } ?? "")]
        lines.append("frames: \(frames), \(bytes) bytes")
        for size in sizes { lines.append("size: \(size.width)x\(size.height) (\(size.frames) frames)") }
        if let rate = properties.frameRate {
            lines.append("declared rate: \(rate.numerator)/\(rate.denominator) a second")
        }
        lines.append(contentsOf: timeLines)
        for corruption in corruptions.prefix(10) { lines.append("damage: \(corruption.description)") }
        if corruptions.count > 10 { lines.append("damage: \(corruptions.count - 10) more") }
        if let recording {
            lines.append(contentsOf: recording.lines)
        } else {
            lines.append(truncated ? "end: inside a frame (truncated)" : "end: clean")
        }
        lines.append(contentsOf: properties.notes.map { "note: \($0)" })
        return lines.joined(separator: "\n")
    }

    /// The same as one JSON object.
    public var json: String {
        var text = ByteBuffer(capacity: 4096)
        text.append("{\"format\":")
        text.append(quoted: properties.format.name)
        text.append(",\"payload\":")
        text.append(quoted: payload)
        text.append(",\"frames\":")
        text.append(decimal: frames)
        text.append(",\"bytes\":")
        text.append(decimal: bytes)
        text.append(",\"sizes\":[")
        for (index, size) in sizes.enumerated() {
            text.append(index == 0 ? "{\"width\":" : ",{\"width\":")
            text.append(decimal: size.width)
            text.append(",\"height\":")
            text.append(decimal: size.height)
            text.append(",\"frames\":")
            text.append(decimal: size.frames)
            text.append("}")
        }
        text.append("],\"frame_rate\":")
        if let rate = properties.frameRate { text.append(number: rate.framesPerSecond) } else { text.append("null") }
        text.append(",\"clock\":")
        text.append(quoted: timedFrames > 0 ? "capture" : "arrival")
        text.append(",\"first_capture_ns\":")
        text.append(optional: firstCaptureNanoseconds)
        text.append(",\"last_capture_ns\":")
        text.append(optional: lastCaptureNanoseconds)
        text.append(",\"median_step_ns\":")
        text.append(optional: medianStepNanoseconds)
        text.append(",\"backward_steps\":")
        text.append(decimal: backwardSteps)
        text.append(",\"gaps\":[")
        for (index, gap) in gaps.enumerated() {
            text.append(index == 0 ? "{\"after_frame\":" : ",{\"after_frame\":")
            text.append(decimal: gap.afterFrame)
            text.append(",\"ns\":")
            text.append(decimal: gap.nanoseconds)
            text.append("}")
        }
        text.append("],\"corruptions\":")
        text.append(decimal: corruptions.count)
        text.append(",\"truncated\":")
        text.append(truncated ? "true" : "false")
        text.append(",\"notes\":[")
        for (index, note) in properties.notes.enumerated() {
            if index > 0 { text.append(",") }
            text.append(quoted: note)
        }
        text.append("]")
        if let recording {
            text.append(",\"topic\":")
            text.append(quoted: properties.topic)
            text.append(",\"missing_frames\":")
            text.append(decimal: properties.missingFrames)
            text.append(",\"mcap\":")
            recording.append(to: &text)
        }
        text.append("}\n")
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private var timeLines: [String] {
        guard let span = spanNanoseconds, let step = medianStepNanoseconds else {
            return ["clock: \(timedFrames > 0 ? "capture, too few frames for a span" : "arrival (no capture times)")"]
        }
        var lines = ["clock: capture, \(Self.seconds(span)) s from first to last, usual step \(Self.seconds(step)) s"]
        if timedFrames < frames { lines.append("clock: \(frames - timedFrames) frames without capture time") }
        if backwardSteps > 0 { lines.append("clock: \(backwardSteps) steps backward or of zero") }
        lines.append("gaps: \(gaps.count)")
        for gap in gaps.prefix(10) {
            lines.append("gap: \(Self.seconds(gap.nanoseconds)) s after frame \(gap.afterFrame)")
        }
        return lines
    }

    static func seconds(_ nanoseconds: Int64) -> String {
        var text = ByteBuffer()
        text.append(number: Double(nanoseconds) / 1e9)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}

extension ByteBuffer {
    /// Appends a JSON string, or `null`.
    mutating func append(quoted text: String?) {
        guard var text else {
            append("null")
            return
        }
        append(UInt8(ascii: "\""))
        text.withUTF8 { append(jsonEscaped: $0) }
        append(UInt8(ascii: "\""))
    }

    /// Appends a decimal number, or `null`.
    mutating func append(optional value: Int64?) {
        if let value { append(decimal: value) } else { append("null") }
    }
}
