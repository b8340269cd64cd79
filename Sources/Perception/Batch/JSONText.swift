internal import Foundation

/// JSON that people can read: objects a key a line, sorted; arrays on one line, so that the counts of a histogram do not
/// fill the page.
enum JSONText {
    /// `object` may hold what JSONSerialization takes; anything else reads as null.
    static func pretty(_ object: [String: Any], indent: String = "") -> String {
        guard !object.isEmpty else { return "{}" }
        let inner = indent + "  "
        let lines = object.keys.sorted().map { key in
            let value = object[key].map { $0 as Any } ?? NSNull()
            if let nested = value as? [String: Any] {
                return "\(inner)\(compact(key)): \(pretty(nested, indent: inner))"
            }
            return "\(inner)\(compact(key)): \(compact(value))"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }

    /// One value on one line.
    static func compact(_ value: Any) -> String {
        guard JSONSerialization.isValidJSONObject([value]),
            let data = try? JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        else { return "null" }
        return String(decoding: data, as: UTF8.self)
    }
}
