"""Puts the repository's root on the path, so that tests run from anywhere."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))
