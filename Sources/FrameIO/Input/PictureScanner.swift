/// Finds the end of one encoded picture at the front of a growing window of bytes.
protocol PictureScanner {
    /// The bytes that every picture begins with.
    static var magic: Magic { get }
    static var payload: FramePayload { get }

    /// A scanner at the beginning of a picture.
    init()

    /// Looks on where the last call ended. `bytes` begins with the picture and only ever grows between calls.
    mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> PictureScan

    /// Where to look for the next picture when the input ends inside this one.
    var resumeAtEnd: Int { get }

    /// Size as the picture's header says; 0 until it has been seen.
    var width: Int { get }
    var height: Int { get }
}

/// What a scanner found.
enum PictureScan: Equatable {
    case needsMore
    case complete(length: Int)
    /// The next picture has to be looked for from `resumeAt` on.
    case broken(Corruption.Reason, resumeAt: Int)
}
