"""Shared by the exporter's tests: one PyTorch thread, and models run by onnxruntime."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)
