/// How the elements of a value lie in memory.
public enum Layout: String, Sendable, Hashable {
    /// Row-major, as ONNX has it: [1, C, H, W] for a picture.
    case plain
    /// [C/8][H][W][8] fp32: one pixel of one plane is 32 bytes. Lanes beyond C hold no meaning.
    case blocked
    /// [H][W][C] fp32: a picture as a camera delivers it.
    case packed
    /// [C/32][H][W][32] u8: one pixel of one plane is 32 bytes. Lanes beyond C hold no meaning.
    case quantized
    /// [H][W][3] u8: the picture.
    case quantizedPicture
}

/// The arithmetic of a step.
public enum Precision: String, Sendable, Hashable, CaseIterable {
    case fp32, int8
}

/// Where a step finds a value: a buffer of the plan and a byte offset in it.
struct Operand: Equatable {
    let buffer: Int32
    let offset: Int

    /// Marks an absent optional operand.
    static let none = Operand(buffer: -1, offset: 0)

    var isPresent: Bool { buffer >= 0 }

    func advanced(by bytes: Int) -> Operand { Operand(buffer: buffer, offset: offset + bytes) }
}

/// The buffers' addresses during a run.
struct BufferTable {
    let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>

    /// The address of a present operand.
    subscript(operand: Operand) -> UnsafeMutableRawPointer { addresses[Int(operand.buffer)] + operand.offset }
}

extension ImageShape {
    /// Bytes of one plane in the blocked layout.
    var planeBytes: Int { pixels * 32 }
    /// Bytes of the whole value in the blocked layout.
    var blockedBytes: Int { planes * planeBytes }
}
