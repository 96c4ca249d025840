"""Links lead somewhere, and every command that is mentioned can be called so."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from documentation.documents import ALL_PAGES, ROOT
from hjemmel.cli.main import build_parser

LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<to>[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MENTION = re.compile(r"`(?P<command>hjemmel [^`]+)`")
SHOWN = re.compile(r"^(?:\$ )?(?P<command>hjemmel [^#\n]+)", re.MULTILINE)
MAKE = re.compile(r"(?:`|^)make (?P<target>[a-z][a-z-]*)", re.MULTILINE)


def text_of(page: str | Path) -> str:
    """Return the text of *page*."""
    return (ROOT / page).read_text(encoding="utf-8")


def anchors_of(text: str) -> set[str]:
    """Return what a link into the page may name: its headings as GitHub spells them, and ids."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    spelled = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }
    return spelled | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", ALL_PAGES)
def test_links_lead_somewhere(page):
    """To a file that is there, and to a heading in it."""
    lost = []
    for found in LINK.finditer(FENCED.sub("", text_of(page))):
        if "://" in found["to"]:
            continue
        path, _, anchor = found["to"].partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors_of(text_of(target))):
            lost.append(found["to"])

    assert [] == lost


def commands() -> list[tuple[str, str]]:
    """Return every command that a page written by hand shows or names, with the page."""
    return [
        (page, found["command"].strip())
        for page in ALL_PAGES
        if not page.startswith("docs/reference/")
        for pattern, text in ((MENTION, FENCED.sub("", text_of(page))), (SHOWN, text_of(page)))
        for found in pattern.finditer(text)
        if "…" not in found["command"]
    ]


def accepts(command: str) -> bool:
    """Say whether the command line takes *command*; a command's name may stand alone."""
    words = shlex.split(command)[1:]
    if len(words) == 1 and not words[0].startswith("-"):
        words.append("--help")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            build_parser().parse_args(words)
        except SystemExit as ended:
            return not ended.code
    return True


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_a_command_can_be_called_as_it_is_mentioned(page, command):
    """Also where a page only names it in passing."""
    assert accepts(command), f"{page}: {command}"


@pytest.mark.parametrize("page", ALL_PAGES)
def test_a_make_target_that_is_mentioned_exists(page):
    """The Makefile is where a newcomer begins."""
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.MULTILINE))

    assert set() == {found["target"] for found in MAKE.finditer(text_of(page))} - targets


def test_commands_are_found():
    """The patterns above see what they are for, and not every command will do."""
    assert not accepts("hjemmel rates --no-such-option")
    assert not accepts("hjemmel no-such-command")
    assert ("README.md", "hjemmel check") in commands()
    assert len(commands()) > 30
