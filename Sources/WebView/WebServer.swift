internal import Dispatch
internal import FlyingSocks
internal import Foundation
internal import Streaming
internal import Synchronization

/// Answers one path. Called on the server's one thread: must not block it for long, may wait with `await`.
public typealias WebRoute = @Sendable (WebRequest) async -> WebReply

/// The HTTP server inside the process: the page, and whatever routes it is given.
///
/// It stands on FlyingSocks, the socket half of FlyingFox, and not on FlyingFox's own server, which bounds neither the
/// length of a request nor the number of connections nor the time that a client takes, and ends when an accept fails.
/// Paths are looked up in a table; nothing is ever read from disk. All work is done on one thread of low priority.
public final class WebServer: Sendable {
    /// What clients are granted.
    struct Limits: Sendable {
        var connections = 32
        /// From the first byte that could come to the end of the head; also how long an idle connection stays open.
        var request = Duration.seconds(15)
        /// For making a reply and for taking it.
        var reply = Duration.seconds(10)
    }

    /// Where it listens, with the port that the system chose.
    public let url: String
    private let listener: Socket
    private let pool: any AsyncSocketPool = ServerPool.make()
    private let rules: AccessRules
    private let routes: [String: WebRoute]
    private let limits: Limits
    private let connections: Connections
    private let executor: WebExecutor
    private let task = Mutex<Task<Void, Never>?>(nil)
    private let closed = DispatchSemaphore(value: 0)

    /// Binds and listens; requests wait until `start`. `routes` are answered beside the page and win over it.
    public convenience init(_ access: WebAccess, routes: [String: WebRoute]) throws(WebError) {
        try self.init(access, routes: routes, limits: Limits())
    }

    init(_ access: WebAccess, routes: [String: WebRoute], limits: Limits) throws(WebError) {
        let address = access.address
        do throws(PipelineError) {
            executor = try WebExecutor.shared.get()
        } catch {
            throw WebError("cannot serve --metrics \(address): \(error)")
        }
        do {
            listener = try Self.listener(address)
            guard let port = try listener.port else { throw SocketError.unsupportedAddress }
            let machine = ProcessInfo.processInfo.hostName
            rules = AccessRules(address: address, port: port, token: access.token, machine: machine)
            url = "http://\(address.isIPv6 ? "[\(address.host)]" : address.host):\(port)/"
        } catch {
            throw WebError(
                "cannot serve --metrics \(address): \(Self.reason(error)); choose another port, or 0 for a free one")
        }
        self.routes = routes.merging(Pages.routes) { given, _ in given }
        self.limits = limits
        connections = Connections(limit: limits.connections)
    }

    /// How many connections are open.
    var openConnections: Int { connections.count }

    /// Begins to answer.
    public func start() {
        task.withLock { task in
            guard task == nil else { return }
            task = Task(executorPreference: executor) { await self.run() }
        }
    }

    /// Ends all connections and closes the port. Waits for that, two seconds at most. Call once, not on the server's
    /// own thread.
    public func stop() {
        connections.close()
        guard let task = task.withLock({ $0 }) else { return }
        task.cancel()
        _ = closed.wait(timeout: .now() + 2)
    }

    private func run() async {
        try? await pool.prepare()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.pool.run() }
            group.addTask { await self.accept() }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(1))) != nil { self.connections.endOverdue() }
            }
            await group.waitForAll()
        }
        try? listener.close()
        closed.signal()
    }

    private func accept() async {
        guard let door = try? AsyncSocket(socket: listener, pool: pool) else { return }
        while !Task.isCancelled {
            do {
                let socket = try await door.accept()
                guard let number = connections.admit(within: limits.request) else {
                    // More connections than anybody needs: this one is closed unheard.
                    try? socket.close()
                    continue
                }
                connections.serve(
                    number, by: Task(executorPreference: executor) { await self.serve(socket, number) })
            } catch {
                // A client that has gone again, or no descriptor free: neither ends the server.
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func serve(_ socket: AsyncSocket, _ number: Int) async {
        var received: [UInt8] = []
        // Ends when the client closes, breaks a rule or is late (then the task is cancelled).
        while let keepsAlive = try? await exchange(socket, number, &received), keepsAlive {}
        try? socket.close()
        connections.remove(number)
    }

    /// One request and its reply; whether another may follow.
    private func exchange(_ socket: AsyncSocket, _ number: Int, _ received: inout [UInt8]) async throws -> Bool {
        connections.expect(number, within: limits.request)
        var outcome = RequestHead.parse(received)
        while outcome == .incomplete {
            received += try await socket.read(atMost: 4096)
            outcome = RequestHead.parse(received)
        }
        connections.expect(number, within: limits.reply)
        switch outcome {
        case .incomplete: return false
        case .refused(let status, let reason):
            let reply = WebReply(status: status, line: "\(status): \(reason)")
            try await socket.write(reply.encoded(isHead: false, keepsAlive: false))
            try await socket.finish()
            return false
        case .head(let head, let length):
            received.removeFirst(length)
            let reply = await reply(to: head)
            connections.expect(number, within: limits.reply)
            try await socket.write(reply.encoded(isHead: head.isHead, keepsAlive: head.keepsAlive))
            return head.keepsAlive
        }
    }

    private func reply(to head: RequestHead) async -> WebReply {
        switch rules.verdict(head) {
        case .refused(let reply): return reply
        case .allowed:
            guard let route = routes[head.path] else {
                return WebReply(status: 404, line: "404: there is nothing here; / is the page")
            }
            return await route(WebRequest(path: head.path, query: head.query, accept: head.headers["accept"] ?? ""))
        }
    }

    private static func listener(_ address: WebAddress) throws -> Socket {
        let socket = try Socket(domain: Int32(address.isIPv6 ? AF_INET6 : AF_INET))
        do {
            try socket.setValue(true, for: .localAddressReuse)
            if address.isIPv6 {
                try socket.bind(to: .inet6(ip6: address.host, port: address.port))
            } else {
                try socket.bind(to: .inet(ip4: address.host, port: address.port))
            }
        } catch {
            try? socket.close()
            throw error
        }
        try socket.listen()
        return socket
    }

    private static func reason(_ error: any Error) -> String {
        if case SocketError.failed(_, _, let message) = error { return message }
        return error.localizedDescription
    }
}

extension Socket {
    fileprivate var port: UInt16? {
        get throws {
            switch try sockname() {
            case .ip4(_, let port), .ip6(_, let port): port
            case .unix: nil
            }
        }
    }
}

extension AsyncSocket {
    /// Says that nothing more is sent, and takes what the client still sends, up to a bound: closing with bytes unread
    /// would take the reply away from it.
    fileprivate func finish() async throws {
        shutdown(socket.file.rawValue, Int32(SHUT_WR))
        for _ in 0..<64 { _ = try await read(atMost: 4096) }
    }
}
