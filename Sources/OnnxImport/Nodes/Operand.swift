internal import ModelGraph

/// An input of a node while it is imported.
enum Operand {
    case value(ValueID)
    /// Made by the importer, for what older operator sets keep in attributes.
    case constant(HostTensor)
    case absent
}
