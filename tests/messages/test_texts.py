"""The catalogue of sentences: whole in both languages, of one form, and all of it in use."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import hjemmel
from hjemmel.issues import HjemmelError, Issue, Place, Report, masked, show
from hjemmel.messages import TEXTS, hint, names_in, sentence

PACKAGE = Path(hjemmel.__file__).resolve().parent

#: Codes of single words and labels, which are put into sentences or stand alone.
WORDS = re.compile(r"(status|operator|shape|type|instead|list)-|yes$|no$|warning$")
#: Where a code is given: as the first argument of these, or as the argument `code` of any call.
SAYS = {"sentence", "hint", "words", "_note", "_fail"}
#: Words that no Danish, or no English, sentence holds.
ENGLISH = re.compile(r"\b(the|of|which|with|must|should|cannot|are|is)\b")
DANISH = re.compile(r"[æøå]|\b(og|ikke|skal|som|eller|står|mangler)\b")
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]")


def said(code, lang):
    """Return everything the code says in *lang*."""
    text = TEXTS[code]
    return [text.da, text.hint_da] if lang == "da" else [text.en, text.hint_en]


def fields_of(template):
    """Return the fields of each line of *template*."""
    return [names_in(line) for line in template.split("\n")]


# --- the catalogue --------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TEXTS)
def test_a_code_is_kebab_case(code):
    """Codes are searched for and documented; ids of the contract may follow a hyphen."""
    assert re.fullmatch(r"[a-z]+(-[a-z0-9_]+)*", code)


@pytest.mark.parametrize("code", TEXTS)
def test_both_languages_say_the_same(code):
    """Neither is empty, and both use the same fields, hint by hint."""
    text = TEXTS[code]

    assert text.da
    assert text.en
    assert names_in(text.da) == names_in(text.en)
    assert fields_of(text.hint_da) == fields_of(text.hint_en)


@pytest.mark.parametrize("code", [code for code in TEXTS if not WORDS.match(code)])
def test_a_sentence_has_the_form_of_sentences(code):
    """It starts in lower case, has no full stop, and is one line; its hint is as well."""
    for lang in ("da", "en"):
        whole, advice = said(code, lang)
        for line in [whole, *filter(None, advice.split("\n"))]:
            first = next((one for one in line.lstrip('`"{[') if one.isalpha()), "a")
            assert first.islower(), line
            assert not line.rstrip("`}\"'").endswith((".", "!")) or line.endswith('kr."'), line
            assert "  " not in line
        assert "\n" not in whole


@pytest.mark.parametrize("code", TEXTS)
def test_each_language_is_itself(code):
    """What is quoted may be in any language."""
    danish, english = (QUOTED.sub("", " ".join(said(code, lang))) for lang in ("da", "en"))

    assert not ENGLISH.search(danish)
    assert not DANISH.search(english)


# --- and the engine -------------------------------------------------------------------------------


def trees():
    """Return the syntax tree of every module but the catalogue."""
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "messages.py"]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def texts_in(tree):
    """Return every text in *tree* as a pattern; what is filled in later matches any name."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (
                re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_-]+"
                for part in node.values
            )
            yield "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield from (re.escape(word) for word in node.value.split())


def codes_in(tree, errors):
    """Return every code that *tree* gives to an issue, an error of *errors* or a sentence."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [word.value for word in node.keywords if word.arg == "code"]
        if name in SAYS | errors:
            given += node.args[:1]
        for one in given:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
            elif isinstance(one, ast.IfExp):
                yield from (part.value for part in (one.body, one.orelse) if hasattr(part, "value"))


def error_names():
    """Return the names of our errors that take the key of a sentence."""
    found = {"super"}
    waiting = [HjemmelError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if "report" not in error.__init__.__code__.co_varnames:
            found.add(error.__name__)
    return found


def test_every_code_the_engine_gives_has_its_sentence():
    """Otherwise the message would be a KeyError, and only on the day it is needed."""
    errors = error_names()
    given = {
        (path.relative_to(PACKAGE).as_posix(), code)
        for path, tree in trees().items()
        for code in codes_in(tree, errors)
    }

    assert len(given) > 60
    assert not sorted(f"{path}: {code}" for path, code in given if code not in TEXTS)


def test_every_sentence_is_used():
    """A sentence nobody says is a promise nobody keeps."""
    patterns = {text for tree in trees().values() for text in texts_in(tree)}
    plain = {re.sub(r"\\(.)", r"\1", text) for text in patterns}
    joined = [re.compile(text) for text in patterns if "[a-z0-9_-]+" in text and "-" in text[:12]]
    idle = [
        code
        for code in TEXTS
        if code not in plain and not any(one.fullmatch(code) for one in joined)
    ]

    assert not idle


# --- how a sentence is made -----------------------------------------------------------------------


def test_a_hint_has_the_first_line_that_can_be_filled():
    """Better advice stands first; with no field told there is no hint."""
    fields = {"key": "unti", "allowed": "id, unit"}

    assert "mente du `unit`?" == hint("unknown-key", {**fields, "close": "unit"})
    assert "her kan stå: id, unit" == hint("unknown-key", {**fields, "close": ""})
    assert "" == hint("unknown-key", {"key": "unti"})


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("da", "`met` skal være true eller false eller felter med navn"),
        ("en", "`met` must be true or false or named fields"),
    ],
)
def test_words_in_a_sentence_follow_its_language(lang, expected):
    """A field may hold codes of words."""
    fields = {"key": "met", "wanted": "shape-boolean shape-object"}

    assert expected == sentence("wrong-type", fields, lang)


# --- how an issue is shown ------------------------------------------------------------------------


def issue(column, line, **fields):
    """Return an issue of an unknown key in the column *column* of *line*."""
    return Issue(
        code="unknown-key", place=Place("a.yaml", 7, column), fields={"key": "x", **fields}, line=line
    )


@pytest.mark.parametrize("column", [1, 60, 119, 121, 200, 399, 400])
def test_a_long_line_is_cut_around_the_caret(column):
    """The caret still stands below the same character."""
    line = "".join(chr(ord("a") + at % 26) for at in range(400))
    _, shown, caret = show(issue(column, line)).split("\n")

    assert len(shown) <= 130
    assert line[column - 1] == shown[caret.index("^")]


def test_what_is_not_seen_takes_one_place():
    """A tab or a stray control character must not move the caret."""
    _, shown, caret = show(issue(5, "a\tb\x07c")).split("\n")

    assert "7 | a→b�c" == shown
    assert "c" == shown[caret.index("^")]


def test_a_shown_text_is_one_short_line():
    """However much the author wrote."""
    (first,) = show(issue(1, "", key="lang\n" * 500)).split("\n")

    assert "lang lang" in first
    assert len(first) < 300


@pytest.mark.parametrize("separator", ["", "-", "–", "−", " "])
def test_a_cpr_number_is_never_shown(separator):
    """Neither in the line, the sentence, the hint nor the name of the file."""
    number = f"000000{separator}0000"
    broken = Issue(
        code="unknown-key",
        place=Place(f"{number}.yaml", 1, 1),
        fields={"key": number, "close": number},
        line=f"sag {number}",
    )

    assert "0000" not in show(broken)
    assert len(number) == len(masked(number))


def test_a_report_is_sorted_and_says_nothing_twice():
    """By file, line and column."""
    places = [("b", 1, 1), ("a", 10, 1), ("a", 2, 9), ("a", 2, 1), ("a", 2, 9)]
    found = [Issue(code="file-empty", place=Place(*place)) for place in places]

    assert sorted(set(places)) == [
        (one.place.file, one.place.line, one.place.column) for one in Report.of(found).issues
    ]
