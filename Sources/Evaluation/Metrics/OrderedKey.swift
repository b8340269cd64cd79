/// Scores as integers that order like them: exact, sorted without comparing floats. Equal floats have equal keys
/// (-0 is 0).
enum OrderedKey {
    static func key(_ score: Float) -> UInt32 {
        let bits = (score + 0).bitPattern
        return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
    }

    static func score(_ key: UInt32) -> Float {
        Float(bitPattern: key & 0x8000_0000 != 0 ? key & 0x7FFF_FFFF : ~key)
    }

    /// Sorts in place, ascending: radix exchange by bytes from the highest ("American flag"), so that hundreds of
    /// millions of pixels need no second buffer. O(4 n).
    static func sort(_ keys: inout [UInt32]) {
        keys.withUnsafeMutableBufferPointer { sort($0, shift: 24) }
    }

    private static func sort(_ keys: UnsafeMutableBufferPointer<UInt32>, shift: UInt32) {
        if keys.count < 64 {
            insertionSort(keys)
            return
        }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 512) { places in
            // places[b]: where the next key of bucket b goes; places[256 + b]: where bucket b ends.
            places.initialize(repeating: 0)
            for key in keys { places[256 + Int(key >> shift & 0xFF)] += 1 }
            var total = 0
            for bucket in 0..<256 {
                places[bucket] = total
                total += places[256 + bucket]
                places[256 + bucket] = total
            }
            for bucket in 0..<256 {
                while places[bucket] < places[256 + bucket] {
                    var key = keys[places[bucket]]
                    var home = Int(key >> shift & 0xFF)
                    while home != bucket {
                        swap(&key, &keys[places[home]])
                        places[home] += 1
                        home = Int(key >> shift & 0xFF)
                    }
                    keys[places[bucket]] = key
                    places[bucket] += 1
                }
            }
            if shift == 0 { return }
            var begin = 0
            for bucket in 0..<256 {
                let end = places[256 + bucket]
                sort(UnsafeMutableBufferPointer(rebasing: keys[begin..<end]), shift: shift - 8)
                begin = end
            }
        }
    }

    private static func insertionSort(_ keys: UnsafeMutableBufferPointer<UInt32>) {
        guard keys.count > 1 else { return }
        for index in 1..<keys.count {
            let key = keys[index]
            var place = index
            while place > 0 && keys[place - 1] > key {
                keys[place] = keys[place - 1]
                place -= 1
            }
            keys[place] = key
        }
    }
}
