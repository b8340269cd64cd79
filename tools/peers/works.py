"""The rows of the table: what is run, at which sizes, and what the project set out to reach."""

from __future__ import annotations

from dataclasses import dataclass, field

from .candidates import EXACT, MAP, NETWORK, REDUCED
from .networks import ESPNETV2, LDN121, Network, Size

LARGE, MEDIUM = Size(2048, 1024), Size(1024, 512)
ALL_ENGINES = ("openvino", "onnxruntime", "ncnn")


@dataclass(frozen=True)
class Race:
    """One network and job against the peers, turn by turn."""

    work: str
    network: Network
    job: str
    sizes: tuple[Size, ...]
    # Least ratio by precision class.
    targets: dict[str, float]
    engines: tuple[str, ...] = ALL_ENGINES
    # Instruction set that our side is held to, and what holds the peers to it.
    isa: str | None = None
    peer_environment: dict[str, str] = field(default_factory=dict)


RACES: tuple[Race, ...] = (
    Race("ldn121-image-to-map", LDN121, MAP, (LARGE,), {REDUCED: 2.5, EXACT: 1.0}, ("openvino", "onnxruntime")),
    Race("ldn121-network", LDN121, NETWORK, (LARGE, MEDIUM), {REDUCED: 1.7, EXACT: 1.9}),
    Race("espnetv2-image-to-map", ESPNETV2, MAP, (MEDIUM,), {REDUCED: 5.0, EXACT: 5.0}, ("openvino", "onnxruntime")),
    Race(
        "ldn121-network-avx2", LDN121, NETWORK, (LARGE,), {REDUCED: 1.2, EXACT: 1.2}, ("openvino",), isa="avx2",
        peer_environment={"ONEDNN_MAX_CPU_ISA": "AVX2"}),
)
# Rows that are no race: see specials.py.
SPECIALS = ("tail-share", "memory", "pipeline-overhead", "disturbed")
WORKS = (*(race.work for race in RACES), *SPECIALS)
