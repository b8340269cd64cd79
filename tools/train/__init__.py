"""Training of the bundled DenseHybrid model: data, mixed-content pasting, losses, thresholds and reports."""
