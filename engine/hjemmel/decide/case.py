"""Case files to a Case: everything wrong is reported with its place, nothing is guessed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hjemmel.data import data_folder
from hjemmel.issues import CaseInvalidError, DataNotFoundError, Issue, Place, Report, looks_like_cpr
from hjemmel.model import Case, Recipient
from hjemmel.money import AmountError, parse_amount
from hjemmel.policy.dated import day_of
from hjemmel.policy.load import Loaded
from hjemmel.policy.schema import close_to, listing, schema_issues
from hjemmel.policy.values import unreadable_amount, unreadable_day
from hjemmel.tree import Node, without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hjemmel.policy.book import RuleBook

#: The groups of yes/no facts that a case tells directly below a heading.
_GROUPS = ("request", "citizen", "diagnosis", "indicators")
_LISTS = ("previous_help", "earlier_grants", "wishes")
_AMOUNT_KEYS = ("value", "amount")
_DAY_KEYS = ("date", "granted_on")
#: What a caseworker may type before the number of a section.
_SIGN_BEFORE = re.compile(r"^\W+")
NOT_LISTED = "not_listed"


def read_case(
    source: Path | str | bytes | Mapping[str, Any], book: RuleBook, *, name: str = "case.yaml"
) -> Case:
    """Return the case in *source*: a path, the text of a file, or plain data.

    Text is read as YAML, or as JSON when *name* ends so.

    Raises:
        CaseInvalidError: the case cannot be used; the report lists every reason.
        DataNotFoundError: the path does not exist.
    """
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
    reader = _CaseReader(without_nulls(tree), book)
    case = reader.read()
    if reader.issues or case is None:
        raise CaseInvalidError(loaded.report(reader.issues) if loaded else Report.of(reader.issues))
    return case


class _CaseReader:
    def __init__(self, tree: Node, book: RuleBook) -> None:
        self.tree, self.book = tree, book
        self.issues: list[Issue] = []
        self.facts: dict[str, Any] = {}
        self.evidence: dict[str, str] = {}
        self._categories = _known_categories(book)

    def read(self) -> Case | None:
        if not self.tree.is_mapping:
            self._note("case-not-mapping", self.tree.place)
            return None
        self.issues.extend(schema_issues(self.tree, _schema_folder(self.book), "case"))
        if self.issues:
            return None
        # Without a day of decision, no other day is after it.
        decided_on = self._day(self.tree.get("decided_on")) or date.max
        self._check_pseudonym()
        self._read_groups(decided_on)
        self._read_criteria()
        lists = {name: self._read_list(name, decided_on) for name in _LISTS}
        self._check_entry()
        self._check_grants()
        self._check_wishes()
        if self.issues:
            return None
        plain = _without_recipient(self.tree)
        return Case(
            id=self.tree.text("case"),
            decided_on=decided_on,
            facts=self.facts,
            lists=lists,
            evidence=self.evidence,
            recipient=self._recipient(),
            plain=plain,
            digest=_digest(plain),
        )

    def _check_pseudonym(self) -> None:
        node = self.tree.get("case")
        if node is not None and looks_like_cpr(str(node.value)):
            self._note("cpr-shaped", node.place, key="case")
        for wish in (self.tree.get("wishes") or self.tree).elements():
            identity = wish.get("id")
            if identity is not None and looks_like_cpr(str(identity.value)):
                self._note("cpr-shaped", identity.place, key="id")

    def _read_groups(self, decided_on: date) -> None:
        for group in _GROUPS:
            node = self.tree.get(group)
            for key, child in node.items() if node else ():
                value: Any = child.value
                if key in _DAY_KEYS:
                    value = self._told_day(child, decided_on)
                self.facts[f"{group}.{key}"] = value

    def _read_criteria(self) -> None:
        node = self.tree.get("criteria")
        for key, child in node.items() if node else ():
            met = child.get("met") if child.is_mapping else child
            if met is not None and isinstance(met.value, bool):
                self.facts[f"criteria.{key}"] = met.value
            if child.text("evidence"):
                self.evidence[f"criteria.{key}"] = child.text("evidence")

    def _read_list(self, name: str, decided_on: date) -> tuple[Mapping[str, Any], ...] | None:
        node = self.tree.get(name)
        if node is None:
            return None
        return tuple(self._element(child, decided_on) for child in node.elements())

    def _element(self, node: Node, decided_on: date) -> Mapping[str, Any]:
        element: dict[str, Any] = {}
        for key, child in node.items():
            if key in _AMOUNT_KEYS:
                element[key] = self._amount(child)
            elif key in _DAY_KEYS:
                element[key] = self._told_day(child, decided_on)
            elif key == "quantity":
                element[key] = Decimal(str(child.value))
            elif key == "outside_costs":
                element[key] = {kind: self._amount(cost) for kind, cost in child.items()}
            elif key == "provision":
                element[key] = _bare(str(child.value))
            else:
                element[key] = child.value
        return element

    def _check_entry(self) -> None:
        node = self.tree.at("diagnosis", "entry")
        known = [
            NOT_LISTED,
            *(one.text("id") for one in _elements(self.book, "diagnoses", "diagnoses")),
        ]
        if node is not None and node.value not in known:
            fields = {"name": str(node.value), "close": close_to(str(node.value), known)}
            self._note("unknown-entry", node.place, **fields)

    def _check_grants(self) -> None:
        """Note a grant under these rules from before there were any: it is another kind of help."""
        began = self.book.tree("index").at("policy", "in_force", "from")
        first = day_of(str(began.value)) if began is not None else None
        grants = self.tree.get("earlier_grants")
        for grant in grants.elements() if grants else ():
            node = grant.get("date")
            day = day_of(str(node.value)) if node is not None else None
            if node is not None and day is not None and first is not None and day < first:
                fields = {"day": day.isoformat(), "first": first.isoformat()}
                self._note("grant-before-rules", node.place, **fields)

    def _check_wishes(self) -> None:
        seen: dict[str, Place] = {}
        wishes = self.tree.get("wishes")
        for wish in wishes.elements() if wishes else ():
            name, place = wish.text("id"), (wish.get("id") or wish).place
            if name in seen:
                self._note("duplicate-wish", place, name=name, line=str(seen[name].line))
            seen.setdefault(name, place)
            self._check_category(wish)

    def _check_category(self, wish: Node) -> None:
        provision, category = _bare(wish.text("provision")), wish.get("category")
        known = self._categories.get(provision)
        if known is not None and category is not None and category.value not in known:
            name = str(category.value)
            fields = {"name": name, "close": close_to(name, known), "allowed": listing(known)}
            self._note("unknown-category", category.place, **fields)

    def _recipient(self) -> Recipient:
        node = self.tree.get("recipient")
        if node is None:
            return Recipient()
        address = node.get("address")
        lines = tuple(str(line.value) for line in address.elements()) if address else ()
        return Recipient(name=node.text("name"), address=lines)

    def _day(self, node: Node | None) -> date | None:
        day = day_of(str(node.value)) if node is not None else None
        if day is None and node is not None:
            self.issues.append(unreadable_day(node))
        return day

    def _told_day(self, node: Node, decided_on: date) -> date | None:
        day = self._day(node)
        if day is not None and day > decided_on:
            self._note(
                "day-after-decision",
                node.place,
                day=day.isoformat(),
                decided=decided_on.isoformat(),
            )
        return day

    def _amount(self, node: Node) -> int | None:
        try:
            return parse_amount(str(node.value).strip())
        except AmountError as error:
            self.issues.append(unreadable_amount(node, error))
            return None

    def _note(self, code: str, place: Place, **fields: str) -> None:
        self.issues.append(Issue(code=code, place=place, fields=fields))


def _bare(provision: str) -> str:
    """Return *provision* without the section sign a caseworker may have typed before it."""
    return _SIGN_BEFORE.sub("", provision).strip()


def _known_categories(book: RuleBook) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for node in _elements(book, "categories", "categories"):
        known.setdefault(node.text("provision"), []).append(node.text("id"))
    return known


def _elements(book: RuleBook, file: str, key: str) -> Iterator[Node]:
    listed = book.tree(file).get(key)
    yield from listed.elements() if listed else ()


def _schema_folder(book: RuleBook) -> Path:
    folder = book.folder / "schema"
    return folder if folder.is_dir() else data_folder("rules") / "schema"


def _without_recipient(tree: Node) -> dict[str, Any]:
    """Return the told case without its recipient: what is kept must not know a person."""
    plain = tree.plain()
    assert isinstance(plain, dict)  # noqa: S101 - the schema has said so
    return {key: value for key, value in plain.items() if key != "recipient"}


def _digest(plain: Mapping[str, Any]) -> str:
    canonical = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
