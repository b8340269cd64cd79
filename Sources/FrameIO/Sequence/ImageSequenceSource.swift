import Glibc

/// Picture files, one frame each. A file that is missing or no picture is reported and keeps its number.
final class ImageSequenceSource: FrameSource {
    let properties: StreamProperties
    let names: NameTable?
    private let paths: NameTable
    private let times: UnsafeMutablePointer<Int64>
    private let stop: StopSignal?
    private var nextIndex = 0

    /// Stands for "no capture time" in `times`.
    private static let noTime = Int64.min

    init(list: PictureList, format: InputFormat, stop: StopSignal?) {
        paths = NameTable(list.files)
        names = list.outputNames.map(NameTable.init)
        times = .allocate(capacity: max(1, list.files.count))
        for (index, time) in list.times.enumerated() { times[index] = time ?? Self.noTime }
        self.stop = stop
        properties = StreamProperties(
            format: format, frameCount: list.files.count, hasCaptureTimes: list.times.contains { $0 != nil },
            notes: list.notes)
    }

    deinit { times.deallocate() }

    func next(into frame: inout FrameBuffer) throws(FrameIOError) -> FrameEvent {
        if stop?.isStopped == true { return .stopped }
        guard nextIndex < paths.count else { return .end(truncated: false) }
        let index = nextIndex
        nextIndex += 1
        guard Self.readFile(paths.cString(index), into: &frame.bytes) else { return lost(index, .unreadableFile, 0) }
        let bytes = frame.bytes.bytes
        let capture = times[index] == Self.noTime ? nil : times[index]
        guard let payload = FramePayload(magicOf: bytes) else { return lost(index, .notAPicture, bytes.count) }
        let (width, height) = payload.size(in: bytes)
        frame.header = FrameHeader(
            id: UInt64(index), captureNanoseconds: capture, payload: payload, width: width, height: height,
            byteCount: bytes.count, nameIndex: names == nil ? -1 : Int32(index))
        return .frame
    }

    func rewind() throws(FrameIOError) -> Bool {
        nextIndex = 0
        return true
    }

    private func lost(_ index: Int, _ reason: Corruption.Reason, _ bytes: Int) -> FrameEvent {
        .corrupt(Corruption(reason: reason, bytesSkipped: bytes, lostFrame: UInt64(index), position: index))
    }

    /// Reads a whole regular file of at most the limit's size.
    private static func readFile(_ path: UnsafePointer<CChar>, into buffer: inout ByteBuffer) -> Bool {
        buffer.removeAll()
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            Int(status.st_size) <= ImageLimits.maximumEncodedBytes
        else { return false }
        let size = Int(status.st_size)
        buffer.reserve(size)
        while buffer.count < size {
            let got = read(descriptor, buffer.base + buffer.count, size - buffer.count)
            if got == 0 { break }
            if got < 0 {
                guard errno == EINTR else { return false }
                continue
            }
            buffer.setCount(buffer.count + got)
        }
        return true
    }
}
