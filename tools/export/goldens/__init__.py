"""Golden data for the engine's tests: models with PyTorch's own outputs, generated on the machine that tests."""
