"""Each file in rules/ breaks the small rule set in base/; the text beside it is what is said.

An example says `why` it is there, and what it changes: `old` and `new` in one `file`, or the whole
`content` of it; `changes` holds several. The rule set is a small one of its own, so that a change
of the law moves no line here. After `pytest tests/messages --update-messages`, read the diff.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from hjemmel import check_rules

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parents[1] / "rules" / "schema"
EXAMPLES = sorted((HERE / "rules").glob("*.yaml"))
NAMES = [path.stem for path in EXAMPLES]
KEYS = {"why", "file", "encoding", "old", "new", "content", "changes"}


def example(path):
    """Return the example in *path*."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rule_folder(folder, changes=()):
    """Return *folder*, filled with the small rule set after *changes*."""
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    (folder / "schema").symlink_to(SCHEMAS)
    for change in changes:
        file = folder / change["file"]
        text = change.get("content")
        if text is None:
            whole = file.read_text(encoding="utf-8")
            assert 1 == whole.count(change["old"]), "`old` must stand in the file exactly once"
            text = whole.replace(change["old"], change["new"])
        file.write_bytes(text.encode(change.get("encoding", "utf-8")))
    return folder


@pytest.fixture
def checked(request, tmp_path):
    """Return what is said about the example that is asked for, and the book if there is one."""
    broken = example(request.param)
    return check_rules(rule_folder(tmp_path, broken.get("changes") or [broken]))


def test_the_small_rule_set_is_sound(tmp_path):
    """What the examples show is due to their change alone."""
    report, book = check_rules(rule_folder(tmp_path))

    assert "" == report.text()
    assert book is not None


@pytest.mark.parametrize(
    ("checked", "path"), [(path, path) for path in EXAMPLES], indirect=["checked"], ids=NAMES
)
def test_a_broken_rule_file_is_explained(checked, path, assert_same):
    """Place, words, line, caret, code and hint: letter for letter, and in English as well."""
    report, book = checked

    assert report.issues
    assert (book is None) == bool(report.errors)
    assert all(issue.message("en") != issue.message() for issue in report.issues)
    assert_same(report.text(), path.with_suffix(".txt"))


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_an_example_is_well_made(path):
    """It says why it is there, changes something, and has its text beside it."""
    broken = example(path)

    assert broken["why"]
    assert not set(broken) - KEYS
    assert path.with_suffix(".txt").is_file()


def test_there_is_an_example_for_every_text():
    """And no text without its example."""
    texts = {path.stem for path in (HERE / "rules").glob("*.txt")}

    assert {path.stem for path in EXAMPLES} == texts
    assert len(EXAMPLES) >= 50
