/// The headers in front of a map's samples. Composed without allocation once the buffer has grown.
enum MapHeader {
    /// Binary PGM, 8 bits.
    static func pgm(width: Int, height: Int, into head: inout ByteBuffer) {
        head.append("P5\n")
        head.append(decimal: width)
        head.append(" ")
        head.append(decimal: height)
        head.append("\n255\n")
    }

    /// NumPy 1.0 header of a C-ordered array [height][width]; `type` is such as `|u1` or `<f4`. Padded to 64 bytes.
    static func npy(width: Int, height: Int, type: StaticString, into head: inout ByteBuffer) {
        let begin = head.count
        head.append(0x93)
        head.append("NUMPY")
        head.append(1)
        head.append(0)
        let lengthAt = head.count
        head.append(0)
        head.append(0)
        head.append("{'descr': '")
        head.append(type)
        head.append("', 'fortran_order': False, 'shape': (")
        head.append(decimal: height)
        head.append(", ")
        head.append(decimal: width)
        head.append("), }")
        while (head.count - begin + 1) % 64 != 0 { head.append(0x20) }
        head.append(0x0A)
        let length = head.count - lengthAt - 2
        head.start[lengthAt] = UInt8(length & 255)
        head.start[lengthAt + 1] = UInt8(length >> 8)
    }
}

/// Remembers the size of a stream that can hold only one, and writes Y4M headers.
struct SingleSizeStream {
    private var width = 0
    private var height = 0

    /// Whether this is the first frame; throws when a later one has another size.
    mutating func admit(width: Int, height: Int, target: String, format: OutputFormat) throws(FrameIOError) -> Bool {
        if self.width == 0 {
            self.width = width
            self.height = height
            return true
        }
        guard width == self.width, height == self.height else {
            throw .sizeChanged(
                "\(target): a frame of \(width)x\(height) after \(self.width)x\(self.height); \(format.name) streams hold one size: write to a folder or in another format"
            )
        }
        return false
    }

    /// The Y4M stream header.
    static func y4m(
        width: Int, height: Int, colorSpace: StaticString, frameRate: FrameRate?, into head: inout ByteBuffer
    ) {
        head.append("YUV4MPEG2 W")
        head.append(decimal: width)
        head.append(" H")
        head.append(decimal: height)
        if let frameRate {
            head.append(" F")
            head.append(decimal: frameRate.numerator)
            head.append(":")
            head.append(decimal: frameRate.denominator)
        }
        head.append(" Ip A1:1 C")
        head.append(colorSpace)
        head.append(" XCOLORRANGE=FULL\n")
    }
}
