internal import ArgumentParser

/// How frames come, and with it whether any may be lost. The modes are never mixed: a lossless replay gives the same maps
/// on every machine, a replay at recorded pace what a car would have got.
enum Pace: CustomStringConvertible {
    /// `run`: as the input delivers them. What may be lost is told by --queue and the budget.
    case input
    /// `replay --pace none`: as fast as they are processed; nothing is lost.
    case none
    /// `replay --pace realtime` and `--rate R`: at recorded times, `rate` recorded seconds a second.
    case realtime(rate: Double)

    /// What `replay` was asked for.
    init(replay pace: String?, rate: Double?) throws {
        switch (pace, rate) {
        case (nil, nil), ("none"?, nil): self = .none
        case ("none"?, _?): throw ValidationError("--rate needs --pace realtime; --pace none goes as fast as it can")
        case (nil, let rate?), ("realtime"?, let rate?): self = .realtime(rate: rate)
        case ("realtime"?, nil): self = .realtime(rate: 1)
        case (let other?, _): throw ValidationError("--pace takes none or realtime, not '\(other)'")
        }
        if let rate, !(0.0001...10_000 ~= rate) {
            throw ValidationError("--rate takes recorded seconds a second, 0.0001 to 10000, not \(rate)")
        }
    }

    /// In front of the queue in a run's first line.
    var description: String {
        switch self {
        case .input: ""
        case .none: "pace none, "
        case .realtime(let rate): "pace realtime at rate \(rate), "
        }
    }

    /// In manifests.
    var name: String {
        switch self {
        case .input: "input"
        case .none: "none"
        case .realtime(let rate): "realtime \(rate)"
        }
    }

    /// Whether frames may be lost, and the decisions on them are worth writing down; else they can be followed.
    var isLive: Bool {
        if case .none = self { return false }
        return true
    }

    /// Refuses options that would lose frames of a lossless replay.
    func check(queue: String?, onLate: String?) throws {
        guard case .none = self else { return }
        if let queue, queue != "block" {
            throw ValidationError("--pace none loses no frame: --queue \(queue) needs --pace realtime")
        }
        if let onLate, onLate != "finish" {
            throw ValidationError("--pace none loses no frame: --on-late \(onLate) needs --pace realtime")
        }
    }

    /// The queue policy. Pipeline files describe a car: a lossless replay passes over what they say of losses.
    func queue(option: String?, file: String?, hasBudget: Bool) -> String {
        switch self {
        case .none: "block"
        case .realtime: option ?? file ?? "latest"
        // A stream with a deadline is a live one: old frames give way. Without a deadline nothing is lost.
        case .input: option ?? file ?? (hasBudget ? "latest" : "block")
        }
    }

    /// What becomes of late frames.
    func onLate(option: String?, file: String?) -> String {
        if case .none = self { return "finish" }
        return option ?? file ?? "drop"
    }
}
