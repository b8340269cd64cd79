internal import CHeap

/// The heap after a plan was made.
public enum HeapMemory {
    /// Returns what the heap holds free to the system: reading, passes and packing leave tens of megabytes of free pieces
    /// behind, which would stay resident beside the arena. Takes about a millisecond.
    public static func trim() { dh_heap_trim() }
}
