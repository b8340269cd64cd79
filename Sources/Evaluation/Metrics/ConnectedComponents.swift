/// Components of a mask under 8-connectivity (scipy's `label` with a 3x3 structure of ones).
struct ConnectedComponents {
    /// Component of each pixel, 1...count; 0 outside the mask. Row-major.
    private(set) var labels: [Int32]
    /// Pixels of each component; element 0 is not used.
    private(set) var areas: [Int]

    /// Components, without 0.
    var count: Int { areas.count - 1 }

    /// Two passes with union-find. Allocates 4 bytes a pixel.
    init(mask: [Bool], width: Int) {
        precondition(width > 0 && mask.count % width == 0, "a mask has whole rows")
        labels = [Int32](repeating: 0, count: mask.count)
        var parents: [Int32] = [0]
        func root(_ label: Int32) -> Int32 {
            var label = label
            while parents[Int(label)] != label {
                parents[Int(label)] = parents[Int(parents[Int(label)])]
                label = parents[Int(label)]
            }
            return label
        }
        for index in mask.indices where mask[index] {
            let x = index % width
            var label: Int32 = 0
            // The four neighbours that were seen: left, and the three above.
            for (neighbour, exists) in [
                (index - 1, x > 0), (index - width - 1, x > 0 && index >= width), (index - width, index >= width),
                (index - width + 1, x + 1 < width && index >= width),
            ] where exists && labels[neighbour] != 0 {
                let other = root(labels[neighbour])
                if label == 0 {
                    label = other
                } else if other != label {
                    parents[Int(max(label, other))] = min(label, other)
                    label = min(label, other)
                }
            }
            if label == 0 {
                label = Int32(parents.count)
                parents.append(label)
            }
            labels[index] = label
        }
        var numbers = [Int32](repeating: 0, count: parents.count)
        areas = [0]
        for index in labels.indices where labels[index] != 0 {
            let top = Int(root(labels[index]))
            if numbers[top] == 0 {
                numbers[top] = Int32(areas.count)
                areas.append(0)
            }
            labels[index] = numbers[top]
            areas[Int(numbers[top])] += 1
        }
    }
}
