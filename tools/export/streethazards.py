"""StreetHazards' 12 known classes in the order of the authors' networks and of tools.train.towns, with colours."""

CLASSES: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("sky", (70, 130, 180)),  # "unlabeled" in StreetHazards, drawn black there
    ("building", (70, 70, 70)),
    ("fence", (190, 153, 153)),
    ("pedestrian", (220, 20, 60)),
    ("pole", (153, 153, 153)),
    ("road line", (255, 255, 255)),
    ("road", (128, 64, 128)),
    ("sidewalk", (244, 35, 232)),
    ("vegetation", (107, 142, 35)),
    ("car", (0, 0, 142)),
    ("wall", (102, 102, 156)),
    ("traffic sign", (220, 220, 0)),
)
