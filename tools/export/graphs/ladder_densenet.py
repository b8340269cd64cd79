"""Ladder DenseNet with the DenseHybrid head as a graph; mirrors tools/networks/ladder_densenet.py."""

from ..graph_builder import GraphBuilder


def ladder_densenet_graph(
    graph: GraphBuilder, spp_grids: tuple[int, ...] = (8, 4, 2, 1)
) -> tuple[str, str, str | None]:
    """Returns the names of pre-logits, logits and (where the weights have the head) outlier logits."""
    x = graph.image()
    x, skips = _features(graph, x)
    x = _pyramid_pooling(graph, x, spp_grids)
    for index, skip in enumerate(reversed(skips)):
        key = f"upsample.upsample_layers.upsample_{index}"
        skip = _bn_relu_conv(graph, skip, f"{key}.bottleneck")
        x = graph.resize(x, graph.spatial_size(skip), f"{key}.resize", align_corners=False)
        x = graph.add(x, skip, f"{key}.add")
        last = index == len(skips) - 1
        x = _bn_relu_conv(graph, x, f"{key}.blend_conv", name="pre_logits" if last else None)
    logits = _bn_relu_conv(graph, x, "logits", name="logits")
    if not graph.has_group("logits_ood"):
        return x, logits, None
    return x, logits, _bn_relu_conv(graph, x, "logits_ood", name="outlier_logits")


def _bn_relu_conv(graph: GraphBuilder, x: str, key: str, name: str | None = None) -> str:
    x = graph.batch_norm(x, f"{key}.norm")
    return graph.convolution(graph.relu(x, f"{key}.relu"), f"{key}.conv", name=name)


def _features(graph: GraphBuilder, x: str) -> tuple[str, list[str]]:
    key = "backbone.features"
    x = graph.convolution(x, f"{key}.conv0", stride=2)
    x = graph.relu(graph.batch_norm(x, f"{key}.norm0"), f"{key}.relu0")
    x = graph.max_pool(x, f"{key}.pool0", kernel=2, stride=2)
    skips = []
    block = 1
    while True:
        x = _dense_block(graph, x, f"{key}.denseblock{block}")
        if not graph.has_group(f"{key}.transition{block}"):
            return x, skips
        skips.append(x)
        x = _transition(graph, x, f"{key}.transition{block}")
        block += 1


def _dense_block(graph: GraphBuilder, x: str, key: str) -> str:
    layer = 1
    while graph.has_group(f"{key}.denselayer{layer}"):
        name = f"{key}.denselayer{layer}"
        new = graph.relu(graph.batch_norm(x, f"{name}.norm1"), f"{name}.relu1")
        new = graph.convolution(new, f"{name}.conv1")
        new = graph.relu(graph.batch_norm(new, f"{name}.norm2"), f"{name}.relu2")
        new = graph.convolution(new, f"{name}.conv2")
        x = graph.concat([x, new], f"{name}.concat")
        layer += 1
    return x


def _transition(graph: GraphBuilder, x: str, key: str) -> str:
    x = graph.relu(graph.batch_norm(x, f"{key}.norm"), f"{key}.relu")
    x = graph.convolution(x, f"{key}.conv")
    return graph.average_pool(x, f"{key}.pool", kernel=3, stride=2, padding=1, count_padding=False)


def _pyramid_pooling(graph: GraphBuilder, x: str, grids: tuple[int, ...]) -> str:
    key = "spp.spp.spp"
    size = graph.spatial_size(x)
    x = _bn_relu_conv(graph, x, f"{key}.spp_bn")
    levels = [x]
    for index, rows in enumerate(grids):
        level = graph.adaptive_average_pool(x, graph.pyramid_grid(size, rows), f"{key}.spp{index}.pool")
        level = _bn_relu_conv(graph, level, f"{key}.spp{index}")
        levels.append(graph.resize(level, size, f"{key}.spp{index}.resize", align_corners=False))
    return _bn_relu_conv(graph, graph.concat(levels, f"{key}.concat"), f"{key}.spp_fuse")
