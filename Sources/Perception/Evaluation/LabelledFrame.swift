internal import Evaluation
internal import FrameIO

extension DatasetPair {
    /// The pair's labels, which must have its picture's size.
    func labels(width: Int, height: Int) throws -> GrayImage {
        let labels = try GrayImage(contentsOf: labelPath)
        guard labels.width == width, labels.height == height else {
            throw ModelError(
                "\(labelPath) is \(labels.width)x\(labels.height) and its picture \(width)x\(height): labels must have "
                    + "the picture's size")
        }
        return labels
    }
}
