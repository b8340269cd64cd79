"""DeepLabV3+ on WideResNet-38 with the DenseHybrid head as a graph; mirrors tools/networks/deeplab_wrn38.py."""

from tools.networks.deeplab_wrn38 import DeepLabConfiguration

from ..graph_builder import GraphBuilder


def deeplab_graph(
    graph: GraphBuilder, config: DeepLabConfiguration = DeepLabConfiguration()
) -> tuple[str, str, str | None]:
    """Returns the names of pre-logits, logits and (where the weights have the head) outlier logits."""
    x = graph.convolution(graph.image(), "mod1.conv1")
    fine = x
    for number, group in enumerate(config.groups, start=2):
        if number <= 3:
            x = graph.max_pool(x, f"pool{number}", kernel=3, stride=2, padding=1)
        for block in range(1, group.count + 1):
            stride = group.stride if block == 1 else 1
            x = _residual_block(graph, x, f"mod{number}.block{block}", stride, group.dilation)
        if number == 2:
            fine = x
    x = graph.convolution(_context(graph, x, config.aspp_rates), "bot_aspp")
    x = graph.resize(x, graph.spatial_size(fine), "bot_aspp.resize", align_corners=True)
    pre_logits = graph.concat([graph.convolution(fine, "bot_fine"), x], "pre_logits")
    x = _conv_bn_relu(graph, pre_logits, "final", first=0)
    x = _conv_bn_relu(graph, x, "final", first=3)
    logits = graph.convolution(x, "final.6", name="logits")
    if not graph.has_group("logits_ood"):
        return pre_logits, logits, None
    x = graph.relu(graph.batch_norm(pre_logits, "logits_ood.norm"), "logits_ood.relu")
    return pre_logits, logits, graph.convolution(x, "logits_ood.conv", name="outlier_logits")


def _residual_block(graph: GraphBuilder, x: str, key: str, stride: int, dilation: int) -> str:
    activated = graph.relu(graph.batch_norm(x, f"{key}.bn1.0"), f"{key}.bn1.1")
    shortcut = x
    if graph.has(f"{key}.proj_conv.weight"):
        shortcut = graph.convolution(activated, f"{key}.proj_conv", stride=stride)
    y = graph.convolution(activated, f"{key}.convs.conv1", stride=stride, dilation=dilation)
    index = 2
    while graph.has(f"{key}.convs.conv{index}.weight"):
        y = graph.relu(graph.batch_norm(y, f"{key}.convs.bn{index}.0"), f"{key}.convs.bn{index}.1")
        y = graph.convolution(y, f"{key}.convs.conv{index}", dilation=dilation)
        index += 1
    return graph.add(y, shortcut, f"{key}.add")


def _context(graph: GraphBuilder, x: str, rates: tuple[int, ...]) -> str:
    pooled = graph.global_average_pool(x, "aspp.img_pooling")
    pooled = _conv_bn_relu(graph, pooled, "aspp.img_conv")
    branches = [graph.expand(pooled, graph.spatial_size(x), "aspp.img_expand")]
    for index, rate in enumerate((1, *rates)):
        branches.append(_conv_bn_relu(graph, x, f"aspp.features.{index}", dilation=rate))
    return graph.concat(branches, "aspp.concat")


def _conv_bn_relu(graph: GraphBuilder, x: str, key: str, first: int = 0, dilation: int = 1) -> str:
    x = graph.convolution(x, f"{key}.{first}", dilation=dilation)
    return graph.relu(graph.batch_norm(x, f"{key}.{first + 1}"), f"{key}.{first + 2}")
