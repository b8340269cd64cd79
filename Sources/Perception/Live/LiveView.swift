internal import Foundation
internal import FrameIO
public import Monitoring
internal import OpenSet
internal import Streaming
internal import Synchronization
public import WebView

/// The web view of a run (`--metrics`): what frames tell, and the server that shows it.
public final class LiveView: Sendable {
    private let server: WebServer
    private let picture: LivePicture
    private let keeper: HistoryObserver

    /// Where it can be seen.
    public var url: String { server.url }

    /// What must see the frames, beside `monitor`.
    public var observers: [any FrameObserver] { [picture.tap, keeper] }

    /// Binds the address and begins to answer. Allocates all that the frame path will need, save memory for pictures,
    /// which is reserved when the first is asked for.
    public convenience init(
        _ access: WebAccess, settings: PerceptionSettings, monitor: RunMonitor
    ) throws(ModelError) {
        do {
            try self.init(checked: access, settings, monitor)
        } catch {
            throw ModelError("\(error)")
        }
    }

    private init(checked access: WebAccess, _ settings: PerceptionSettings, _ monitor: RunMonitor) throws {
        let picture = try LivePicture(settings)
        let keeper = HistoryObserver()
        let desk = SnapshotDesk(monitor)
        let classes = Self.classes(try settings.palette)
        let history = keeper.history
        server = try WebServer(
            access,
            routes: [
                "/metrics": { request in
                    let format = MetricsFormat(accept: request.accept)
                    return desk.reply(type: format.contentType) { Data(format.render($0)) }
                },
                "/api/snapshot": { _ in desk.reply(type: "application/json") { $0.jsonBytes } },
                "/api/classes": { _ in WebReply(classes, type: "application/json") },
                "/api/history": { request in
                    let now = MonotonicTime.now() / 1_000_000_000
                    let last = request.query["after"].flatMap { Int64($0) } ?? -1
                    let seconds = history.seconds(after: max(-1, min(last, now)), before: now)
                    return WebReply(HistoryJSON.history(seconds, now: now), type: "application/json")
                },
                "/api/worst": { _ in WebReply(HistoryJSON.worst(history.slowestFrames), type: "application/json") },
                "/frame.jpg": { request in
                    guard let found = await picture.picture(after: request.query["after"].flatMap { UInt64($0) }) else {
                        return .empty
                    }
                    return WebReply(found)
                },
            ])
        self.picture = picture
        self.keeper = keeper
        server.start()
    }

    /// Closes the port.
    public func stop() {
        server.stop()
        picture.stop()
    }

    private static func classes(_ palette: Palette) -> Data {
        func object(_ entry: Palette.Entry) -> [String: String] {
            let color = [entry.color.red, entry.color.green, entry.color.blue]
            return ["name": entry.name, "color": "#" + color.map { String(format: "%02x", $0) }.joined()]
        }
        let object: [String: Any] = ["classes": palette.classes.map(object), "unknown": object(palette.unknown)]
        return (try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)) ?? Data("{}".utf8)
    }
}

/// Writes the history as frames end.
private final class HistoryObserver: FrameObserver {
    let history = HistoryKeeper()

    func frameEnded(_ frame: borrowing EndedFrame) { history.note(frame.record, frame.pipelineRecord) }
}

/// Gives all who ask within a moment the same snapshot, so that many lookers cost hardly more than one, and what two
/// routes say can be compared: the reply's header has the snapshot's number.
private final class SnapshotDesk: Sendable {
    private struct State {
        var number = 0
        var taken: (snapshot: RunSnapshot, at: ContinuousClock.Instant)?
    }

    private static let moment = Duration.milliseconds(250)
    private let monitor: RunMonitor
    private let state = Mutex(State())

    init(_ monitor: RunMonitor) { self.monitor = monitor }

    func reply(type: String, _ body: (RunSnapshot) -> Data) -> WebReply {
        let (number, snapshot) = state.withLock { state in
            if let taken = state.taken, taken.at.duration(to: .now) < Self.moment {
                return (state.number, taken.snapshot)
            }
            state.number += 1
            let snapshot = monitor.snapshot()
            state.taken = (snapshot, .now)
            return (state.number, snapshot)
        }
        return WebReply(body(snapshot), type: type, headers: [("Densehybrid-Snapshot", "\(number)")])
    }
}

extension WebReply {
    private struct Region: Encodable {
        let x: Int
        let y: Int
        let width: Int
        let height: Int
        let area: Int
        let distance: Double?
    }

    /// A picture; what is known of it is in headers, so that both are of the same frame.
    fileprivate init(_ picture: LivePicture.Picture) {
        let regions = picture.regions.map { region in
            var distance: Double?
            if case .metres(let metres) = region.distance { distance = (metres * 10).rounded() / 10 }
            return Region(
                x: region.x, y: region.y, width: region.width, height: region.height, area: region.area,
                distance: distance)
        }
        let list = (try? JSONEncoder().encode(regions)).map { String(decoding: $0, as: UTF8.self) }
        self.init(
            picture.jpeg, type: "image/jpeg",
            headers: [
                ("Densehybrid-Picture", "\(picture.sequence)"), ("Densehybrid-Frame", "\(picture.frameID)"),
                ("Densehybrid-Width", "\(picture.width)"), ("Densehybrid-Height", "\(picture.height)"),
                ("Densehybrid-Regions", list ?? "[]"),
            ])
    }
}
