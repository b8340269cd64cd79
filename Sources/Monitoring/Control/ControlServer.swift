internal import Glibc
internal import Streaming

/// Answers local monitors: for each line `snapshot` that a client sends, one line of JSON.
///
/// One thread of its own serves all clients without ever blocking on one: what a client does not read waits in its own
/// buffer, at most one answer, and it is asked nothing more until then. The frame path knows nothing of it.
public final class ControlServer: Sendable {
    /// The most clients at once; the one that has been silent longest makes room.
    public static let clientLimit = 16

    /// Where it listens.
    public let path: String
    private let stopper: Int32
    private let thread = Guarded<DedicatedThread?>(nil)

    /// Listens at `path`, or without one in `ControlFolder` under this process's number. `answer` gives the line to send,
    /// without its end; called on the server's thread.
    public init(path: String?, answer: @escaping @Sendable () -> String) throws(MonitoringError) {
        if path == nil { try ControlFolder.prepare() }
        self.path = path ?? ControlFolder.socket(of: getpid())
        let listener = try LocalSocket.listening(at: self.path)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let error = MonitoringError.last("make a pipe")
            close(listener)
            unlink(self.path)
            throw error
        }
        let (stopped, stopper) = (ends[0], ends[1])
        self.stopper = stopper
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do throws(PipelineError) {
            let started = try DedicatedThread(name: "control") {
                Aside.run {
                    var loop = ControlLoop(listener: listener, stopped: stopped, answer: answer)
                    loop.run()
                }
            }
            var handed = Optional(started)
            thread.withLock { $0 = handed.take() }
        } catch {
            for descriptor in [listener, stopped, stopper] { close(descriptor) }
            unlink(self.path)
            throw MonitoringError("the control socket's thread could not be started: \(error)")
        }
    }

    /// Closes all connections and removes the socket. Call once.
    public func finish() {
        // Removed first: who comes from now on finds nothing instead of a connection that ends.
        unlink(path)
        close(stopper)
        var running = thread.withLock { $0.take() }
        if let thread = running.take() { thread.join() }
    }
}

/// The server's thread.
private struct ControlLoop {
    private struct Client {
        let descriptor: Int32
        var request: [UInt8] = []
        var output: [UInt8] = []
        var sent = 0
        var lastHeard: Int64

        /// Sends what it can without waiting. False if the client is gone.
        mutating func flush() -> Bool {
            while sent < output.count {
                let put = output.withUnsafeBytes { bytes in
                    send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
                }
                if put > 0 { sent += put } else { return put < 0 && (errno == EAGAIN || errno == EINTR) }
            }
            output.removeAll(keepingCapacity: true)
            sent = 0
            return true
        }
    }

    private static let requestLimit = 256

    let listener: Int32
    let stopped: Int32
    let answer: @Sendable () -> String
    private var clients: [Client] = []

    init(listener: Int32, stopped: Int32, answer: @escaping @Sendable () -> String) {
        self.listener = listener
        self.stopped = stopped
        self.answer = answer
    }

    mutating func run() {
        while true {
            var watched = [
                pollfd(fd: stopped, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            for client in clients {
                let events = client.output.isEmpty ? POLLIN : POLLOUT
                watched.append(pollfd(fd: client.descriptor, events: Int16(events), revents: 0))
            }
            guard poll(&watched, nfds_t(watched.count), -1) >= 0 || errno == EINTR else { break }
            // The other end of the pipe was closed.
            if watched[0].revents != 0 { break }
            for index in clients.indices.reversed() where watched[index + 2].revents != 0 {
                if !serve(&clients[index]) { close(clients.remove(at: index).descriptor) }
            }
            if watched[1].revents != 0 { accept() }
        }
        for client in clients { close(client.descriptor) }
        close(listener)
        close(stopped)
    }

    private mutating func accept() {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else {
            if errno != EAGAIN && errno != EINTR {
                // No descriptor is free, say: who waits goes on waiting, and the loop would spin.
                var watched = pollfd(fd: stopped, events: Int16(POLLIN), revents: 0)
                poll(&watched, 1, 100)
            }
            return
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        LocalSocket.setNonBlocking(descriptor)
        if clients.count >= ControlServer.clientLimit,
            let silent = clients.indices.min(by: { clients[$0].lastHeard < clients[$1].lastHeard })
        {
            close(clients.remove(at: silent).descriptor)
        }
        clients.append(Client(descriptor: descriptor, lastHeard: MonotonicTime.now()))
    }

    /// Reads or writes what a client is ready for. False if it is gone or talks nonsense.
    private func serve(_ client: inout Client) -> Bool {
        if !client.output.isEmpty { return client.flush() }
        var bytes = [UInt8](repeating: 0, count: Self.requestLimit)
        let got = recv(client.descriptor, &bytes, bytes.count, 0)
        guard got > 0 else { return got < 0 && (errno == EAGAIN || errno == EINTR) }
        client.request += bytes.prefix(got)
        client.lastHeard = MonotonicTime.now()
        guard let end = client.request.lastIndex(of: UInt8(ascii: "\n")) else {
            return client.request.count < Self.requestLimit
        }
        // Requests that were sent without waiting for answers are answered once.
        let line = client.request[..<end].split(separator: UInt8(ascii: "\n")).last.map {
            String(decoding: $0, as: UTF8.self)
        }
        client.request.removeSubrange(...end)
        let text = line == "snapshot" ? answer() : "{\"error\":\"unknown request; send: snapshot\"}"
        client.output = Array(text.utf8) + [UInt8(ascii: "\n")]
        return client.flush()
    }
}
