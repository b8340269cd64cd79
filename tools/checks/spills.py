"""Checks that the hot convolution kernels keep their accumulators in registers.

    python3 tools/checks/spills.py Sources/CKernels

Compiles the kernel files with the Swift toolchain's clang and counts, in the disassembly, vector registers that are
stored to or loaded from the stack frame. A spilled accumulator in a convolution's inner loop costs about a tenth of its
speed and no test would see it. The limits are of whole functions, also outside the loops.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# File, function, most stack accesses of vector registers.
HOT = (
    ("x86/convolution_avx2.c", "avx2_16_convolve", 0),
    ("x86/convolution_avx512.c", "avx512_32_convolve", 0),
    ("x86/planar_avx512.c", "taps", 0),
    ("x86/planar_avx512.c", "rescaled", 0),
    ("x86/planar_avx512.c", "pointwise", 0),
    ("x86/quantized_convolution_avx2.c", "sum_6", 0),
    ("x86/quantized_convolution_avxvnni.c", "sum_6", 0),
    ("x86/quantized_convolution_avxvnni_evex.c", "sum_6", 0),
    ("x86/quantized_convolution_avx512vnni.c", "tile_dense_14", 0),
    ("x86/quantized_convolution_avx512vnni.c", "tile_strided_14", 0),
    ("x86/quantized_convolution_avx512vnni.c", "tile_halves_14", 0),
    ("x86/quantized_convolution_avx512vnni.c", "tile_halves_float_14", 0),
    ("x86/winograd_avx2.c", "avx2_multiply", 0),
    ("x86/winograd_avx512.c", "avx512_multiply", 0),
    ("x86/quantized_winograd_avx2.c", "avx2_multiply_all", 0),
    ("x86/quantized_narrow_avx512vnni.c", "tile_16", 0),
    # One of its 48 loops, which need all registers, has two of them on the stack for a while.
    ("x86/quantized_winograd_avx512vnni.c", "avx512vnni_multiply_all", 4),
)
FLAGS = ("-O3", "-std=c11", "-ffp-contract=on", "--target=x86_64-unknown-linux-gnu")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
SPILL = re.compile(r"%[yz]mm\d+.*\(%rsp|\(%rsp.*%[yz]mm\d+")


def clang() -> str:
    """The clang beside `swift`, which builds the package, rather than another one of the system."""
    swift = shutil.which("swift")
    beside = Path(swift).resolve().parent / "clang" if swift else None
    return str(beside) if beside and beside.exists() else "clang"


def disassembly(kernels: Path, file: str, scratch: Path, *options: str) -> list[str]:
    """Compiles one kernel file and lists its instructions."""
    output = scratch / "kernel.o"
    include = ("-I", str(kernels / "include"), "-I", str(kernels / "scalar"))
    subprocess.run([clang(), *FLAGS, *include, "-c", str(kernels / file), "-o", str(output)], check=True)
    return subprocess.run(
        ["objdump", "-d", *options, str(output)], check=True, capture_output=True, text=True
    ).stdout.splitlines()


def spills(kernels: Path, file: str, scratch: Path) -> dict[str, int]:
    """Stack accesses of vector registers by function, over the functions of one file."""
    counts: dict[str, int] = {}
    name = ""
    for line in disassembly(kernels, file, scratch, "--no-show-raw-insn"):
        if match := FUNCTION.match(line):
            name = match[1]
            counts[name] = 0
        elif SPILL.search(line):
            counts[name] += 1
    return counts


def violations(kernels: Path, hot=HOT) -> list[str]:
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        for file, function, limit in hot:
            counts = spills(kernels, file, Path(scratch))
            if function not in counts:
                problems.append(f"{file}: no function {function}; update the list in tools/checks/spills.py")
            elif counts[function] > limit:
                problems.append(
                    f"{file}: {function} accesses vectors on the stack {counts[function]} times, at most {limit} "
                    "allowed: use a smaller tile"
                )
    return problems


def main() -> int:
    problems = violations(Path(sys.argv[1]))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"spills: {len(HOT)} kernels, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
