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
KEYS = {"why", "file", "encoding", "old", "new", "content", "changes"}


def example(path):
    """Return the example in *path*."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rule_folder(folder, changes=()):
    """Return *folder*, filled with the small rule set after *changes*."""
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    shutil.copytree(SCHEMAS, folder / "schema")
    for change in changes:
        file = folder / change["file"]
        text = change.get("content")
        if text is None:
            whole = file.read_text(encoding="utf-8")
            assert 1 == whole.count(change["old"]), "`old` must stand in the file exactly once"
            text = whole.replace(change["old"], change["new"])
        file.write_bytes(text.encode(change.get("encoding", "utf-8")))
    return folder


def report_of(path, folder):
    """Return what is said about the example in *path*, and the book if there is one."""
    broken = example(path)
    return check_rules(rule_folder(folder, broken.get("changes") or [broken]))


def test_the_small_rule_set_is_sound(tmp_path):
    """What the examples show is due to their change alone."""
    report, book = check_rules(rule_folder(tmp_path))

    assert "" == report.text()
    assert book is not None


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_broken_rule_file_is_explained(path, tmp_path, same):
    """Place, words, line, caret, code and hint: letter for letter."""
    report, book = report_of(path, tmp_path)

    assert report.issues
    assert (book is None) == bool(report.errors)
    same(report.text(), path.with_suffix(".txt"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_explained_in_english_too(path, tmp_path):
    """With the same places and codes, and no field left open."""
    report, _ = report_of(path, tmp_path)

    for issue in report.issues:
        assert issue.message("en")
        assert not set("{}") & set(issue.message("en").replace(issue.fields.get("given", ""), ""))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
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
