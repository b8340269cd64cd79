"""Names and shapes of the authors' checkpoints, written out from their published description, not from our networks."""

Shapes = dict[str, tuple[int, ...]]


def _norm(name: str, channels: int) -> Shapes:
    vectors = {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}
    return {**vectors, f"{name}.num_batches_tracked": ()}


def _unit(name: str, inputs: int, outputs: int, kernel: int = 1, bias: bool = False) -> Shapes:
    """BatchNorm, ReLU, convolution."""
    made = {**_norm(f"{name}.norm", inputs), f"{name}.conv.weight": (outputs, inputs, kernel, kernel)}
    return {**made, f"{name}.conv.bias": (outputs,)} if bias else made


def ladder_densenet(classes: int, head: bool = True) -> Shapes:
    """LadderDenseNetTH on DenseNet-121; without `head` the closed-set LadderDenseNet."""
    trunk = "backbone.features"
    made: Shapes = {f"{trunk}.conv0.weight": (64, 3, 7, 7), **_norm(f"{trunk}.norm0", 64)}
    channels, skips = 64, []
    for block, layers in enumerate((6, 12, 24, 16), start=1):
        for layer in range(1, layers + 1):
            name = f"{trunk}.denseblock{block}.denselayer{layer}"
            made |= {**_norm(f"{name}.norm1", channels), f"{name}.conv1.weight": (128, channels, 1, 1)}
            made |= {**_norm(f"{name}.norm2", 128), f"{name}.conv2.weight": (32, 128, 3, 3)}
            channels += 32
        skips.append(channels)
        if block < 4:
            made |= _unit(f"{trunk}.transition{block}", channels, channels // 2)
            channels //= 2
    pyramid = "spp.spp.spp"
    made |= _unit(f"{pyramid}.spp_bn", 1024, 512)
    for level in range(4):
        made |= _unit(f"{pyramid}.spp{level}", 512, 128)
    made |= _unit(f"{pyramid}.spp_fuse", 1024, 512)
    for index, (inputs, skip, outputs) in enumerate(((512, skips[2], 256), (256, skips[1], 256), (256, skips[0], 128))):
        name = f"upsample.upsample_layers.upsample_{index}"
        made |= _unit(f"{name}.bottleneck", skip, inputs) | _unit(f"{name}.blend_conv", inputs, outputs, 3)
        made |= _unit(f"{name}.logits_aux", inputs, 1, bias=True)
    made |= _unit("logits", 128, classes, bias=True)
    return made | _unit("logits_ood", 128, 2, bias=True) if head else made


def deeplab(classes: int, head: bool = True) -> Shapes:
    """DeepWV3PlusTH; without `head` NVIDIA's DeepWV3Plus."""
    made: Shapes = {"mod1.conv1.weight": (64, 3, 3, 3)}
    channels = 64
    groups = ((3, (128, 128)), (3, (256, 256)), (6, (512, 512)), (3, (512, 1024)), (1, (512, 1024, 2048)),
              (1, (1024, 2048, 4096)))  # fmt: skip
    for number, (blocks, widths) in enumerate(groups, start=2):
        for block in range(1, blocks + 1):
            name, previous = f"mod{number}.block{block}", channels
            made |= _norm(f"{name}.bn1.0", channels)
            for index, width in enumerate(widths, start=1):
                kernel = 3 if len(widths) == 2 or index == 2 else 1
                if index > 1:
                    made |= _norm(f"{name}.convs.bn{index}.0", previous)
                made[f"{name}.convs.conv{index}.weight"] = (width, previous, kernel, kernel)
                previous = width
            if block == 1:
                made[f"{name}.proj_conv.weight"] = (widths[-1], channels, 1, 1)
            channels = widths[-1]
    for index in range(4):
        kernel = 1 if index == 0 else 3
        made |= {f"aspp.features.{index}.0.weight": (256, 4096, kernel, kernel)}
        made |= _norm(f"aspp.features.{index}.1", 256)
    made |= {"aspp.img_conv.0.weight": (256, 4096, 1, 1), **_norm("aspp.img_conv.1", 256)}
    made |= {"bot_fine.weight": (48, 128, 1, 1), "bot_aspp.weight": (256, 1280, 1, 1)}
    made |= {"final.0.weight": (256, 304, 3, 3), **_norm("final.1", 256)}
    made |= {"final.3.weight": (256, 256, 3, 3), **_norm("final.4", 256), "final.6.weight": (classes, 256, 1, 1)}
    return made | _unit("logits_ood", 304, 2, bias=True) if head else made
