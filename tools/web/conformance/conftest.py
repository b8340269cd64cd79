"""A browser and a program to look at; screenshots go to DENSEHYBRID_SCREENSHOTS, or a folder of pytest's."""

import os
import pathlib

import pytest

from tools.web.browser import Browser
from tools.web.watched import Watched


@pytest.fixture
def browser():
    opened = Browser()
    yield opened
    opened.close()


@pytest.fixture
def watched():
    program = Watched("--budget-ms", "2000", "--on-late", "finish")
    yield program
    program.kill()


@pytest.fixture
def screenshots(tmp_path) -> pathlib.Path:
    folder = pathlib.Path(os.environ.get("DENSEHYBRID_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
