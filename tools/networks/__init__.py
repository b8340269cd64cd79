"""PyTorch definitions of the networks that densehybrid runs (used for training, export and golden data only)."""
