/// What an MCAP recording holds, and of a damaged one what is whole and what is lost.
public struct RecordingInfo: Sendable, Equatable {
    /// The messages of one topic.
    public struct Topic: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Name of its schema; empty without one.
        public var schema: String
        /// How messages are encoded, such as `cdr`.
        public var encoding: String
        /// Publishers.
        public var channels = 1
        /// Whole messages.
        public var messages = 0
        /// Messages that an index shows to be lost in damaged chunks.
        public var lost = 0
        /// Messages that the publishers' counters show to be missing.
        public var missing = 0
        /// Smallest log time in nanoseconds.
        public var firstLogTime: UInt64?
        /// Largest log time in nanoseconds.
        public var lastLogTime: UInt64?
        /// Whether its messages are images that can be read.
        public var hasImages = false
    }

    /// A named list of texts.
    public struct Metadata: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Keys and values in the order of the file.
        public var fields: [Field]

        /// One of them.
        public struct Field: Sendable, Equatable {
            /// Its name.
            public var key: String
            /// Its text.
            public var value: String
        }
    }

    /// How the file ends.
    public enum End: Sendable, Equatable {
        /// With footer and magic.
        case closed
        /// Behind a whole record, without footer.
        case unfinished
        /// Inside a record of this kind, which began at `position`; `bytes` of it are there.
        case cut(kind: String, position: Int, bytes: Int)
    }

    /// `ros2` or another profile; often empty.
    public var profile = ""
    /// What wrote the file.
    public var library = ""
    /// Topics in the order of the file.
    public var topics: [Topic] = []
    /// Whole chunks by compression.
    public var chunks: [Chunks] = []
    /// Whole chunks with a checksum.
    public var checkedChunks = 0
    /// Bytes of all chunks as stored.
    public var compressedBytes: UInt64 = 0
    /// Bytes of all chunks' records.
    public var uncompressedBytes: UInt64 = 0
    /// Whether the checksum over all data holds; nil where there is none, or the data does not come to its end.
    public var dataChecksumHolds: Bool?
    /// Whether the summary has an index of chunks.
    public var isIndexed = false
    /// Whether the summary has statistics.
    public var hasStatistics = false
    /// Whether all messages are there: the data came to its end mark, and no chunk was damaged.
    public var hasAllData = false
    /// Metadata records.
    public var metadata: [Metadata] = []
    /// Attachments.
    public var attachments = 0
    /// Records of kinds that are not known.
    public var unknownRecords = 0
    /// Stretches that gave no messages.
    public var damages: [Corruption] = []
    /// How it ends.
    public var end = End.closed

    /// Chunks of one compression.
    public struct Chunks: Sendable, Equatable {
        /// `none`, `lz4` or `zstd`.
        public var compression: String
        /// How many.
        public var count: Int
    }

    /// Whole messages of all topics.
    public var messages: Int { topics.reduce(0) { $0 + $1.messages } }

    /// Whether the file is damaged or not finished, be it only its index.
    public var hasDataLoss: Bool { end != .closed || !damages.isEmpty || dataChecksumHolds == false }
}
