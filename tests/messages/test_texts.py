"""The catalogue of sentences: whole in both languages, of one form, and all of it in use."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import hjemmel
from hjemmel.issues import HjemmelError, Issue, Place, Report, masked, show
from hjemmel.messages import TEXTS, hint, names_in, sentence

PACKAGE = Path(hjemmel.__file__).resolve().parent

#: Where a code is given: as the first argument of these, or as the argument `code` of an issue.
SAYS = {"sentence", "hint", "_note", "_fail"}
VALIDATION = {("decide", "case.py"), ("hjemmel", "issues.py")}
KEBAB = r"[a-z]+(-[a-z0-9]+)+"
LANGS = ("da", "en")
#: A sentence of ours ends without one; an amount may end in `kr.`.
FULL_STOP = re.compile(r"(?<!kr)[.!][`\"')]*$")
#: Words that no Danish, or no English, sentence holds.
ENGLISH = re.compile(r"\b(the|of|which|with|must|should|cannot|are|is)\b")
DANISH = re.compile(r"[æøå]|\b(og|ikke|skal|som|eller|står|mangler)\b")
OTHER = {"da": ENGLISH, "en": DANISH}
QUOTED = re.compile(r"`[^`]*`|\"[^\"]*\"|\{[^}]*\}|\[[^\]]*\]")


@cache
def trees():
    """Return the syntax tree of every module but the catalogue."""
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "messages.py"]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def calls(tree):
    """Yield every call in *tree* with the name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def pattern_of(node):
    """Return the text *node* as a pattern; what is filled in later matches any name."""
    if isinstance(node, ast.Constant):
        return re.escape(str(node.value))
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9_.-]+"
            for part in node.values
        )
    return "(?!)"


def texts_in(tree):
    """Return every text in *tree* as a pattern."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield pattern_of(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (re.escape(word) for word in node.value.split())


def codes_in(tree, errors):
    """Return every code that *tree* gives to an issue, an error of *errors* or a sentence."""
    for name, node in calls(tree):
        given = [word.value for word in node.keywords if word.arg == "code" and name == "Issue"]
        if name in SAYS | errors:
            given += node.args[:1]
        for one in given:
            either = (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,)
            codes = [part.value for part in either if isinstance(part, ast.Constant)]
            yield from (code for code in codes if re.fullmatch(KEBAB, str(code)))


def own_codes(tree):
    """Return the codes of a catalogue that the module of *tree* brings itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "Text":
                    yield key.value


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


def given_codes():
    """Return every code the engine gives, with the module that does."""
    errors = error_names()
    return {
        (path.relative_to(PACKAGE).as_posix(), code)
        for path, tree in trees().items()
        for code in codes_in(tree, errors)
    }


def said(code, lang):
    """Return everything the code says in *lang*."""
    text = TEXTS[code]
    return [text.da, text.hint_da] if lang == "da" else [text.en, text.hint_en]


@cache
def sentences():
    """Return the codes that validation and errors say; the rest are labels and pages of tools."""
    validation = [
        path for path in trees() if path.parts[-2:] in VALIDATION or "policy" in path.parts
    ]
    named = {text for path in validation for text in texts_in(trees()[path])}
    given = {code for _, code in given_codes()}
    return [
        code
        for code in TEXTS
        if code in given or ("-" in code and re.escape(code) in named) or "unknown-" in code[:8]
    ]


def fields_of(template):
    """Return the fields of each line of *template*."""
    return [names_in(line) for line in template.split("\n")]


# --- the catalogue --------------------------------------------------------------------------------


def test_a_code_is_kebab_case():
    """Codes are searched for and documented; ids of the contract may follow a hyphen."""
    assert not [code for code in TEXTS if not re.fullmatch(r"[a-z]+(-[a-z0-9_.]+)*", code)]


def test_both_languages_say_the_same():
    """Neither is empty, and both use the same fields, hint by hint."""
    assert not [code for code, text in TEXTS.items() if not (text.da and text.en)]
    assert not [code for code, text in TEXTS.items() if names_in(text.da) != names_in(text.en)]
    assert not [
        code for code, text in TEXTS.items() if fields_of(text.hint_da) != fields_of(text.hint_en)
    ]


def test_a_sentence_has_the_form_of_sentences():
    """It starts in lower case, has no full stop, and is one line; its hints are as well."""
    lines = [
        line
        for code in sentences()
        for lang in LANGS
        for line in "\n".join(said(code, lang)).split("\n")
        if line
    ]

    assert not [line for line in lines if first_letter(line).isupper()]
    assert not [line for line in lines if FULL_STOP.search(line)]
    assert not [line for line in lines if "  " in line]
    assert not [code for code in sentences() if "\n" in TEXTS[code].da + TEXTS[code].en]


def first_letter(line):
    """Return the first letter of *line*; what it begins with in quotes is the author's."""
    return next((one for one in line if one.isalpha() or one in "`{"), "a")


def test_each_language_is_itself():
    """What is quoted may be in any language."""
    plain = {
        (code, lang): QUOTED.sub("", " ".join(said(code, lang))) for code in TEXTS for lang in LANGS
    }

    assert not [code for (code, lang), text in plain.items() if OTHER[lang].search(text)]


# --- and the engine -------------------------------------------------------------------------------


def test_every_code_the_engine_gives_has_its_sentence():
    """Otherwise the message would be a KeyError, and only on the day it is needed."""
    given = given_codes()
    known = set(TEXTS).union(*(own_codes(tree) for tree in trees().values()))

    assert len(given) > 60
    assert not sorted(f"{path}: {code}" for path, code in given if code not in known)


def test_every_sentence_is_used():
    """A sentence nobody says is a promise nobody keeps."""
    patterns = {text for tree in trees().values() for text in texts_in(tree)}
    joined = [re.compile(text) for text in patterns if re.match(r"[a-z]+(\\-[a-z]+)*\\-\[", text)]
    idle = [
        code
        for code in TEXTS
        if re.escape(code) not in patterns and not any(one.fullmatch(code) for one in joined)
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
        code="unknown-key",
        place=Place("a.yaml", 7, column),
        fields={"key": "x", **fields},
        line=line,
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
