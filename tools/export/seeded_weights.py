"""Random weights that exercise every parameter, and batch-norm statistics that keep activations sane.

A deep random network amplifies rounding: with plain He weights two correct float32 engines differ by 1e-4 of the
logits' deviation and more. Here, as in trained networks, most units are active (batch norms shift by 0.75), filters
let smooth signals through, and no batch norm blows up a channel that hardly varies. That keeps the float32 noise of the
networks of this project near 1e-5.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

# With fewer values than this per channel (a pooled 1x1 map), a channel's own statistics say nothing.
FEWEST_VALUES = 16
# Share of the whole layer's variance that is added to every channel's.
DAMPING = 0.1
# Share of a filter's variance that its taps have in common, where it sees so few channels that it would otherwise pass
# more noise than signal.
SMOOTHNESS = 0.3
FEW_CHANNELS = 16


def randomise(module: nn.Module, seed: int) -> None:
    """Fills every parameter below `module` from `seed`: He-normal filters, affine and slopes away from defaults."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d):
                layer.weight.copy_(_filters(layer.weight.shape, generator))
                if layer.bias is not None:
                    layer.bias.normal_(0, 0.1, generator=generator)
            elif isinstance(layer, nn.BatchNorm2d):
                layer.weight.uniform_(0.8, 1.2, generator=generator)
                layer.bias.normal_(0.75, 0.2, generator=generator)
            elif isinstance(layer, nn.PReLU):
                layer.weight.uniform_(0.1, 0.4, generator=generator)


def _filters(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """He-normal filters; the taps of narrow ones share a part of each (output, input) pair's weight."""
    smoothness = SMOOTHNESS if shape[1] < FEW_CHANNELS else 0.0
    common = torch.randn(*shape[:2], 1, 1, generator=generator) * smoothness**0.5
    own = torch.randn(shape, generator=generator) * (1 - smoothness) ** 0.5
    return (common + own) * (2 / shape[1:].numel()) ** 0.5


def calibrate(module: nn.Module, run: Callable[[], object]) -> None:
    """Sets the running statistics of each batch norm below `module` to those of what it is given while `run()` runs.

    Statistics are set before a layer is used, so that later layers see what they will see in inference.
    """
    def observe(layer: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        x = inputs[0].detach().transpose(0, 1).flatten(1)
        whole = x.var(unbiased=False)
        if x.shape[1] < FEWEST_VALUES:
            x = x.flatten().expand(x.shape[0], -1)
        layer.running_mean.copy_(x.mean(dim=1))
        layer.running_var.copy_(x.var(dim=1, unbiased=False) + DAMPING * whole)

    _watch([layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)], observe, run)


def centre(layers: Iterable[nn.Conv2d], run: Callable[[], object]) -> None:
    """Takes from each pointwise layer's filters what answers to the mean input while `run()` runs.

    Without it the classes of a random network differ by constants, and one of them wins everywhere.
    """
    def observe(layer: nn.Conv2d, inputs: tuple[Tensor, ...]) -> None:
        mean = inputs[0].mean(dim=(0, 2, 3))
        filters = layer.weight[:, :, 0, 0]
        filters -= torch.outer(filters @ mean, mean) / mean.square().sum()

    _watch(layers, observe, run)


def _watch(layers: Iterable[nn.Module], observe: Callable[..., None], run: Callable[[], object]) -> None:
    """Runs with `observe(layer, inputs)` called before each of the layers."""
    handles = [layer.register_forward_pre_hook(observe) for layer in layers]
    try:
        with torch.no_grad():
            run()
    finally:
        for handle in handles:
            handle.remove()
