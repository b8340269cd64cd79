"""The AVX-VNNI build has VEX encodings only, and the check can tell."""

import platform
from pathlib import Path

import pytest

from tools.checks.encodings import violations

KERNELS = Path(__file__).parents[3] / "Sources/CKernels"
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels are of x86-64")


def test_the_vex_build_is_clean() -> None:
    assert violations(KERNELS) == []


def test_the_evex_build_of_the_same_source_is_found() -> None:
    missing, wide = violations(KERNELS, "x86/quantized_convolution_avxvnni_evex.c")
    assert "no VEX-encoded vpdpbusd" in missing
    assert "EVEX instructions" in wide
