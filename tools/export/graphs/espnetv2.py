"""ESPNetv2 with the DenseHybrid head as a graph; mirrors tools/networks/espnetv2.py.

Valid for every input whose height and width are multiples of 16: the number of poolings of the input image at each
level is then fixed.
"""

from ..graph_builder import GraphBuilder

DILATIONS = (1, 2, 3, 4)
DEEP_DILATIONS = (1, 1, 2, 3)
PYRAMID_SCALES = (2.0, 1.5, 1.0, 0.5, 0.1)
SMALLEST_BRANCH = 5


def espnetv2_graph(graph: GraphBuilder) -> tuple[str, str, str | None]:
    """Returns the names of pre-logits, logits (20) and (where the weights have the head) outlier logits."""
    net = "network"
    e1, e2, e3, e4 = _encoder(graph, f"{net}.base_net")
    d = _pyramid(graph, e4, f"{net}.bu_dec_l1")
    for level, encoded in ((2, e3), (3, e2), (4, e1)):
        merged = _gated(graph, encoded, f"{net}.merge_enc_dec_l{level}")
        key = f"{net}.bu_br_l{level}"
        # Doubled whatever the skip's size is: at a size that is no multiple of 16 the sum is refused.
        d = graph.enlarge(d, 2, f"{key}.resize", align_corners=True)
        d = graph.batch_norm(graph.add(merged, d, f"{key}.add"), f"{key}.0")
        d = graph.prelu(d, f"{key}.1", name="pre_logits" if level == 4 else None)
        if level < 4:
            d = _pyramid(graph, d, f"{net}.bu_dec_l{level}")
    logits = _pyramid(graph, d, f"{net}.bu_dec_l4", name="logits")
    return d, logits, _outlier_head(graph, d)


def _outlier_head(graph: GraphBuilder, x: str) -> str | None:
    """Alternating BN-ReLU-convolution units; `paper` has one of them, `deep` two."""
    units = 0
    while graph.has(f"outlier_head.{3 * units}.running_mean"):
        units += 1
    if units == 0:
        return None
    for unit in range(units):
        first = 3 * unit
        x = graph.relu(graph.batch_norm(x, f"outlier_head.{first}"), f"outlier_head.{first + 1}")
        name = "outlier_logits" if unit == units - 1 else None
        x = graph.convolution(x, f"outlier_head.{first + 2}", name=name)
    return x


def _encoder(graph: GraphBuilder, net: str) -> tuple[str, str, str, str]:
    image = graph.image()
    # images[n]: the input averaged down n times; level n's map has the size of images[n].
    images = [image]
    for times in range(1, 5):
        images.append(graph.average_pool(images[-1], f"image.pooled{times}", kernel=3, stride=2, padding=1))
    e1 = _conv_bn(graph, image, f"{net}.level1", stride=2)
    e2 = _down_sampler(graph, e1, images[2], f"{net}.level2_0")
    e3 = _down_sampler(graph, e2, images[3], f"{net}.level3_0")
    e3 = _units(graph, e3, f"{net}.level3", DILATIONS)
    e4 = _down_sampler(graph, e3, images[4], f"{net}.level4_0")
    return e1, e2, e3, _units(graph, e4, f"{net}.level4", DEEP_DILATIONS)


def _units(graph: GraphBuilder, x: str, key: str, dilations: tuple[int, ...]) -> str:
    unit = 0
    while graph.has_group(f"{key}.{unit}"):
        name = f"{key}.{unit}"
        expanded = _eesp(graph, x, name, 1, dilations)
        x = graph.prelu(graph.add(expanded, x, f"{name}.add"), f"{name}.module_act")
        unit += 1
    return x


def _conv_bn(graph: GraphBuilder, x: str, key: str, stride: int = 1) -> str:
    """Convolution, batch normalisation and, where the weights have one, PReLU under the encoder's names."""
    x = graph.batch_norm(graph.convolution(x, f"{key}.conv", stride=stride), f"{key}.bn")
    return graph.prelu(x, f"{key}.act") if graph.has(f"{key}.act.weight") else x


def _decoder_conv(graph: GraphBuilder, x: str, key: str) -> str:
    x = graph.batch_norm(graph.convolution(x, f"{key}.cbr.0"), f"{key}.cbr.1")
    return graph.prelu(x, f"{key}.cbr.2")


def _eesp(graph: GraphBuilder, x: str, key: str, stride: int, dilations: tuple[int, ...]) -> str:
    reduced = _conv_bn(graph, x, f"{key}.proj_1x1")
    sums: list[str] = []
    for index, dilation in enumerate(dilations):
        branch = graph.convolution(reduced, f"{key}.spp_dw.{index}.conv", stride=stride, dilation=dilation)
        sums.append(graph.add(branch, sums[-1], f"{key}.sum{index}") if sums else branch)
    joined = graph.concat(sums, f"{key}.concat")
    joined = graph.batch_norm(joined, f"{key}.br_after_cat.bn")
    joined = graph.prelu(joined, f"{key}.br_after_cat.act")
    return _conv_bn(graph, joined, f"{key}.conv_1x1_exp")


def _down_sampler(graph: GraphBuilder, x: str, image: str, key: str) -> str:
    pooled = graph.average_pool(x, f"{key}.pool", kernel=3, stride=2, padding=1)
    joined = graph.concat([pooled, _eesp(graph, x, f"{key}.eesp", 2, DILATIONS)], f"{key}.concat")
    reinforcement = _conv_bn(graph, _conv_bn(graph, image, f"{key}.inp_reinf.0"), f"{key}.inp_reinf.1")
    return graph.prelu(graph.add(joined, reinforcement, f"{key}.add"), f"{key}.act")


def _pyramid(graph: GraphBuilder, x: str, key: str, name: str | None = None) -> str:
    x = _decoder_conv(graph, x, f"{key}.projection_layer")
    size = graph.spatial_size(x)
    branches = []
    for index, scale in enumerate(PYRAMID_SCALES):
        stage = f"{key}.stages.{index}"
        if scale == 1:
            branches.append(graph.convolution(x, stage))
            continue
        branch_size = graph.scaled_size(size, scale, SMALLEST_BRANCH)
        if scale > 1:
            branch = graph.resize(x, branch_size, f"{stage}.resize", align_corners=True)
            branch = graph.convolution(branch, stage)
            branch = graph.adaptive_average_pool(branch, size, f"{stage}.pool")
        else:
            branch = graph.adaptive_average_pool(x, branch_size, f"{stage}.pool")
            branch = graph.convolution(branch, stage)
            branch = graph.resize(branch, size, f"{stage}.resize", align_corners=True)
        branches.append(branch)
    merge = f"{key}.merge_layer"
    x = graph.concat(branches, f"{key}.concat")
    x = graph.prelu(graph.batch_norm(x, f"{merge}.0.br.0"), f"{merge}.0.br.1")
    x = graph.channel_shuffle(x, f"{merge}.1", groups=len(PYRAMID_SCALES))
    x = _decoder_conv(graph, x, f"{merge}.2")
    x = graph.convolution(x, f"{merge}.3", name=name)
    if not graph.has(f"{key}.br.br.0.weight"):
        return x
    return graph.prelu(graph.batch_norm(x, f"{key}.br.br.0"), f"{key}.br.br.1")


def _gated(graph: GraphBuilder, x: str, key: str) -> str:
    gate = graph.global_average_pool(x, f"{key}.wt_layer.0")
    gate = graph.sigmoid(graph.convolution(gate, f"{key}.wt_layer.1"), f"{key}.wt_layer.2")
    return graph.multiply(_decoder_conv(graph, x, f"{key}.expansion_layer"), gate, f"{key}.gated")
