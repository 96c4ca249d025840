"""Text to tree: the strict reader of YAML and JSON, and the only door to yaml.

YAML guesses: it reads ``39.750`` as a fraction, ``no`` as false and ``010`` as eight.
In a rule file each of these could move a right, so every guess is an error here.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from json.decoder import scanstring
from typing import TYPE_CHECKING, NoReturn

import yaml

from hjemmel.issues import Issue, Place, Report
from hjemmel.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: A rule file or case beyond these limits is a mistake or an attack.
MAX_BYTES = 4_000_000
MAX_DEPTH = 40

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
#: Plain scalars that YAML readers disagree about, each with the code of its issue.
_TRAPS = (
    ("yaml-date", re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")),
    ("yaml-time", re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")),
    ("yaml-leading-zero", re.compile(r"[-+]?0[0-9_]+|[-+]?0[xob][0-9a-fA-F_]+")),
    (
        "yaml-fraction",
        re.compile(r"[-+]?([0-9][0-9_]*)?\.[0-9_]+([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*\.([eE][-+]?[0-9]+)?"
                   r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
    ),
    ("yaml-number", re.compile(r"[-+]?[0-9][0-9_]*")),
    ("yaml-yes-no", re.compile(r"y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|True|TRUE|False|FALSE")),
    ("yaml-null", re.compile(r"~|Null|NULL")),
)  # fmt: skip


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
            fields = {"limit": str(MAX_BYTES)}
            self.issues.append(Issue(code="file-too-large", place=Place(name, 1, 1), fields=fields))
            return None
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            self.issues.append(Issue(code="file-not-utf8", place=Place(name, line, 1)))
            return None
        self.lines[name] = text.splitlines()
        try:
            tree = parse_json(text, name) if name.endswith(".json") else parse_yaml(text, name)
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
    builder = _YamlBuilder(name)
    try:
        tree = builder.build(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name, 1, 1)
        problem = Issue(code="yaml-syntax", place=place, fields={"problem": error.problem or ""})
        raise LoadError([*builder.issues, problem]) from error
    except yaml.YAMLError as error:
        raise LoadError([Issue(code="yaml-syntax", place=Place(name, 1, 1))]) from error
    if builder.issues or tree is None:
        raise LoadError(builder.issues or [Issue(code="file-empty", place=Place(name, 1, 1))])
    return tree


class _YamlBuilder:
    def __init__(self, name: str) -> None:
        self.name, self.issues = name, list[Issue]()

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
        if isinstance(event, yaml.AliasEvent):
            self._note("yaml-alias", place, name=str(event.anchor))
            return Node(None, place)
        if getattr(event, "anchor", None):
            self._note("yaml-anchor", place, name=str(event.anchor))
        if getattr(event, "tag", None):
            self._note("yaml-tag", place, tag=str(event.tag))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(tuple(self._elements(events, depth)), place)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, events, depth)
        return Node(self._scalar(event, place), place)

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
                self._node(event, events, depth + 1)
                self._node(next(events), events, depth + 1)
                continue
            key = str(event.value)
            if event.anchor or event.tag:
                self._note("yaml-anchor" if event.anchor else "yaml-tag", at, name=key, tag=key)
            if key == "<<" and event.implicit[0]:
                self._note("yaml-merge", at)
            if key in keys:
                self._note("duplicate-key", at, key=key, line=str(keys[key].line))
            keys.setdefault(key, at)
            entries[key] = self._node(next(events), events, depth + 1)
        return Node(entries, place, keys)

    def _scalar(self, event: yaml.Event, place: Place) -> str | int | bool | None:
        text = str(event.value)
        if not event.implicit[0]:  # quoted or a block: always text
            return text
        if text in {"", "null"}:
            return None
        if text in {"true", "false"}:
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        for code, trap in _TRAPS:
            if trap.fullmatch(text):
                self._note(code, place, text=text)
                return text
        return text

    def _place(self, event: yaml.Event) -> Place:
        return Place(self.name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))


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
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def document(self) -> Node:
        node = self._value(0)
        self._skip()
        if self.at < len(self.text):
            self._fail("json-syntax")
        return node

    def _value(self, depth: int) -> Node:
        self._skip()
        place = self._place()
        if depth > MAX_DEPTH:
            self._fail("file-too-deep", limit=str(MAX_DEPTH))
        start = self.text[self.at : self.at + 1]
        if start == "{":
            return self._mapping(place, depth)
        if start == "[":
            return self._list(place, depth)
        if start == '"':
            return Node(self._string(), place)
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
        if not _INTEGER.fullmatch(found.group()):
            fields = {"text": found.group()}
            self.issues.append(Issue(code="json-fraction", place=place, fields=fields))
            return None
        return int(found.group())

    def _mapping(self, place: Place, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        self.at += 1
        while not self._closes("}", first=not keys):
            self._skip()
            at = self._place()
            if self.text[self.at : self.at + 1] != '"':
                self._fail("json-syntax")
            key = self._string()
            if key in keys:
                fields = {"key": key, "line": str(keys[key].line)}
                self.issues.append(Issue(code="duplicate-key", place=at, fields=fields))
            keys.setdefault(key, at)
            self._expect(":")
            entries[key] = self._value(depth + 1)
        return Node(entries, place, keys)

    def _list(self, place: Place, depth: int) -> Node:
        elements: list[Node] = []
        self.at += 1
        while not self._closes("]", first=not elements):
            elements.append(self._value(depth + 1))
        return Node(tuple(elements), place)

    def _closes(self, end: str, *, first: bool) -> bool:
        self._skip()
        if self.text[self.at : self.at + 1] == end:
            self.at += 1
            return True
        if not first:
            self._expect(",")
        return False

    def _string(self) -> str:
        try:
            value, self.at = scanstring(self.text, self.at + 1, True)  # noqa: FBT003
        except json.JSONDecodeError as error:
            self.at = error.pos
            self._fail("json-syntax")
        return value

    def _expect(self, mark: str) -> None:
        self._skip()
        if self.text[self.at : self.at + 1] != mark:
            self._fail("json-syntax")
        self.at += 1

    def _skip(self) -> None:
        found = self._SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _place(self) -> Place:
        line = bisect_right(self._starts, self.at)
        return Place(self.name, line, self.at - self._starts[line - 1] + 1)

    def _fail(self, code: str, **fields: str) -> NoReturn:
        raise LoadError([*self.issues, Issue(code=code, place=self._place(), fields=fields)])
