"""Messages are compared letter for letter; `--update-messages` writes them anew, for review."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites the expected texts."""
    parser.addoption(
        "--update-messages",
        action="store_true",
        help="write the messages as they are now beside their examples; read the diff",
    )


@pytest.fixture
def assert_same(request):
    """Return a function that compares *text* with the file *path*, or rewrites the file."""

    def compare(text, path):
        if request.config.getoption("--update-messages", default=False):
            path.write_text(f"{text}\n", encoding="utf-8")
        expected = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert expected == f"{text}\n"

    return compare
