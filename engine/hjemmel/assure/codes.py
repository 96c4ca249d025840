"""Codes of diseases against the code systems' own files: they exist, hold and mean what we say.

What is read, by what the files look like, whatever they are called:

SKS, ``SKScomplete.txt`` (Sundhedsdatastyrelsen)
    Fixed width, one record a line, cp1252. Columns from zero: record type 0-2 (``dia`` is a
    diagnosis), code 3-22, first day 23-30, day of change 31-38, last day 39-46 (``25000101``:
    none), text 47-166; the rest is grouping. A code with a history has a record for each period.
Orphanet, ``en_product1.xml`` or ``ORPHAnomenclature_en.xml``
    ``JDBOR/DisorderList/Disorder`` with ``OrphaCode``, ``Name``, ``SynonymList`` and either
    ``DisorderFlagList`` or ``Totalstatus``; names are compared in English only.
Orphanet, a list as CSV or TSV
    A heading row with a column for the code (``ORPHAcode``) and one for the name
    (``PreferredTerm``, ``Name``), perhaps ``Synonyms`` and ``Status``.
Mondo, ``mondo.obo``
    ``[Term]`` with ``id``, ``name``, ``synonym``, ``is_obsolete`` and ``replaced_by``.
Mondo, mappings as SSSOM (``*.sssom.tsv``)
    Heading lines that begin with ``#``, then a table with ``subject_id`` and ``subject_label``.
    It holds only what is mapped: a code that it lacks is not thereby gone.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from hjemmel.decide.match import fold
from hjemmel.issues import HjemmelError, Issue
from hjemmel.policy.checks.base import listed, walk
from hjemmel.policy.dated import Period

if TYPE_CHECKING:
    from pathlib import Path

    from hjemmel.issues import Place
    from hjemmel.tree import Node


_SKS_DAYS = re.compile(r"\d{24}")
_SKS_DIAGNOSES = "dia"
_SKS_TYPE, _SKS_CODE, _SKS_FROM = slice(0, 3), slice(3, 23), slice(23, 31)
_SKS_TO, _SKS_TEXT, _SKS_ALL_DAYS = slice(39, 47), slice(47, 167), slice(23, 47)
_NO_END = 2500
_RETIRED = ("inactive", "obsolete", "deprecated", "offline", "off-line")
_CODE_COLUMNS = ("orphacode", "orphanumber", "orphanetcode", "orphanetid")
_NAME_COLUMNS = ("preferredterm", "name", "label", "term", "disordername")
_OBO_NAME = re.compile(r'synonym: "(?P<name>(?:[^"\\]|\\.)*)" EXACT')
#: How much of a file is looked at to see what it is.
_HEAD = 20_000


class CodesError(HjemmelError):
    """A file of codes that is not there, or that nobody can read."""

    code = "codes-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a code system says of one code: its names, when they hold, whether it is retired."""

    names: tuple[tuple[Period, str], ...]
    synonyms: tuple[str, ...] = ()
    retired: bool = False
    replaced_by: str = ""

    def on(self, day: date) -> str | None:
        """Return the name that holds on *day*, or nothing."""
        return next((name for period, name in self.names if day in period), None)

    @property
    def newest(self) -> tuple[Period, str]:
        """Return the latest period and its name."""
        return max(self.names, key=lambda named: named[0].start)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One file of a code system; *complete* if a code that it lacks does not exist."""

    file: str
    system: str
    entries: Mapping[str, Entry]
    version: str = ""
    complete: bool = True
    compares_names: bool = True
    digest: str = ""


@dataclass(frozen=True, slots=True)
class OurCode:
    """A code of the rules, with the name they give it, if any."""

    system: str
    code: str
    label: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How the codes of one system came out; every code counts once."""

    system: str
    label: str
    codes: int
    in_force: int
    renamed: int
    not_in_force: int
    gone: int
    not_covered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesReport:
    """What the files say of every code of the rules on one day."""

    on: date
    files: tuple[CodeFile, ...]
    counts: tuple[Count, ...]
    issues: tuple[Issue, ...]
    not_covered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def document(self, lang: str = "da") -> dict[str, Any]:
        """Return the report as plain data, with its sentences in *lang*."""
        return {
            "checked_on": self.on.isoformat(),
            "files": [
                {
                    "file": one.file,
                    "system": one.system,
                    "version": one.version,
                    "sha256": one.digest,
                    "codes": len(one.entries),
                    "complete": one.complete,
                }
                for one in self.files
            ],
            "systems": [
                {name: getattr(one, name) for name in Count.__dataclass_fields__}
                for one in self.counts
            ],
            "findings": [
                {"finding": one.code, "code": one.fields["name"], "message": one.message(lang),
                 "hint": one.hint(lang), "warning": one.warning,
                 "file": one.place.file, "line": one.place.line, "column": one.place.column}
                for one in self.issues
            ],
            "not_covered": {system: list(codes) for system, codes in self.not_covered.items()},
        }  # fmt: skip


def check_codes(diagnoses: Node, paths: Iterable[Path], on: date) -> CodesReport:
    """Return what the files at *paths* say of the codes in *diagnoses* on the day *on*.

    Raises:
        CodesError: a file is not there, or is none of the files that are known.
    """
    files = tuple(read_code_file(path) for path in paths)
    ours = our_codes(diagnoses)
    results = [(one, _compared(one, files, on)) for one in ours]
    systems = {node.text("id"): node.text("label") for node in listed(diagnoses, "systems")}
    return CodesReport(
        on=on,
        files=files,
        counts=tuple(_count(system, label, results) for system, label in systems.items()),
        issues=tuple(found for _, found in results if isinstance(found, Issue)),
        not_covered=_not_covered(results),
    )


# --- the rules' own codes -------------------------------------------------------------------------


def our_codes(diagnoses: Node) -> tuple[OurCode, ...]:
    """Return every code of the file *diagnoses*, in its order.

    Foreign codes are left out: they stand there to be recognised as not Danish.
    """
    found = []
    for node in walk(diagnoses):
        system, code = node.text("system"), node.get("code")
        if system and code is not None:
            found.append(OurCode(system, str(code.value), node.text("label"), code.place))
    found += _bare_codes(diagnoses)
    return tuple(sorted(found, key=lambda one: one.place))


def _bare_codes(diagnoses: Node) -> Iterator[OurCode]:
    """Return the codes that are written without their system, where their form tells it."""
    systems = {
        node.text("id"): node.text("optional_prefix") for node in listed(diagnoses, "systems")
    }
    for node in _bare(diagnoses):
        system = _system_of(str(node.value), systems)
        if system:
            yield OurCode(system, str(node.value), "", node.place)


def _bare(diagnoses: Node) -> Iterator[Node]:
    for entry in listed(diagnoses, "diagnoses"):
        for doubt in listed(entry, "unverified"):
            yield from listed(doubt, "codes")
    for trap in listed(diagnoses, "code_traps"):
        foreign = trap.get("foreign")
        keys = ("danish",) if foreign is not None and foreign.value is True else ("danish", "code")
        for code in listed(trap, "codes"):
            yield from (child for key in keys if (child := code.get(key)) is not None)


def _system_of(code: str, systems: Mapping[str, str]) -> str:
    prefix, colon, _ = code.partition(":")
    if colon:
        return prefix.casefold() if prefix.casefold() in systems else ""
    plain = code.isalnum()
    return next(
        (name for name, letter in systems.items() if letter and plain and code.startswith(letter)),
        "",
    )


# --- comparing ------------------------------------------------------------------------------------

_IN_FORCE, _NOT_COVERED = "in_force", "not_covered"
_COUNTED = {"code-gone": "gone", "code-renamed": "renamed"}


def _compared(ours: OurCode, files: Iterable[CodeFile], on: date) -> Issue | str:
    """Return what is wrong with the code *ours*, or that it is in force or not covered."""
    asked = [one for one in files if one.system == ours.system]
    for file in sorted(asked, key=lambda one: not one.complete):
        entry = file.entries.get(ours.code)
        if entry is not None:
            return _standing(ours, entry, file, on) or _IN_FORCE
    complete = [one for one in asked if one.complete]
    if not complete:
        return _NOT_COVERED
    fields = {"name": ours.code, "file": complete[0].file, "close": _longer(ours, complete[0])}
    return Issue(code="code-gone", place=ours.place, fields=fields)


def _longer(ours: OurCode, file: CodeFile) -> str:
    """Return the code that now carries our name, if there is just one."""
    wanted = fold(ours.label)
    same = [
        code
        for code, entry in file.entries.items()
        if wanted and not entry.retired and wanted == fold(entry.newest[1])
    ]
    return same[0] if len(same) == 1 else ""


def _standing(ours: OurCode, entry: Entry, file: CodeFile, on: date) -> Issue | None:
    period, label = entry.newest
    fields = {"name": ours.code, "label": label}
    if entry.retired:
        other = {"other": entry.replaced_by}
        return Issue(code="code-retired", place=ours.place, fields={**fields, **other})
    name = entry.on(on)
    if name is None and period.end is not None and period.end < on:
        day = {"day": period.end.isoformat()}
        return Issue(code="code-ended", place=ours.place, fields={**fields, **day})
    if name is None:
        first = min(held.start for held, _ in entry.names if held.start > on)
        day = {"day": first.isoformat()}
        return Issue(code="code-not-yet", place=ours.place, fields={**fields, **day})
    known = {fold(one) for one in (name, *entry.synonyms)}
    if ours.label and file.compares_names and fold(ours.label) not in known:
        names = {"label": name, "ours": ours.label}
        return Issue(
            code="code-renamed", place=ours.place, fields={**fields, **names}, warning=True
        )
    return None


def _count(system: str, label: str, results: Iterable[tuple[OurCode, Issue | str]]) -> Count:
    """Return how the codes of *system* came out; where a code stands twice, the worse counts."""
    worst: dict[str, str] = {}
    order = (_IN_FORCE, _NOT_COVERED, "renamed", "not_in_force", "gone")
    for ours, found in results:
        if ours.system != system:
            continue
        kind = found if isinstance(found, str) else _COUNTED.get(found.code, "not_in_force")
        worst[ours.code] = max(worst.get(ours.code, kind), kind, key=order.index)
    came_out = [*worst.values()]
    return Count(
        system=system,
        label=label,
        codes=len(came_out),
        **{kind: came_out.count(kind) for kind in order},
    )


def _not_covered(results: Iterable[tuple[OurCode, Issue | str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for ours, result in results:
        if result == _NOT_COVERED:
            found.setdefault(ours.system, {})[ours.code] = None
    return {system: tuple(codes) for system, codes in found.items()}


# --- reading the files ----------------------------------------------------------------------------


def read_code_file(path: Path) -> CodeFile:
    """Return what the file *path* says; what it is shows from its content.

    Raises:
        CodesError: it is not there, or is none of the files that are known.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CodesError("codes-file-missing", file=str(path)) from error
    text = _decoded(raw)
    head = text[:_HEAD]
    for looks_so, read in _READERS:
        if looks_so(head):
            return read(path.name, text, hashlib.sha256(raw).hexdigest())
    raise CodesError("codes-format", file=str(path))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _looks_like_sks(head: str) -> bool:
    first = next((line for line in head.splitlines() if line.strip()), "")
    return first[_SKS_TYPE].isalpha() and bool(_SKS_DAYS.fullmatch(first[_SKS_ALL_DAYS]))


def _read_sks(file: str, text: str, digest: str) -> CodeFile:
    """Read SKS records; those of other kinds than diagnoses are passed over."""
    named: dict[str, list[tuple[Period, str]]] = {}
    changed = ""
    for line in text.splitlines():
        if line[_SKS_TYPE].casefold() != _SKS_DIAGNOSES or not _SKS_DAYS.fullmatch(
            line[_SKS_ALL_DAYS]
        ):
            continue
        period = _sks_period(line)
        if period is not None:
            named.setdefault(line[_SKS_CODE].strip(), []).append((period, line[_SKS_TEXT].strip()))
            changed = max(changed, line[31:39])
    entries = {code: Entry(names=tuple(names)) for code, names in named.items()}
    return CodeFile(file=file, system="sks", entries=entries, version=changed, digest=digest)


def _sks_period(line: str) -> Period | None:
    first, last = _sks_day(line[_SKS_FROM]), _sks_day(line[_SKS_TO])
    if first is None:
        return None
    return Period(first, None if last is None or last.year >= _NO_END else last)


def _sks_day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _looks_like_orphanet_xml(head: str) -> bool:
    return "<JDBOR" in head


def _read_orphanet_xml(file: str, text: str, digest: str) -> CodeFile:
    body = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it names an encoding; this is text already
    try:
        root = ET.fromstring(body)  # noqa: S314 - entities are bounded by expat itself
    except ET.ParseError as error:
        raise CodesError("codes-format", file=file) from error
    entries: dict[str, Entry] = {}
    languages = set()
    for disorder in root.iter("Disorder"):
        name = disorder.find("Name")
        code = (disorder.findtext("OrphaCode") or disorder.findtext("OrphaNumber") or "").strip()
        if not code or name is None:
            continue
        languages.add(name.get("lang", "en"))
        entries[f"ORPHA:{code}"] = _disorder(disorder, (name.text or "").strip())
    return CodeFile(
        file=file,
        system="orpha",
        entries=entries,
        version=" ".join(root.get(key, "") for key in ("date", "version")).strip(),
        compares_names=languages <= {"en"},
        digest=digest,
    )


def _disorder(disorder: ET.Element, name: str) -> Entry:
    states = [flag.text or "" for flag in disorder.findall("DisorderFlagList/DisorderFlag/Label")]
    states.append(disorder.findtext("Totalstatus") or "")
    moved = disorder.findtext(".//TargetDisorder/OrphaCode") or ""
    return Entry(
        names=((Period(date.min), name),),
        synonyms=tuple((one.text or "").strip() for one in disorder.findall("SynonymList/Synonym")),
        retired=_is_retired(states),
        replaced_by=f"ORPHA:{moved.strip()}" if moved else "",
    )


def _is_retired(states: Iterable[str]) -> bool:
    return any(state.strip().casefold().startswith(_RETIRED) for state in states)


def _looks_like_obo(head: str) -> bool:
    return head.lstrip().startswith("format-version:")


def _read_obo(file: str, text: str, digest: str) -> CodeFile:
    heading, *stanzas = re.split(r"^\[", text, flags=re.MULTILINE)
    version = re.search(r"^data-version: *(.+)$", heading, re.MULTILINE)
    entries = dict(_term(stanza) for stanza in stanzas if stanza.startswith("Term]"))
    return CodeFile(
        file=file,
        system="mondo",
        entries=entries,
        version=version[1].strip() if version else "",
        digest=digest,
    )


def _term(stanza: str) -> tuple[str, Entry]:
    said: dict[str, str] = {}
    for line in stanza.splitlines():
        key, _, value = line.partition(": ")
        said.setdefault(key, value.split(" ! ")[0].strip())
    return said.get("id", ""), Entry(
        names=((Period(date.min), said.get("name", "")),),
        synonyms=tuple(_unescaped(found["name"]) for found in _OBO_NAME.finditer(stanza)),
        retired=said.get("is_obsolete") == "true",
        replaced_by=said.get("replaced_by", said.get("consider", "")),
    )


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _looks_like_sssom(head: str) -> bool:
    return "subject_id" in _heading_row(head).split("\t")


def _read_sssom(file: str, text: str, digest: str) -> CodeFile:
    version = re.search(r"^# ?mapping_set_version: *[\"']?([^\"'\n]+)", text, re.MULTILINE)
    entries: dict[str, Entry] = {}
    for row in csv.DictReader(_table(text), delimiter="\t"):
        for side in ("subject", "object"):
            code, name = row.get(f"{side}_id") or "", row.get(f"{side}_label") or ""
            if code.startswith("MONDO:") and name:
                retired = name.casefold().startswith(_RETIRED)
                entries[code] = Entry(names=((Period(date.min), name),), retired=retired)
    return CodeFile(
        file=file,
        system="mondo",
        entries=entries,
        version=version[1].strip() if version else "",
        complete=False,
        digest=digest,
    )


def _heading_row(text: str) -> str:
    return next(
        (line for line in text.splitlines() if line.strip() and not line.startswith("#")), ""
    )


def _table(text: str) -> io.StringIO:
    lines = text.splitlines(keepends=True)
    return io.StringIO("".join(line for line in lines if not line.startswith("#")))


def _looks_like_orphanet_table(head: str) -> bool:
    return bool(set(_CODE_COLUMNS) & {_column(name) for name in _cells(_heading_row(head))})


def _cells(row: str) -> list[str]:
    return next(csv.reader([row], delimiter=_delimiter(row)), [])


def _delimiter(row: str) -> str:
    return max("\t;,", key=row.count)


def _column(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())


def _read_orphanet_table(file: str, text: str, digest: str) -> CodeFile:
    columns = [_column(name) for name in _cells(_heading_row(text))]
    rows = csv.reader(_table(text), delimiter=_delimiter(_heading_row(text)))
    next(rows, None)
    entries: dict[str, Entry] = {}
    for cells in rows:
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        code = _first(row, _CODE_COLUMNS).upper().removeprefix("ORPHA:").removeprefix("ORPHA")
        if code.strip().isdigit():
            entries[f"ORPHA:{code.strip()}"] = _listed_disorder(row)
    return CodeFile(file=file, system="orpha", entries=entries, digest=digest)


def _listed_disorder(row: Mapping[str, str]) -> Entry:
    synonyms = re.split(r"\s*[|;]\s*", _first(row, ("synonyms", "synonym")))
    return Entry(
        names=((Period(date.min), _first(row, _NAME_COLUMNS)),),
        synonyms=tuple(one for one in synonyms if one),
        retired=_is_retired([_first(row, ("totalstatus", "status"))]),
    )


def _first(row: Mapping[str, str], names: Iterable[str]) -> str:
    return next((row[name] for name in names if row.get(name)), "")


_READERS: tuple[tuple[Callable[[str], bool], Callable[[str, str, str], CodeFile]], ...] = (
    (_looks_like_orphanet_xml, _read_orphanet_xml),
    (_looks_like_obo, _read_obo),
    (_looks_like_sks, _read_sks),
    (_looks_like_sssom, _read_sssom),
    (_looks_like_orphanet_table, _read_orphanet_table),
)
