internal import FlyingSocks
internal import Streaming

/// An event queue whose waiting, on a thread of Dispatch's, counts as work beside the frame path.
struct AsideQueue<Base: EventQueue>: EventQueue {
    private var base: Base

    init(_ base: Base) { self.base = base }

    mutating func open() throws { try base.open() }
    mutating func stop() throws { try base.stop() }
    mutating func close() throws { try base.close() }

    mutating func addEvents(_ events: Socket.Events, for socket: Socket.FileDescriptor) throws {
        try base.addEvents(events, for: socket)
    }

    mutating func removeEvents(_ events: Socket.Events, for socket: Socket.FileDescriptor) throws {
        try base.removeEvents(events, for: socket)
    }

    func getNotifications() throws -> [EventNotification] { try Aside.run { try base.getNotifications() } }
}

enum ServerPool {
    /// The pool that a server's sockets wait in.
    static func make() -> any AsyncSocketPool {
        #if os(Linux)
            SocketPool(queue: AsideQueue(ePoll(maxEvents: 20)))
        #else
            SocketPool<Poll>.make()
        #endif
    }
}
