"""Checks that the hot NEON kernels keep their accumulators in registers.

    python3 tools/checks/spills_aarch64.py Sources/CKernels

Compiles the kernel files for AArch64 with the Swift toolchain's clang and looks, in the disassembly, at the innermost
loops that multiply: none may touch vectors on the stack, and one must hold the whole tile, or it was not unrolled.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from spills import clang  # noqa: E402


class Hot(NamedTuple):
    file: str
    function: str
    multiply: str  # its instruction
    tile: int  # multiplications of the largest loop
    limit: int = 0  # most stack accesses of vector registers in a loop


HOT = (
    Hot("arm/convolution_neon.c", "convolve", "fmla", 64),
    Hot("arm/convolution_neon.c", "depthwise", "fmla", 8),
    # The widened inputs are more than the registers hold: three are read again from the stack for 320 products.
    Hot("arm/quantized_convolution_neon.c", "neon_convolve", "smlal2?", 320, 4),
    Hot("arm/quantized_convolution_neon.c", "neon_convolve_float", "smlal2?", 320, 4),
    Hot("arm/quantized_convolution_neon.c", "depthwise", "smlal2?", 16),
    Hot("arm/winograd_neon.c", "multiply", "fmla", 64),
    Hot("arm/quantized_convolution_neondot.c", "dot_convolve", "sdot", 80),
    Hot("arm/quantized_convolution_neondot.c", "dot_convolve_float", "sdot", 80),
    Hot("arm/quantized_convolution_neoni8mm.c", "mixed_convolve", "sudot", 80),
    Hot("arm/quantized_convolution_neoni8mm.c", "mixed_convolve_float", "sudot", 80),
)
FLAGS = ("-O3", "-std=c11", "-ffp-contract=on", "--target=aarch64-linux-gnu", "-nostdlibinc")
HEADERS = "/usr/aarch64-linux-gnu/include"
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
BRANCH = re.compile(r"^(?:b\.\w+|b|cbn?z|tbn?z)\s.*\b0x([0-9a-f]+) <")
SPILL = re.compile(r"^(?:ld|st)[pu]?r?\s+[qdv]\d+.*\[sp")

Code = list[tuple[int, str]]


class Loop(NamedTuple):
    multiplications: int
    spills: int


def functions(kernels: Path, file: str, scratch: Path) -> dict[str, Code]:
    """Instructions with their addresses, by function."""
    output = scratch / "kernel.o"
    include = ("-isystem", HEADERS, "-I", str(kernels / "include"))
    subprocess.run([clang(), *FLAGS, *include, "-c", str(kernels / file), "-o", str(output)], check=True)
    objdump = str(Path(clang()).with_name("llvm-objdump"))
    listing = subprocess.run(
        [objdump, "-d", "--no-show-raw-insn", str(output)], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, Code] = {}
    code: Code = []
    for line in listing.splitlines():
        if match := FUNCTION.match(line):
            code = found.setdefault(match[1], [])
        elif match := INSTRUCTION.match(line):
            code.append((int(match[1], 16), match[2]))
    return found


def innermost_loops(code: Code, multiply: str) -> list[Loop]:
    """What the loops without a loop inside do; a loop is a branch backwards."""
    spans = []
    for address, text in code:
        match = BRANCH.match(text)
        if match and int(match[1], 16) <= address:
            spans.append((int(match[1], 16), address))
    loops = []
    for first, last in spans:
        if any(other != (first, last) and first <= other[0] and other[1] <= last for other in spans):
            continue
        body = [text for address, text in code if first <= address <= last]
        product = re.compile(multiply + r"\s")
        loops.append(Loop(sum(bool(product.match(t)) for t in body), sum(bool(SPILL.match(t)) for t in body)))
    return loops


def violations(kernels: Path, hot: tuple[Hot, ...] = HOT) -> list[str]:
    problems = []
    with tempfile.TemporaryDirectory() as scratch:
        for kernel in hot:
            place = f"{kernel.file}: {kernel.function}"
            code = functions(kernels, kernel.file, Path(scratch)).get(kernel.function)
            if code is None:
                problems.append(f"{place}: no such function; update the list in tools/checks/spills_aarch64.py")
                continue
            loops = innermost_loops(code, kernel.multiply)
            largest = max((loop.multiplications for loop in loops), default=0)
            # Straight code between tiles looks like a loop when branches jump back over it; it holds few products.
            spilled = max((loop.spills for loop in loops if loop.multiplications * 2 >= kernel.tile), default=0)
            if largest < kernel.tile:
                problems.append(f"{place}: the largest loop has {largest} multiplications instead of {kernel.tile}")
            elif spilled > kernel.limit:
                problems.append(
                    f"{place}: a loop accesses vectors on the stack {spilled} times, at most {kernel.limit} allowed: "
                    "use a smaller tile"
                )
    return problems


def main() -> int:
    if not Path(HEADERS, "string.h").exists():
        print("spills of NEON: no C library for AArch64: apt-get install libc6-dev-arm64-cross", file=sys.stderr)
        return 1
    problems = violations(Path(sys.argv[1]))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"spills of NEON: {len(HOT)} kernels, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
