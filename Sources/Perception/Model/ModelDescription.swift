/// `model.yaml`: what a model's file alone cannot tell (cli.md, "model.yaml").
public struct ModelDescription: Decodable, Sendable {
    /// The picture that the network takes.
    public struct Input: Decodable, Sendable {
        /// Name of the ONNX input.
        public let name: String
        /// Default width and height of the network's input.
        public let size: [Int]
        /// Width and height must be multiples of this.
        public let sizeMultiple: Int
        /// Only `rgb` is known.
        public let channelOrder: String
        /// Range of a channel before mean and std, `[0, 1]` or `[0, 255]`.
        public let valueRange: [Float]
        /// Subtracted per channel.
        public let mean: [Float]
        /// Divides per channel.
        public let std: [Float]

        enum CodingKeys: String, CodingKey {
            case name, size, mean, std
            case sizeMultiple = "size_multiple"
            case channelOrder = "channel_order"
            case valueRange = "value_range"
        }
    }

    /// Names of the values that matter.
    public struct Tensors: Decodable, Sendable {
        /// Where the backbone ends and the heads begin.
        public let preLogits: String
        /// Class logits.
        public let logits: String
        /// The dataset posterior's two logits; nil for a model without the head.
        public let outlierLogits: String?

        enum CodingKeys: String, CodingKey {
            case logits
            case preLogits = "pre_logits"
            case outlierLogits = "outlier_logits"
        }
    }

    /// How maps are brought to the frame's resolution.
    public struct Upsampling: Decodable, Sendable {
        /// Whether corners are aligned in the bilinear step.
        public let alignCorners: Bool

        enum CodingKeys: String, CodingKey { case alignCorners = "align_corners" }
    }

    /// A class's name and colour.
    public struct ClassEntry: Decodable, Sendable {
        /// The class's name.
        public let name: String
        /// Red, green and blue, 0 to 255.
        public let color: [Int]
    }

    /// Version of this file's format; 1.
    public let format: Int
    /// The model's name.
    public let name: String
    /// File name of the network beside this file.
    public let model: String
    /// SHA-256 of that file, lower-case hexadecimal.
    public let modelSHA256: String
    /// The network's input.
    public let input: Input
    /// The values that matter.
    public let tensors: Tensors
    /// Logit channels that are dropped before anything else.
    public let dropOutputs: [Int]
    /// Logit channel of an outlier (void, "none of these") class beside the K known ones; nil for a model without one.
    public let outlierOutput: Int?
    /// How maps reach the frame's resolution.
    public let upsampling: Upsampling
    /// The K classes, in the order of the logits that remain.
    public let classes: [ClassEntry]
    /// Name and colour of the unknown.
    public let unknown: ClassEntry

    enum CodingKeys: String, CodingKey {
        case format, name, model, input, tensors, upsampling, classes, unknown
        case modelSHA256 = "model_sha256"
        case dropOutputs = "drop_outputs"
        case outlierOutput = "outlier_output"
    }

    /// Reads the file; optional keys get their defaults.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        format = try values.decode(Int.self, forKey: .format)
        name = try values.decode(String.self, forKey: .name)
        model = try values.decodeIfPresent(String.self, forKey: .model) ?? "model.onnx"
        modelSHA256 = try values.decode(String.self, forKey: .modelSHA256)
        input = try values.decode(Input.self, forKey: .input)
        tensors = try values.decode(Tensors.self, forKey: .tensors)
        dropOutputs = try values.decodeIfPresent([Int].self, forKey: .dropOutputs) ?? []
        outlierOutput = try values.decodeIfPresent(Int.self, forKey: .outlierOutput)
        upsampling = try values.decode(Upsampling.self, forKey: .upsampling)
        classes = try values.decode([ClassEntry].self, forKey: .classes)
        unknown = try values.decode(ClassEntry.self, forKey: .unknown)
    }

    /// Planes of the K classes, in order, of logits with `channels` channels.
    func classPlanes(of channels: Int) -> [Int32] {
        (0..<Int32(channels)).filter { !dropOutputs.contains(Int($0)) && Int($0) != outlierOutput }
    }

    /// The first thing wrong with the file's values, or nil.
    var fault: String? {
        if format != 1 { return "format \(format) is not known; this program reads format 1" }
        if input.size.count != 2 || input.size.contains(where: { $0 < 1 || $0 > 16384 }) {
            return "input.size must be [width, height], each from 1 to 16384"
        }
        if input.sizeMultiple < 1 { return "input.size_multiple must be at least 1" }
        if input.channelOrder != "rgb" { return "input.channel_order '\(input.channelOrder)' is not known; use rgb" }
        if input.valueRange != [0, 1] && input.valueRange != [0, 255] {
            return "input.value_range must be [0, 1] or [0, 255]"
        }
        if input.mean.count != 3 || input.std.count != 3 || input.std.contains(where: { !($0 > 0) }) {
            return "input.mean and input.std must have three numbers, those of std above 0"
        }
        if classes.isEmpty || classes.count > 254 { return "classes must list 1 to 254 classes" }
        if (classes + [unknown]).contains(where: { $0.color.count != 3 || $0.color.contains { $0 < 0 || $0 > 255 } }) {
            return "every class needs a color of three numbers from 0 to 255"
        }
        if dropOutputs.contains(where: { $0 < 0 }) || Set(dropOutputs).count != dropOutputs.count {
            return "drop_outputs must list different channel numbers"
        }
        if let outlierOutput, outlierOutput < 0 || dropOutputs.contains(outlierOutput) {
            return "outlier_output must be one channel number, and none of drop_outputs"
        }
        return nil
    }
}
