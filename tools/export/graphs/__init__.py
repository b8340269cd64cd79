"""The networks as ONNX graphs: one function each, which reads extents from the state dict's shapes."""
