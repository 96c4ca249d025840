"""Letters are compared word for word; `--update-golden` writes them anew, for review."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites the expected letters."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the letters as they are now; read the diff before commit",
    )


@pytest.fixture
def assert_same(request):
    """Return a function that compares *text* with the file *path*, or rewrites the file."""

    def compare(text, path):
        if request.config.getoption("--update-golden", default=False):
            path.write_text(text, encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert expected == text

    return compare
