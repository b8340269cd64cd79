"""Trains the paper's network, LDN-121 with the DenseHybrid head, from scratch on rendered towns."""
