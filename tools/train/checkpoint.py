"""Checkpoints: whole or absent, resumable, with a record of how far the weights moved from where they started."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor


def state_digest(state: dict[str, Tensor]) -> str:
    """SHA-256 over names, shapes and bytes of a state, in name order."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def largest_change(before: dict[str, Tensor], after: dict[str, Tensor], prefix: str) -> float:
    """Largest absolute difference over the float tensors whose name starts with `prefix`."""
    names = [name for name in before if name.startswith(prefix) and before[name].is_floating_point()]
    if not names:
        raise ValueError(f"no tensor is named {prefix}*")
    return max(float((after[name] - before[name]).abs().max()) for name in names)


def save(path: Path, record: dict[str, object]) -> None:
    """Writes `record` aside, then renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    torch.save(record, aside)
    aside.replace(path)
