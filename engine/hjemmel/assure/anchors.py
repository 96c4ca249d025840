"""Anchors: the words of the official texts that the rules point at, looked for in their place.

A folder holds the texts as plain text or Markdown. Which text is which source is said by
``index.yaml`` in the folder (``source id: file``), by the file's name (``source-id.txt``), or by
what the text says of itself in its first lines: number and date, title, or the page's address.

A text is taken apart by the marks it has itself: numbered points, questions and answers, or
sections with subsections. Sentences are not counted: a place cited down to its sentence is looked
for in the whole subsection. A heading counts where a citation names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hjemmel.issues import DataNotFoundError, Issue, Place
from hjemmel.policy.checks.base import listed, walk
from hjemmel.policy.dated import day_of
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import close_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hjemmel.tree import Node


INDEX = "index.yaml"
_ENDINGS = (".txt", ".md")
#: How much of a text is read to recognise it.
_HEAD = 3000
#: The sign may not stand in the engine, where it would be the beginning of a citation.
_SIGN = unicodedata.lookup("SECTION SIGN")
_SECTION = re.compile(rf"{_SIGN} ?(\d+(?: ?[a-zæøå])?)\.(?!\w)")
_SUBSECTION = re.compile(r"Stk\. ?(\d+)\.")
_POINT = re.compile(r"(\d+)\. ")
_NUMBER = re.compile(r"[-•]? ?(\d+)\) ")
_LETTER = re.compile(r"[-•]? ?([a-zæøå])[.)] ")
_CHAPTER = re.compile(r"Kapitel \d+\b")
_QUESTION = re.compile(r"Spørgsmål(?: nr\.?)?(?: ?[A-Z]? ?\d+)?:")
_ANSWER = re.compile(r"Svar:")
_SENTENCE = re.compile(r"\d+\.(-\d+\.)?pkt\.")
_EMPHASIS = re.compile(r"[*_`#>]+")
_HYPHENS = re.compile("[-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{SOFT HYPHEN}\u200b\u2060]\\s*\n?")
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00bb\u00ab\u2018\u2019'", '"'))
_IDENTITY = re.compile(
    r"(?P<number>(?:[A-Z] )?\d+) af (?P<day>\d\d)/(?P<month>\d\d)/(?P<year>\d{4})"
)
_MONTHS = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august",
           "september", "oktober", "november", "december")  # fmt: skip
_DANISH = (("æ", "ae"), ("ø", "oe"), ("å", "aa"))
#: A slug shorter than this is too common to recognise a text by.
_SLUG = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a text that has a place of its own, such as a point, a number or an answer."""

    path: tuple[str, ...]
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class OfficialText:
    """One text, taken apart; the parts follow each other without a gap."""

    file: str
    parts: tuple[Part, ...]

    def at(self, place: str) -> tuple[Part, ...] | None:
        """Return the parts at *place*, or nothing where the text does not number such a place.

        A named place that is no heading here, such as a title, is the whole text.
        """
        steps = _steps(place)
        found = tuple(part for part in self.parts if _inside(steps, part.path, self._tops()))
        if found:
            return found
        return None if any(sign.isdigit() for sign in "".join(steps[:1])) else self.parts

    def now(self, anchor: str) -> str | None:
        """Return the place where *anchor* stands; empty where its part has no number."""
        wanted = flat(anchor)
        for part in self.parts:
            if wanted in flat(part.text):
                return ", ".join(part.path)
        return "" if wanted in flat("\n".join(part.text for part in self.parts)) else None

    def _tops(self) -> frozenset[str]:
        return frozenset(part.path[0] for part in self.parts if part.path)


@dataclass(frozen=True, slots=True)
class AnchorReport:
    """Which text is which source, how many anchors were looked for, and what was found."""

    texts: Mapping[str, str]
    anchors: int
    issues: tuple[Issue, ...]

    @property
    def lost(self) -> int:
        """Return how many anchors no longer stand where the rules say."""
        return sum(issue.code in {"anchor-moved", "anchor-vanished"} for issue in self.issues)


def flat(text: str) -> str:
    """Return *text* as it is compared: no hyphens, marks or line breaks, one space, no capitals."""
    plain = _HYPHENS.sub("", unicodedata.normalize("NFC", text))
    return " ".join(_EMPHASIS.sub("", plain).translate(_QUOTES).casefold().split())


def check_anchors(trees: Mapping[str, Node], folder: Path) -> AnchorReport:
    """Return what becomes of every anchor of the rules *trees* in the texts of *folder*.

    Raises:
        DataNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise DataNotFoundError("folder-missing", folder=str(folder))
    sources = {node.text("id"): node for node in listed(trees["sources"], "sources")}
    files, issues = provenance(sources, folder)
    texts = {
        name: split(path.name, read_official(path), _headings(sources[name]))
        for name, path in files.items()
    }
    anchors = [*_anchors(trees, sources)]
    for ref, at, node in anchors:
        if ref in texts:
            issues += _looked_for(texts[ref], ref, at, node)
    for ref, count in sorted(Counter(ref for ref, _, _ in anchors if ref not in texts).items()):
        place = (sources[ref].get("id") or sources[ref]).place
        fields = {"ref": ref, "count": str(count)}
        issues.append(Issue(code="text-missing", place=place, fields=fields, warning=True))
    for ref, text in texts.items():
        issues += _unclaimed(text, sources[ref])
    found = sum(ref in texts for ref, _, _ in anchors)
    return AnchorReport({name: path.name for name, path in files.items()}, found, tuple(issues))


def _anchors(
    trees: Mapping[str, Node], sources: Mapping[str, Node]
) -> Iterator[tuple[str, str, Node]]:
    """Return source, place and anchor of every provision and every citation that has one."""
    for ref, source in sources.items():
        for provision in listed(source, "provisions"):
            anchor = provision.get("anchor")
            if anchor is not None:
                yield ref, provision.text("at"), anchor
    for name, tree in trees.items():
        if name == "sources":
            continue
        for node in walk(tree):
            for citation in listed(node, "sources"):
                anchor = citation.get("anchor")
                if anchor is not None and citation.text("ref") in sources:
                    yield citation.text("ref"), citation.text("at"), anchor


def _looked_for(text: OfficialText, ref: str, at: str, node: Node) -> Iterator[Issue]:
    anchor = str(node.value)
    parts = text.at(at)
    if parts is not None and flat(anchor) in flat("\n".join(part.text for part in parts)):
        return
    now = text.now(anchor)
    fields = {"anchor": anchor, "ref": ref, "at": at, "file": text.file}
    if now is None:
        yield Issue(code="anchor-vanished", place=node.place, fields=fields, warning=True)
    else:
        fields["now"] = now
        yield Issue(code="anchor-moved", place=node.place, fields=fields, warning=True)


def _unclaimed(text: OfficialText, source: Node) -> Iterator[Issue]:
    """Report places nobody mentions, in a source that has been gone through line by line."""
    provisions = listed(source, "provisions")
    if not any(provision.get("row") for provision in provisions):
        return
    claimed = {_steps(provision.text("at"))[0] for provision in provisions}
    places = dict.fromkeys(part.path[0] for part in text.parts if part.path)
    numbered = [top for top in places if _numbered(top) and not top.startswith("spørgsmål")]
    alone = len(numbered) == 1 and _without_number(numbered[0]) in claimed
    open_ones = [top for top in numbered if _tight(top) not in claimed and not alone]
    if open_ones:
        fields = {"ref": source.text("id"), "places": ", ".join(open_ones)}
        place = source.key_place("provisions")
        yield Issue(code="text-unclaimed", place=place, fields=fields, warning=True)


def _headings(source: Node) -> tuple[str, ...]:
    """Return the places of *source* that are named and not numbered."""
    places = dict.fromkeys(provision.text("at") for provision in listed(source, "provisions"))
    return tuple(place for place in places if not _numbered(_steps(place)[0]))


# --- taking a text apart --------------------------------------------------------------------------


def read_official(path: Path) -> str:
    """Return the text of the file *path*: UTF-8, or else the encoding of older Danish texts."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def split(file: str, text: str, headings: Iterable[str] = ()) -> OfficialText:
    """Return *text* of *file* taken apart by its own marks, and by the named *headings*."""
    lines = [
        _EMPHASIS.sub("", line).replace("\N{NO-BREAK SPACE}", " ").strip()
        for line in text.splitlines()
    ]
    marks = _Marks(lines, headings)
    parts: list[Part] = []
    begun, path = 0, tuple[str, ...]()
    for number, line in enumerate(lines):
        found = marks.path_of(line, path)
        if found is not None:
            parts.append(Part(path, begun + 1, "\n".join(lines[begun:number])))
            begun, path = number, found
    parts.append(Part(path, begun + 1, "\n".join(lines[begun:])))
    return OfficialText(file, tuple(part for part in parts if part.text.strip()))


class _Marks:
    """The marks of one text: which kind it has, and how far its numbers have come."""

    def __init__(self, lines: Iterable[str], headings: Iterable[str]) -> None:
        known = list(lines)
        self._headings = {flat(heading): heading for heading in headings}
        self._sections = any(_SECTION.match(line) for line in known)
        self._answers = any(_ANSWER.match(line) for line in known)
        self._points = self._answered = 0

    def path_of(self, line: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the place that *line* begins, coming from *path*; nothing where it goes on."""
        heading = self._heading(line)
        if heading:
            return (heading,)
        if _CHAPTER.match(line):
            return ()
        if self._sections:
            return _section(line, path)
        if self._answers:
            return self._answer(line)
        return self._point(line, path)

    def _heading(self, line: str) -> str:
        said = flat(line)
        return next(
            (
                name
                for key, name in self._headings.items()
                if said == key or said.startswith(f"{key}:")
            ),
            "",
        )

    def _answer(self, line: str) -> tuple[str, ...] | None:
        if _QUESTION.match(line):
            return (f"spørgsmål {self._answered + 1}",)
        if _ANSWER.match(line):
            self._answered += 1
            return (f"svar {self._answered}",)
        return None

    def _point(self, line: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
        found = _POINT.match(line)
        if found and int(found[1]) == self._points + 1:  # else a date, or a list of something
            self._points += 1
            return (f"pkt. {self._points}",)
        return _listed(line, path)


def _section(line: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    found = _SECTION.match(line)
    if found:
        return (f"{_SIGN} {found[1]}", "stk. 1")
    found = _SUBSECTION.match(line)
    if found and path:
        return (path[0], f"stk. {found[1]}")
    return _listed(line, path)


def _listed(line: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the number or letter that *line* begins within *path*, if any."""
    if not path:
        return None
    above = tuple(step for step in path if not step.startswith(("nr. ", "litra ")))
    number = tuple(step for step in path if step.startswith("nr. "))
    found = _NUMBER.match(line)
    if found:
        return (*above, f"nr. {found[1]}")
    found = _LETTER.match(line)
    return (*above, *number, f"litra {found[1]}") if found else None


def _steps(place: str) -> tuple[str, ...]:
    """Return the steps of a cited *place*, outermost first, without counted sentences."""
    steps = [_tight(step) for step in place.split(",")]
    return tuple(step for step in steps if step and not _SENTENCE.fullmatch(step)) or ("",)


def _tight(step: str) -> str:
    return "".join(step.casefold().split())


def _without_number(step: str) -> str:
    return _tight(step).rstrip("0123456789")


def _numbered(step: str) -> bool:
    return step.startswith((_SIGN, "pkt.", "svar", "spørgsmål"))


def _inside(steps: tuple[str, ...], path: tuple[str, ...], tops: frozenset[str]) -> bool:
    """Say whether *path* leads through all *steps*, the first of them at its beginning."""
    if not path:
        return False
    first = _tight(path[0])
    kind = _without_number(path[0])
    alone = sum(_without_number(top) == kind for top in tops) == 1
    if steps[0] != first and not (alone and steps[0] == kind):
        return False
    rest = iter(_tight(step) for step in path[1:])
    return all(step in rest for step in steps[1:])


# --- which text is which source -------------------------------------------------------------------


def provenance(sources: Mapping[str, Node], folder: Path) -> tuple[dict[str, Path], list[Issue]]:
    """Return the file in *folder* of each of *sources*, and what there is to say about the rest."""
    files, issues = _said(sources, folder)
    taken = set(files.values())
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _ENDINGS or path in taken or not path.is_file():
            continue
        name = path.stem if path.stem in sources else recognised(sources, read_official(path))
        place, fields = Place(str(path), 1, 1), {"file": path.name}
        if not name:
            issues.append(Issue(code="text-unrecognised", place=place, fields=fields, warning=True))
        elif name in files:
            fields = {"ref": name, "file": files[name].name}
            issues.append(Issue(code="text-twice", place=place, fields=fields, warning=True))
        else:
            files[name] = path
    return files, issues


def _said(sources: Mapping[str, Node], folder: Path) -> tuple[dict[str, Path], list[Issue]]:
    """Return what the folder's own index says, and what is wrong with it."""
    path = folder / INDEX
    if not path.is_file():
        return {}, []
    loaded = Loaded()
    tree = loaded.read(path, str(path))
    files: dict[str, Path] = {}
    for name, node in tree.items() if tree else ():
        place = tree.key_place(name) if tree else Place(str(path), 1, 1)
        if name not in sources:
            fields = {"name": name, "close": close_to(name, sources)}
            loaded.issues.append(Issue(code="unknown-source", place=place, fields=fields))
        elif not (folder / str(node.value)).is_file():
            fields = {"file": str(node.value)}
            loaded.issues.append(Issue(code="file-missing", place=node.place, fields=fields))
        else:
            files[name] = folder / str(node.value)
    return files, list(loaded.report().issues)


def recognised(sources: Mapping[str, Node], text: str) -> str:
    """Return the one of *sources* that *text* says it is, or an empty text.

    The mark that stands first counts: further down a text names the sources it builds on.
    """
    head = unicodedata.normalize("NFC", _EMPHASIS.sub("", text[:_HEAD]))
    found = sorted(
        (at, name)
        for name, source in sources.items()
        if (at := min(_marked(source, head), default=None)) is not None
    )
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return ""
    return found[0][1]


def _marked(source: Node, head: str) -> Iterator[int]:
    """Return where *head* carries a mark of *source*: number and date, title or address."""
    identity = _IDENTITY.search(source.text("short"))
    if identity and _names_day(head, source, identity):
        number = re.escape(identity["number"]).replace(r"\ ", " ?")
        numbered = re.search(rf"(?:\bnr\.?|spørgsmål) ?{number}\b", head, re.IGNORECASE)
        if numbered:
            yield numbered.start()
    slugs = {_slug(source.text("label")), _slug(source.text("url").rstrip("/").split("/")[-1])}
    at = 0
    for line in head.splitlines(keepends=True):
        slug = _slug(line)
        if len(slug) >= _SLUG and slug in slugs:
            yield at
        at += len(line)


def _names_day(head: str, source: Node, identity: re.Match[str]) -> bool:
    day = day_of(f"{identity['year']}-{identity['month']}-{identity['day']}")
    if day is None:
        return False
    issued = day_of(source.text("issued")) or day
    return any(
        re.search(form, head)
        for one in {day, issued}
        for form in (
            rf"\b0?{one.day}[-/.]0?{one.month}[-/.]{one.year}\b",
            rf"\b0?{one.day}\. {_MONTHS[one.month - 1]} {one.year}\b",
            rf"\b{one.isoformat()}\b",
        )
    )


def _slug(text: str) -> str:
    plain = text.casefold()
    for letter, spelled in _DANISH:
        plain = plain.replace(letter, spelled)
    return re.sub(r"[^a-z0-9]+", "", plain)
