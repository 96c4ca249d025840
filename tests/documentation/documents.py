"""The pages of the documentation and the generator that writes them, for the tests beside this."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _generator():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


generate = _generator()
#: Every page, written by hand or by the generator, by its path from the top.
ALL_PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in (*generate.pages(), *sorted((ROOT / "docs" / "reference").glob("*.md")))
]
