"""Case files to a Case: everything wrong is reported with its place, nothing is guessed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import date

from hjemmel.digests import sha256
from hjemmel.issues import CaseInvalidError, DataNotFoundError, Issue, Place, Report, looks_like_cpr
from hjemmel.model import GRANTS, LISTS_OF_A_CASE, WISHES, Case, Recipient
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.dated import day_of
from hjemmel.policy.faultless import canonical_json, faultless_json
from hjemmel.policy.schema import close_to, fits_schema, listing, schema_issues
from hjemmel.policy.values import unreadable_amount, unreadable_day
from hjemmel.tree import Node, without_nulls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path
    from typing import Any

    from hjemmel.policy.book import RuleBook
    from hjemmel.policy.load import Loaded

#: The groups of yes/no facts that a case tells directly below a heading.
_GROUPS = ("request", "citizen", "diagnosis", "indicators")
_DAY_KEYS = ("date", "granted_on")
#: What of an element is not kept as it is told.
_READ_KEYS = frozenset({*_DAY_KEYS, "value", "amount", "quantity", "provision", "outside_costs"})
#: What a caseworker may type before the number of a section.
_SIGN_BEFORE = r"^\W+"
#: What a caseworker may type after it: the subsection or number that the help rests on.
_PART_AFTER = r"(?i)[\s,]+(?:stk|nr)\b.*$"
NOT_LISTED = "not_listed"
_NOBODY = Recipient()


def read_case(
    source: Path | str | bytes | Mapping[str, Any], book: RuleBook, *, name: str = "case.yaml"
) -> Case:
    """Return the case in *source*: a path, the text of a file, or plain data.

    Text is read as YAML, or as JSON when *name* ends so.

    Raises:
        CaseInvalidError: the case cannot be used; the report lists every reason.
        DataNotFoundError: the path does not exist.
    """
    case = _read_at_once(source, book, name)
    if case is not None:
        return case
    from hjemmel.policy.load import Loaded  # noqa: PLC0415 - JSON without a fault needs no YAML

    loaded = Loaded()
    if isinstance(source, str | bytes):
        loaded.parse(_encoded(source), name)
    elif isinstance(source, Mapping):
        loaded.parse(_encoded(_dumped(source)), "case.json")
    elif source.is_file():
        loaded.read(source, str(source))
    else:
        raise DataNotFoundError("file-missing", file=str(source))
    tree = next(iter(loaded.trees.values()), None)
    if tree is None:
        raise CaseInvalidError(loaded.report())
    return case_of(tree, book, loaded)


def read_case_file(path: str, book: RuleBook) -> Case:
    """Return the case in the file at *path*, as :func:`read_case` does."""
    if os.path.isfile(path) and path == os.path.normpath(path):
        try:
            with open(path, "rb") as file:
                raw = file.read()
        except OSError:
            raw = b""  # for the words, and perhaps a better path, of the other reader
        if raw:
            return read_case(raw, book, name=path)
    from pathlib import Path  # noqa: PLC0415 - a third of bare Python's start

    return read_case(Path(path), book)


def _read_at_once(
    source: Path | str | bytes | Mapping[str, Any], book: RuleBook, name: str
) -> Case | None:
    """Return the case in *source* if it is JSON without a fault; nothing where it is not so.

    What has a fault is read again with the place of everything, to say what is wrong and where.
    """
    if isinstance(source, str | bytes):
        raw = _encoded(source) if name.endswith(".json") else b""
    elif isinstance(source, Mapping):
        raw = _encoded(_dumped(source))
    else:
        raw = source.read_bytes() if source.name.endswith(".json") and source.is_file() else b""
    return _faultless(raw, book)


def _faultless(raw: bytes, book: RuleBook) -> Case | None:
    told = faultless_json(raw)
    if told is None or not fits_schema(told, book.schemas_path, "case"):
        return None
    try:
        return _CaseReader(told, None, book).read()
    except _FaultError:
        return None


def _encoded(text: str | bytes) -> bytes:
    # Half a character has no UTF-8; the reader then says so.
    return text.encode(errors="surrogatepass") if isinstance(text, str) else text


def _dumped(data: Mapping[str, Any]) -> str:
    try:
        return json.dumps(data, ensure_ascii=False, indent=1, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        issue = Issue(code="case-not-data", place=Place("case.json", 1, 1))
        raise CaseInvalidError(Report.of([issue])) from error


def case_of(tree: Node, book: RuleBook, loaded: Loaded | None = None) -> Case:
    """Return the case at *tree*, which may be a part of a larger file.

    Raises:
        CaseInvalidError: the case cannot be used; the report lists every reason.
    """
    tree = without_nulls(tree)
    issues = list(_issues_of_form(tree, book))
    if not issues:
        told = tree.plain()
        assert isinstance(told, dict)  # noqa: S101 - the schema has said so
        reader = _CaseReader(told, tree, book)
        case = reader.read()
        if not reader.issues:
            return case
        issues = reader.issues
    raise CaseInvalidError(loaded.report(issues) if loaded else Report.of(issues))


def _issues_of_form(tree: Node, book: RuleBook) -> Iterator[Issue]:
    if tree.is_mapping:
        yield from schema_issues(tree, book.schemas_path, "case")
    else:
        yield Issue(code="case-not-mapping", place=tree.place)


class _FaultError(Exception):
    """There is a fault in a case that was read without the places of its parts."""


class _CaseReader:
    """Reads what is *told* and fits the schema; the *tree* of it knows where a fault stands."""

    def __init__(self, told: Mapping[str, Any], tree: Node | None, book: RuleBook) -> None:
        self.told, self.tree, self.book = told, tree, book
        self.issues: list[Issue] = []
        self.facts: dict[str, Any] = {}
        self.evidence: dict[str, str] = {}

    def read(self) -> Case:
        # Without a day of decision, no other day is after it.
        decided_on = self._day(self.told["decided_on"], "decided_on") or date.max
        self._check_pseudonym()
        self._read_groups(decided_on)
        self._read_criteria()
        lists = {name: self._read_list(name, decided_on) for name in LISTS_OF_A_CASE}
        self._check_entry()
        self._check_grants(lists[GRANTS])
        self._check_wishes()
        plain = self.told
        if "recipient" in plain:
            plain = {key: value for key, value in plain.items() if key != "recipient"}
        return Case(
            id=self.told["case"],
            decided_on=decided_on,
            facts=self.facts,
            lists=lists,
            evidence=self.evidence,
            recipient=self._recipient(),
            plain=plain,
            digest=_digest(plain),
        )

    def _check_pseudonym(self) -> None:
        if looks_like_cpr(self.told["case"]):
            self._note("cpr-shaped", self._place("case"), key="case")
        for at, wish in enumerate(self.told.get(WISHES, ())):
            if looks_like_cpr(wish["id"]):
                self._note("cpr-shaped", self._place(WISHES, at, "id"), key="id")

    def _read_groups(self, decided_on: date) -> None:
        for group in _GROUPS:
            for key, value in self.told.get(group, {}).items():
                self.facts[f"{group}.{key}"] = (
                    self._told_day(value, decided_on, group, key) if key in _DAY_KEYS else value
                )

    def _read_criteria(self) -> None:
        for key, value in self.told.get("criteria", {}).items():
            if isinstance(value, bool):
                self.facts[f"criteria.{key}"] = value
            else:
                self.facts[f"criteria.{key}"] = value.get("met")
                if "evidence" in value:
                    self.evidence[f"criteria.{key}"] = value["evidence"]

    def _read_list(self, name: str, decided_on: date) -> tuple[Mapping[str, Any], ...] | None:
        listed = self.told.get(name)
        if listed is None:
            return None
        return tuple([self._element(each, decided_on, name, at) for at, each in enumerate(listed)])

    def _element(
        self, told: Mapping[str, Any], decided_on: date, name: str, at: int
    ) -> Mapping[str, Any]:
        element = dict(told)
        for key, value in told.items():
            match key:
                case _ if key not in _READ_KEYS:
                    pass
                case "value" | "amount":
                    element[key] = self._amount(value, name, at, key)
                case "date" | "granted_on":
                    element[key] = self._told_day(value, decided_on, name, at, key)
                case "quantity":
                    element[key] = _decimal(value)
                case "provision":
                    element[key] = bare(value)
                case _:
                    element[key] = {
                        kind: self._amount(cost, name, at, key, kind)
                        for kind, cost in value.items()
                    }
        return element

    def _check_entry(self) -> None:
        entry = self.facts.get("diagnosis.entry")
        if entry is not None and entry != NOT_LISTED and entry not in self.book.entries:
            known = [NOT_LISTED, *self.book.entries]
            fields = {"name": str(entry), "close": close_to(str(entry), known)}
            self._note("unknown-entry", self._place("diagnosis", "entry"), **fields)

    def _check_grants(self, grants: tuple[Mapping[str, Any], ...] | None) -> None:
        """Note a grant under these rules from before there were any: it is another kind of help."""
        first = self.book.began
        for at, grant in enumerate(grants or ()):
            day = grant.get("date")
            if day is not None and first is not None and day < first:
                fields = {"day": day.isoformat(), "first": first.isoformat()}
                place = self._place(GRANTS, at, "date")
                self._note("grant-before-rules", place, **fields)

    def _check_wishes(self) -> None:
        seen: dict[str, int] = {}
        for at, wish in enumerate(self.told.get(WISHES, ())):
            name = wish["id"]
            if name in seen:
                line = str(self._place(WISHES, seen[name], "id").line)
                self._note("duplicate-wish", self._place(WISHES, at, "id"), name=name, line=line)
            seen.setdefault(name, at)
            self._check_category(wish, at)

    def _check_category(self, wish: Mapping[str, Any], at: int) -> None:
        category = wish.get("category")
        known = self.book.categories.get(bare(wish.get("provision", "")))
        if known is not None and category is not None and category not in known:
            fields = {"name": category, "close": close_to(category, known)}
            place = self._place(WISHES, at, "category")
            self._note("unknown-category", place, **fields, allowed=listing(known))

    def _recipient(self) -> Recipient:
        told = self.told.get("recipient")
        if told is None:
            return _NOBODY
        return Recipient(
            name=told.get("name", ""),
            address=tuple(told.get("address", ())),
            role=told.get("role", ""),
            on_behalf_of=told.get("on_behalf_of", ""),
        )

    def _day(self, text: str, *path: str | int) -> date | None:
        day = day_of(text)
        if day is None:
            self.issues.append(unreadable_day(self._node(*path)))
        return day

    def _told_day(self, text: str, decided_on: date, *path: str | int) -> date | None:
        day = self._day(text, *path)
        if day is not None and day > decided_on:
            fields = {"day": day.isoformat(), "decided": decided_on.isoformat()}
            self._note("day-after-decision", self._place(*path), **fields)
        return day

    def _amount(self, text: str, *path: str | int) -> int | None:
        try:
            return parse_amount(text.strip())
        except AmountError as error:
            self.issues.append(unreadable_amount(self._node(*path), error))
            return None

    def _node(self, *path: str | int) -> Node:
        if self.tree is None:
            raise _FaultError
        return self.tree.at(*path) or self.tree

    def _place(self, *path: str | int) -> Place:
        return self._node(*path).place

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))


def bare(provision: str) -> str:
    """Return *provision* as its number alone, without the sign before or the subsection after."""
    if provision.isalnum():
        return provision
    return re.sub(_PART_AFTER, "", re.sub(_SIGN_BEFORE, "", provision)).strip()


def _decimal(text: str) -> Decimal:
    from decimal import Decimal  # noqa: PLC0415 - most wishes have a value and no quantity

    return Decimal(text)


def _digest(plain: Mapping[str, Any]) -> str:
    return sha256(canonical_json(plain))
