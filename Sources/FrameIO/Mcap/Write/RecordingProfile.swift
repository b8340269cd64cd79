/// The dialect of a recording that is written, and with it which tools read its images.
public enum RecordingProfile: String, Sendable, CaseIterable {
    /// `sensor_msgs/msg/Image` and `CompressedImage` in CDR: rosbag2, Foxglove, PlotJuggler.
    case ros2
    /// `foxglove.RawImage` and `CompressedImage` in Protocol Buffers: Foxglove, without ROS.
    case foxglove

    /// The profile in the file's header: the registry of MCAP has none for Foxglove.
    var header: String { self == .ros2 ? "ros2" : "" }

    /// How messages are encoded.
    var messageEncoding: String { self == .ros2 ? "cdr" : "protobuf" }

    /// How schemas are.
    var schemaEncoding: String { self == .ros2 ? "ros2msg" : "protobuf" }

    /// Name of the schema of pixels or of pictures.
    func schemaName(isRaw: Bool) -> String {
        switch self {
        case .ros2: isRaw ? "sensor_msgs/msg/Image" : "sensor_msgs/msg/CompressedImage"
        case .foxglove: isRaw ? "foxglove.RawImage" : "foxglove.CompressedImage"
        }
    }

    /// Name of the schema of JSON objects; nil where they need none. rosbag2 opens no file with a channel without schema,
    /// and plays none with two encodings, so that for ROS 2 the object is the text of a message.
    var metaSchemaName: String? { self == .ros2 ? "std_msgs/msg/String" : nil }

    /// How messages that carry JSON objects are encoded.
    var metaEncoding: String { self == .ros2 ? "cdr" : "json" }

    /// The schema itself: a message definition, or a FileDescriptorSet. Allocates.
    func schema(isRaw: Bool) -> ByteBuffer {
        switch self {
        case .ros2: RosDefinitions.text(isRaw: isRaw)
        case .foxglove: FoxgloveDescriptors.set(isRaw: isRaw)
        }
    }
}

/// Definitions of ROS 2 messages as rosbag2 stores them: the message, then the types that it uses.
enum RosDefinitions {
    static let string: StaticString = "string data\n"

    static func text(isRaw: Bool) -> ByteBuffer {
        var text = ByteBuffer()
        text.append("std_msgs/Header header\n")
        text.append(
            isRaw
                ? "uint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\nuint8[] data\n"
                : "string format\nuint8[] data\n")
        text.append(Self.line)
        text.append("MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n")
        text.append(Self.line)
        text.append("MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n")
        return text
    }

    private static let line: StaticString =
        "================================================================================\n"
}
