internal import FrameIO
internal import Streaming

extension FrameStatus {
    /// A fate in the words of the outputs; constant strings, so that nothing is allocated.
    init(_ fate: FrameFate) {
        switch fate {
        case .delivered: self = .delivered
        case .dropped(let place, let reason): self = .dropped(place: place.word, reason: reason.word)
        case .failed(let place, let reason): self = .failed(place: place.word, reason: reason.word)
        }
    }
}

extension FramePlace {
    fileprivate var word: StaticString {
        switch self {
        case .source: "source"
        case .admission: "admission"
        case .stage(let stage):
            switch stage {
            case .decode: "decode"
            case .normalize: "normalize"
            case .backbone: "backbone"
            case .heads: "heads"
            case .score: "score"
            case .threshold: "threshold"
            case .fuse: "fuse"
            case .write: "write"
            }
        }
    }
}

extension DropReason {
    fileprivate var word: StaticString {
        switch self {
        case .queueFull: "queue-full"
        case .superseded: "superseded"
        case .poolEmpty: "pool-empty"
        case .deadline: "deadline"
        case .stopped: "stopped"
        case .skipped: "skipped"
        }
    }
}

extension FailureReason {
    fileprivate var word: StaticString {
        switch self {
        case .corrupt: "corrupt"
        case .truncated: "truncated"
        case .size: "size"
        case .unsupported: "unsupported"
        case .compute: "compute"
        case .output: "output"
        case .overflow: "overflow"
        }
    }
}
