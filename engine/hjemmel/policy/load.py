"""Text to tree: the strict reader of YAML and JSON, and the only door to yaml.

YAML guesses: it reads ``12.500`` as a fraction, ``no`` as false and ``010`` as eight.
In a rule file each of these could move a right, so every guess is an error here.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import cache
from json.decoder import scanstring  # type: ignore[attr-defined] # the stubs lack it

import yaml

from hjemmel.issues import Issue, Place, Report
from hjemmel.tree import MAX_BYTES, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, NoReturn, Protocol

    class _Mark(Protocol):
        index: int
        line: int
        column: int


#: A rule file or case that is deeper is a mistake or an attack.
MAX_DEPTH = 40

_INTEGER = r"-?(0|[1-9][0-9]{0,14})"
#: Plain scalars that YAML readers disagree about, each with the code of its issue: those that
#: may begin a number, as patterns, and words.
_NUMBER_TRAPS = (
    ("yaml-date", r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?"),
    ("yaml-time", r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
    ("yaml-leading-zero", r"[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+"),
    ("yaml-thousands", r"[1-9][0-9]{0,2}\.[0-9]{3}"),
    ("yaml-fraction", r"[-+]?([0-9][0-9_]*)?\.[0-9_]+|[-+]?[0-9][0-9_]*\."),
    (
        "yaml-number",
        (r"[-+]?[0-9][0-9_]*|[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)[eE][-+]?[0-9]+"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
    ),
)  # fmt: skip
_BEGIN_NUMBERS = frozenset("+-.0123456789")
_WORD_TRAPS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO"), "yaml-yes-no"),
    **dict.fromkeys(("on", "On", "ON", "off", "Off", "OFF"), "yaml-yes-no"),
    **dict.fromkeys(("True", "TRUE", "False", "FALSE"), "yaml-yes-no"),
    **dict.fromkeys(("~", "Null", "NULL"), "yaml-null"),
}
_CURLY_OPENS, _CURLY_CLOSES = frozenset("“”„"), frozenset("“”")
#: Where YAML and JSON end a line; the two do not agree.
_YAML_LINE = r"\r\n|[\n\r\x85\u2028\u2029]"
_JSON_LINE = r"\r\n|[\n\r]"
_SURROGATE = r"[\ud800-\udfff]"
#: No text holds these; a letter or a file name with one would fail far from here.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
#: Ends a line for YAML and for nobody else; in a plain text it would become a space.
_NOT_PLAIN = r"[\x85\u2028\u2029]"
_LIBRARY_TAG = "tag:yaml.org,2002:"

#: What the YAML library says went wrong, in its own words, and what we say instead: the code,
#: and whether it stands where the library stopped or where the broken part began.
_PROBLEMS = (
    ("found unexpected end of stream", "open-quote", "began"),
    ("found unexpected document separator", "open-quote", "began"),
    ("could not find expected ':'", "missing-colon", "began"),
    ("mapping values are not allowed here", "yaml-colon", "stopped"),
    ("sequence entries are not allowed here", "yaml-dash", "stopped"),
    ("expected <block end>", "yaml-indent", "stopped"),
    ("expected '<document start>'", "yaml-indent", "stopped"),
    ("expected the node content", "yaml-value", "stopped"),
    ("found unknown escape character", "bad-escape", "stopped"),
    ("expected escape sequence", "bad-escape", "stopped"),
    ("found character", "yaml-start", "stopped"),
    ("expected alphabetic or numeric character", "yaml-start", "began"),
    ("expected a comment or a line break", "yaml-start", "began"),
    ("expected ',' or", "yaml-between", "stopped"),
)


class LoadError(Exception):
    """A file that cannot be read as a tree; carries its issues."""

    def __init__(self, issues: list[Issue]) -> None:
        """Take the *issues* that say why."""
        super().__init__(len(issues))
        self.issues = issues


class Loaded:
    """Trees of files that were read, the lines they came from, and what was wrong."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self.trees: dict[str, Node] = {}
        self.lines: dict[str, list[str]] = {}
        self.issues: list[Issue] = []

    def read(self, path: Path, name: str) -> Node | None:
        """Read the file *path* under the name *name*; issues are collected, not raised."""
        try:
            raw = path.read_bytes()
        except OSError:
            self.issues.append(
                Issue(code="file-missing", place=Place(name, 1, 1), fields={"file": name})
            )
            return None
        return self.parse(raw, name)

    def parse(self, raw: bytes, name: str) -> Node | None:
        """Read *raw* under the name *name*; JSON where the name ends so, else YAML."""
        if len(raw) > MAX_BYTES:
            fields = {"limit": f"{MAX_BYTES // 1_000_000} MB"}
            self.issues.append(Issue(code="file-too-large", place=Place(name, 1, 1), fields=fields))
            return None
        is_json = name.endswith(".json")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start].decode("utf-8-sig").split("\n")
            place = Place(name, len(before), len(before[-1]) + 1)
            self.lines[name] = raw.decode("utf-8-sig", errors="replace").split("\n")
            self.issues.append(Issue(code="file-not-utf8", place=place))
            return None
        self.lines[name] = re.split(_JSON_LINE if is_json else _YAML_LINE, text)
        try:
            tree = parse_json(text, name) if is_json else parse_yaml(text, name)
        except LoadError as error:
            self.issues.extend(error.issues)
            return None
        self.trees[name] = tree
        return tree

    def report(self, more: list[Issue] | None = None) -> Report:
        """Return everything found so far and *more*, with the lines they stand on."""
        return Report.of([*self.issues, *(more or [])], self.lines)


def parse_yaml(text: str, name: str) -> Node:
    """Return the tree of the YAML *text* of the file *name*.

    Raises:
        LoadError: the text is not YAML, or uses a part of YAML that is closed here.
    """
    return _quickly(text, name) or _carefully(text, name)


def _quickly(text: str, name: str) -> Node | None:
    """Return the tree of a file without a fault, read by the library's C half where it has one.

    It is some three times as fast and gives the same places. A file with a fault is read again
    by the Python half, whose errors are the same on every machine.
    """
    reader = getattr(yaml, "CSafeLoader", None)
    if reader is None:
        return None
    builder = _YamlBuilder(name)
    try:
        tree = builder.build(iter(yaml.parse(text, Loader=reader)))
    except (yaml.YAMLError, LoadError, ValueError, OverflowError):
        return None
    return None if builder.issues else tree


def _carefully(text: str, name: str) -> Node:
    builder = _YamlBuilder(name)
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:
        raise LoadError([_bad_character(text, error.position, name)]) from error
    try:
        tree = builder.build(_events(loader))
    except yaml.MarkedYAMLError as error:
        problem = builder.open_quote(error) or _yaml_problem(error, text, name)
        raise LoadError([*builder.issues, problem]) from error
    except (ValueError, OverflowError) as error:  # a number too large, most likely in an escape
        mark = loader.get_mark()
        if "\\" in text[mark.index - len(r"\U00000000") : mark.index]:
            problem = Issue(code="bad-escape", place=_escape_at(mark, text, name))
        else:
            problem = Issue(code="yaml-syntax", place=_at(mark, name))
        raise LoadError([*builder.issues, problem]) from error
    finally:
        loader.dispose()
    if builder.issues or tree is None:
        raise LoadError(builder.issues or [Issue(code="file-empty", place=Place(name, 1, 1))])
    return tree


def _events(loader: yaml.SafeLoader) -> Iterator[yaml.Event]:
    while loader.check_event():
        yield loader.get_event()  # type: ignore[no-untyped-call]


def _bad_character(text: str, position: int, name: str) -> Issue:
    before = re.split(_YAML_LINE, text[:position])
    place = Place(name, len(before), len(before[-1]) + 1)
    return Issue(code="bad-character", place=place, fields={"text": _code_point(text[position])})


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _yaml_problem(error: yaml.MarkedYAMLError, text: str, name: str) -> Issue:
    """Return what the library found, in our words: it tells errors apart by its sentences alone."""
    said = error.problem or ""
    known = ((code, where) for begins, code, where in _PROBLEMS if said.startswith(begins))
    code, where = next(known, ("yaml-syntax", "stopped"))
    stopped = error.problem_mark or error.context_mark
    began = error.context_mark or stopped
    if code == "yaml-between" and said.endswith("'<stream end>'"):
        code, where = "open-bracket", "began"
    mark = began if where == "began" else stopped
    if mark is None:
        return Issue(code=code, place=_at(mark, name))
    if code == "bad-escape":
        return Issue(code=code, place=_escape_at(mark, text, name))
    at = text[mark.index : mark.index + 1]
    if code == "yaml-start" and at == "\t":
        code = "tab-character"
    if code == "missing-colon":
        at = text[mark.index :].split(maxsplit=1)[0]
    fields = {"text": at, "line": "" if began is None else str(began.line + 1)}
    return Issue(code=code, place=_at(mark, name), fields=fields)


def _escape_at(mark: _Mark, text: str, name: str) -> Place:
    """Return where the backslash before *mark* stands."""
    back = mark.index - max(text.rfind("\\", 0, mark.index), mark.index - mark.column)
    return Place(name, mark.line + 1, mark.column + 1 - back)


def _at(mark: _Mark | None, name: str) -> Place:
    return Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)


class _YamlBuilder:
    def __init__(self, name: str) -> None:
        self.name, self.issues = name, list[Issue]()
        self.long_text: yaml.ScalarEvent | None = None

    def open_quote(self, error: yaml.MarkedYAMLError) -> Issue | None:
        """Return where a quoted text began that ran on to the line of *error*, if one did.

        Without its last quote, a text ends at the first quote of a later line, and what
        stands after that makes no sense.
        """
        text, mark = self.long_text, error.problem_mark
        if text is None or mark is None or text.end_mark is None or mark.line != text.end_mark.line:
            return None
        return Issue(code="open-quote", place=self._place(text))

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        tree: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree is not None:
                    self._note("yaml-two-documents", self._place(event))
                    break
                tree = self._node(next(events), events, depth=0)
        return tree

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            self._note("file-too-deep", place, limit=str(MAX_DEPTH))
            raise LoadError(self.issues)
        self._close_extras(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(tuple(self._elements(events, depth)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, events, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Node(self._scalar(event, place), place)
        return Node(None, place)

    def _close_extras(self, event: yaml.Event, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._note("yaml-alias", place, name=str(event.anchor))
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor:
                self._note("yaml-anchor", place, name=str(event.anchor))
            if event.tag:
                self._note("yaml-tag", place, tag=str(event.tag).replace(_LIBRARY_TAG, "!!"))

    def _elements(self, events: Iterator[yaml.Event], depth: int) -> Iterator[Node]:
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event, events, depth + 1)

    def _mapping(self, place: Place, events: Iterator[yaml.Event], depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            at = self._place(event)
            if not isinstance(event, yaml.ScalarEvent):
                self._note("yaml-key-not-text", at)
                self._pass_over([event, None], events, depth)
                continue
            key = str(event.value)
            self._close_extras(event, at)
            self._whole(key, at)
            if key == "<<" and event.implicit[0]:
                self._note("yaml-merge", at)
                self._pass_over([None], events, depth)
                continue
            if key in keys:
                self._note("duplicate-key", at, key=key, line=str(keys[key].line))
            keys.setdefault(key, at)
            entries[key] = self._node(next(events), events, depth + 1)
        return Node(entries, place, keys)

    def _pass_over(
        self, begun: list[yaml.Event | None], events: Iterator[yaml.Event], depth: int
    ) -> None:
        """Go past parts whose only issue has been noted: one mistake, one issue."""
        before = len(self.issues)
        for event in begun:
            self._node(event or next(events), events, depth + 1)
        del self.issues[before:]

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> str | int | bool | None:
        text = str(event.value)
        self._whole(text, place)
        if not event.implicit[0]:  # quoted or a block: always text
            if event.style in {"'", '"'} and _last_line(event) > place.line:
                self.long_text = event
            return text
        if text in {"", "null"}:
            return None
        if text in {"true", "false"}:
            return text == "true"
        if text[:1] in _BEGIN_NUMBERS and re.fullmatch(_INTEGER, text):
            return int(text)
        code = _trap_of(text)
        if code:
            self._note(code, place, **_trapped(code, text))
        return text

    def _whole(self, text: str, place: Place) -> None:
        for code, found in _no_text(text):
            self._note(code, place, text=_code_point(found))

    def _place(self, event: yaml.Event) -> Place:
        return _at(event.start_mark, self.name)

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))


def _last_line(event: yaml.Event) -> int:
    return event.end_mark.line + 1 if event.end_mark else 0


def _no_text(text: str) -> Iterator[tuple[str, str]]:
    """Yield what no text may hold, the first of each kind with the code of its issue."""
    if not text.isprintable():
        for code, pattern in (("half-character", _SURROGATE), ("bad-character", _CONTROL)):
            found = re.search(pattern, text)
            if found:
                yield code, found.group()


def _trap_of(text: str) -> str:
    """Return the code of the trap that *text* is where it has no quotes; empty where it is none."""
    if text[:1] in _BEGIN_NUMBERS:
        return next((code for code, trap in _number_traps() if trap.fullmatch(text)), "")
    if text[:1] in _CURLY_OPENS and text[1:][-1:] in _CURLY_CLOSES:
        return "typographic-quotes"
    return _WORD_TRAPS.get(text, "")


@cache
def _number_traps() -> list[tuple[str, re.Pattern[str]]]:
    return [(code, re.compile(trap)) for code, trap in _NUMBER_TRAPS]


def _trapped(code: str, text: str) -> dict[str, str]:
    """Return the fields of the trap *code* that *text* fell into."""
    if code == "yaml-thousands":
        return {"text": text, "whole": text.replace(".", ""), "fraction": text.replace(".", ",")}
    return {"text": text.strip("“”„") if code == "typographic-quotes" else text}


class _Dumper(yaml.SafeDumper):
    """Writes what this module reads back: more is a trap here than the library knows."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    guessed = _trap_of(text) or re.search(_NOT_PLAIN, text)
    return dumper.represent_scalar(f"{_LIBRARY_TAG}str", text, style='"' if guessed else None)


_Dumper.add_representer(str, _quoted)


def yaml_text(plain: Any) -> str:  # noqa: ANN401 - plain data of any shape
    """Return *plain* data as YAML that this reader takes back: quoted where YAML would guess."""
    return yaml.dump(
        plain,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=100,
    )


def parse_json(text: str, name: str) -> Node:
    """Return the tree of the JSON *text* of the file *name*.

    The library's own reader forgets where things stood and lets the last of two equal
    keys win; this one keeps every place.

    Raises:
        LoadError: the text is not JSON, repeats a key, or holds a number with a fraction.
    """
    reader = _JsonReader(text, name)
    tree = reader.document()
    if reader.issues:
        raise LoadError(reader.issues)
    return tree


class _JsonReader:
    _SPACE = re.compile(r"[ \t\n\r]*")
    _NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
    _WORDS = (("true", True), ("false", False), ("null", None))

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name, self.at, self.issues = text, name, 0, list[Issue]()
        self._starts = [0, *(found.end() for found in re.finditer(_JSON_LINE, text))]

    def document(self) -> Node:
        self._skip()
        if self.at == len(self.text):
            self._fail("file-empty")
        node = self._value(0)
        self._skip()
        if self.at < len(self.text):
            self._fail("json-after-end")
        return node

    def _value(self, depth: int) -> Node:
        self._skip()
        place = self._place()
        if depth > MAX_DEPTH:
            self._fail("file-too-deep", limit=str(MAX_DEPTH))
        start = self._here()
        if start == "{":
            return self._mapping(place, depth)
        if start == "[":
            return self._list(place, depth)
        if start == '"':
            return Node(self._string(), place)
        if start in ",]}":  # also at the end, where nothing is left
            self._fail("json-value")
        return Node(self._word_or_number(place), place)

    def _word_or_number(self, place: Place) -> int | bool | None:
        for word, value in self._WORDS:
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        found = self._NUMBER.match(self.text, self.at)
        if found is None:
            self._fail("json-syntax")
        self.at = found.end()
        if not re.fullmatch(_INTEGER, found.group()):
            fields = {"text": found.group()}
            self.issues.append(Issue(code="json-fraction", place=place, fields=fields))
            return None
        return int(found.group())

    def _mapping(self, place: Place, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        began = self.at
        self.at += 1
        while not self._closes("}", began, first=not keys):
            self._skip()
            at = self._place()
            if self._here() != '"':
                self._fail("json-key")
            key = self._string()
            if key in keys:
                fields = {"key": key, "line": str(keys[key].line)}
                self.issues.append(Issue(code="duplicate-key", place=at, fields=fields))
            keys.setdefault(key, at)
            self._expect_colon()
            entries[key] = self._value(depth + 1)
        return Node(entries, place, keys)

    def _list(self, place: Place, depth: int) -> Node:
        elements: list[Node] = []
        began = self.at
        self.at += 1
        while not self._closes("]", began, first=not elements):
            elements.append(self._value(depth + 1))
        return Node(tuple(elements), place)

    def _closes(self, end: str, began: int, *, first: bool) -> bool:
        """Say whether the bracket that *began* ends here; if not, go to its next part."""
        after = self.at
        self._skip()
        if self.at == len(self.text):
            self._fail("open-bracket", began)
        if self._here() == end:
            self.at += 1
            return True
        if not first:
            comma = self.at
            if self._here() != ",":
                self._fail("json-comma-missing", after)
            self.at += 1
            self._skip()
            if self._here() in {end, ","}:
                self._fail("json-comma-extra", comma)
            if self.at == len(self.text):
                self._fail("open-bracket", began)
        return False

    def _string(self) -> str:
        began = self.at
        try:
            value, self.at = scanstring(self.text, began + 1, True)  # noqa: FBT003
        except json.JSONDecodeError as error:
            self._fail_in_string(began, error.pos)
        for code, found in _no_text(value):
            self._fail(code, began, text=_code_point(found))
        return str(value)

    def _fail_in_string(self, began: int, stopped: int) -> NoReturn:
        found = self.text[stopped : stopped + 1]
        if stopped == began or found in {"", "\n", "\r"}:
            self._fail("open-quote", began)
        if found == "\t":
            self._fail("tab-character", stopped)
        if found < " ":
            self._fail("bad-character", stopped, text=_code_point(found))
        self._fail("bad-escape", self.text.rfind("\\", began, stopped + 1))

    def _expect_colon(self) -> None:
        after = self.at
        self._skip()
        if self._here() != ":":
            self._fail("missing-colon", after)
        self.at += 1

    def _here(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self) -> None:
        found = self._SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _place(self, at: int | None = None) -> Place:
        index = self.at if at is None else at
        line = bisect_right(self._starts, index)
        return Place(self.name, line, index - self._starts[line - 1] + 1)

    def _fail(self, code: str, at: int | None = None, **fields: str) -> NoReturn:
        place = self._place(at)
        raise LoadError([*self.issues, Issue(code=code, place=place, fields=fields)])
