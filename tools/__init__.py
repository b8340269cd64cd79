"""Python tools: training, export, rendering. The product itself is Swift and needs none of them to run."""
