"""Next year's rates: computed both ways, written into the author's own text, tried, then kept.

The file of rates is not written anew from data: rows are put in where they belong, and every
other byte stays as its author left it.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hjemmel.assure.scenarios import read_scenarios, run_scenario
from hjemmel.issues import HjemmelError, NotInForceError, RulesInvalidError
from hjemmel.money import AmountError, data_amount, parse_amount, people_amount
from hjemmel.policy.book import check_rules
from hjemmel.policy.checks.base import Rules, listed
from hjemmel.policy.checks.rates import ROUNDING
from hjemmel.policy.dated import day_of
from hjemmel.policy.schema import close_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hjemmel.assure.scenarios import Result
    from hjemmel.issues import Place, Report
    from hjemmel.policy.book import RuleBook
    from hjemmel.tree import Node


_LINE = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
_PERCENT = re.compile(r"\d{1,2}([.,]\d{1,3})?")
_ALONE = re.compile(r"( *)- +")
#: A number and a date in a source's short name; next year's are not known.
_NUMBERED = re.compile(r"\d+ af \d\d/\d\d/\d{4}")
_NOT_KNOWN = "not-in-force"


class RateYearError(HjemmelError):
    """A year of rates that cannot be added; nothing has been changed."""

    code = "rate-year"


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRequest:
    """What the author knows: the year, its percentage, its source, perhaps published amounts."""

    year: int
    percent: str
    source: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    index: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """One rate's new amount in øre, the one before, and what it rests on."""

    id: str
    label: str
    ore: int
    before: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPlan:
    """The new text of the file of rates, and what is new in it."""

    year: int
    percent: str
    index: str
    source: tuple[str, str]
    rows: tuple[NewRow, ...]
    left_out: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the new text does: the check, the years that can be decided, the scenarios."""

    report: Report
    before: tuple[int, ...]
    after: tuple[int, ...]
    scenarios: int
    stale: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class _Chains:
    """The amount the law may mean: regulated on the rounded amounts, or on the exact ones."""

    before: int
    rounded: int
    exact: int


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def read_percent(given: str) -> str:
    """Return the percentage *given*, written ``3.2`` or ``3,2``, as rule files write it.

    Raises:
        RateYearError: it is negative, or no percentage with at most three decimals.
    """
    text = given.strip().removesuffix("%").strip()
    if text.startswith(("-", "−")):
        raise RateYearError("percent-negative", given=given)
    if not _PERCENT.fullmatch(text):
        raise RateYearError("percent-form", given=given)
    return text.replace(",", ".")


def plan_year(book: RuleBook, text: str, request: YearRequest) -> YearPlan:
    """Return the *text* of the rates of *book* with the year of *request* written into it.

    Raises:
        RateYearError: the year, the percentage, the source or an amount cannot be used.
    """
    rates = book.tree("rates")
    index = _index(rates, request.index)
    _is_next(index, request.year)
    percent = read_percent(request.percent)
    source = _source(book.tree("sources"), index, request, percent)
    going_on, left_out = _going_on(rates, index, request.year)
    chains = {one.text("id"): _chains(one, index, Decimal(percent)) for one in going_on}
    rows = _rows(going_on, chains, request, percent)
    edits = [_percent_row(text, index, request.year, percent, source)]
    for rate, row in zip(going_on, rows, strict=True):
        edits += _rate_edits(text, rate, row, request.year, source)
    return YearPlan(
        year=request.year,
        percent=percent,
        index=index.text("label"),
        source=(source["ref"], source["at"]),
        rows=rows,
        left_out=left_out,
        text=_edited(text, edits),
    )


def _index(rates: Node, wanted: str) -> Node:
    used = [
        regulation.text("index")
        for rate in listed(rates, "rates")
        if (regulation := rate.get("regulation"))
    ]
    found = [
        node
        for node in listed(rates, "indices")
        if node.text("id") in used and wanted in {"", node.text("id")}
    ]
    if len(found) != 1:
        known = ", ".join(dict.fromkeys(used)) or "–"
        raise RateYearError("rate-year-no-index", known=known)
    return found[0]


def _is_next(index: Node, year: int) -> None:
    years = [cast("int", value.get("year").value) for value in listed(index, "values")]  # type: ignore[union-attr]
    newest = max(years)
    fields = {"year": str(year), "newest": str(newest), "next": str(newest + 1)}
    if year <= newest:
        raise RateYearError("rate-year-known", file=index.place.file, **fields)
    if year > newest + 1:
        raise RateYearError("rate-year-gap", **fields)


def _source(sources: Node, index: Node, request: YearRequest, percent: str) -> dict[str, str]:
    """Return the citation of the year's percentage: a source that exists and holds that year."""
    ref, _, at = (part.strip() for part in request.source.partition(","))
    known = {node.text("id"): node for node in listed(sources, "sources")}
    template = _template(known, index, request.year, percent, ref)
    if not ref:
        raise RateYearError("rate-year-no-source", year=str(request.year), template=template)
    of_year = [name for name, source in known.items() if _holds(source, request.year)]
    if ref not in known:
        close = close_to(ref, of_year)
        raise RateYearError("rate-year-unknown-source", name=ref, close=close, template=template)
    if ref not in of_year:
        raise RateYearError("rate-year-source-period", name=ref, year=str(request.year))
    return _cited(known[ref], ref, at)


def _holds(source: Node, year: int) -> bool:
    """Say whether *source* is in force on the first day of *year*."""
    in_force = source.get("in_force") or source
    first, last = day_of(in_force.text("from")), day_of(in_force.text("to"))
    return (first or date.max) <= date(year, 1, 1) <= (last or date.max)


def _cited(source: Node, ref: str, at: str) -> dict[str, str]:
    provisions = listed(source, "provisions")
    here = [
        one for one in provisions if (one.text("at") == at if at else one.text("kind") == "amount")
    ]
    if len(here) != 1:
        first = provisions[0].text("at") if provisions else ""
        raise RateYearError("rate-year-place", name=ref, first=first)
    same_place = [one for one in provisions if one.text("at") == here[0].text("at")]
    citation = {"ref": ref, "at": here[0].text("at")}
    if len(same_place) > 1:
        citation["provision"] = here[0].text("id")
    return citation


def _template(known: Mapping[str, Node], index: Node, year: int, percent: str, ref: str) -> str:
    """Return the source to write, with … to fill in; made from the year before."""
    newest = max(listed(index, "values"), key=lambda value: str(value.get("year").value))  # type: ignore[union-attr]
    cited = listed(newest, "sources")[0]
    before = known.get(cited.text("ref"))
    if before is None:
        return ""
    says = _quoted(f"{index.text('label')} for {year}: {_comma(percent)}.")
    place = _quoted(cited.text("at"))
    lines = [
        f"- id: {ref or '…'}",
        f"  kind: {before.text('kind')}",
        f"  weight: {before.text('weight')}",
        f"  label: {_quoted(before.text('label').replace(str(year - 1), str(year)))}",
        f"  short: {_quoted(_NUMBERED.sub('… af …', before.text('short')))}",
        '  issued: "…"',
        '  url: "https://…"',
        f'  in_force: {{from: "{year}-01-01", to: "{year}-12-31"}}',
        '  checked: {on: "…", note: "…"}',
        "  provisions:",
        f"    - {{id: percent_{year}, at: {place}, kind: amount, text: {says}}}",
    ]
    return "".join(f"\n  {line}" for line in lines) + "\n"


def _going_on(rates: Node, index: Node, year: int) -> tuple[tuple[Node, ...], tuple[str, ...]]:
    """Return the rates that the index takes on to *year*, and the labels of those that stopped."""
    going_on, left_out = [], []
    for rate in listed(rates, "rates"):
        regulation = rate.get("regulation")
        if regulation is None or regulation.text("index") != index.text("id"):
            continue
        end = day_of(_newest(rate).text("to"))
        if end is not None and end > date(year - 1, 12, 31):
            raise RateYearError(
                "rate-year-known",
                year=str(year),
                newest=str(end.year),
                next=str(end.year + 1),
                file=rate.place.file,
            )
        stopped = end is not None and end < date(year - 1, 12, 31)
        first = day_of(regulation.text("first"))
        if stopped or first is None or first > date(year, 1, 1):
            left_out.append(rate.text("label"))
        else:
            going_on.append(rate)
    if not going_on:
        raise RateYearError("rate-year-no-rates", year=str(year))
    return tuple(going_on), tuple(left_out)


def _newest(rate: Node) -> Node:
    return max(listed(rate, "values"), key=lambda value: value.text("from"))


def _chains(rate: Node, index: Node, percent: Decimal) -> _Chains:
    """Return what *percent* makes of the newest amount, by either reading of the law."""
    percents = {
        value.get("year").value: Decimal(value.text("percent"))  # type: ignore[union-attr]
        for value in listed(index, "values")
    }
    regulation = cast("Node", rate.get("regulation"))
    step = ROUNDING[regulation.text("rounding")] * 100
    amount = exact = Decimal(0)
    for value in sorted(listed(rate, "values"), key=lambda node: node.text("from")):
        amount = Decimal(parse_amount(value.text("amount")))
        regulated = value.text("from") >= regulation.text("first")
        of_year = percents[int(value.text("from")[:4])] if regulated else Decimal(0)
        exact = exact * _factor(of_year) if regulated else amount
    factor = _factor(percent)
    return _Chains(int(amount), _rounded(amount * factor, step), _rounded(exact * factor, step))


def _factor(percent: Decimal) -> Decimal:
    return 1 + percent / 100


def _rounded(ore: Decimal, step: Decimal) -> int:
    return int((ore / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step)


def _rows(
    going_on: Iterable[Node], chains: Mapping[str, _Chains], request: YearRequest, percent: str
) -> tuple[NewRow, ...]:
    for name in request.amounts:
        if name not in chains:
            fields = {"name": name, "year": str(request.year), "allowed": ", ".join(chains)}
            raise RateYearError("rate-year-unknown-rate", close=close_to(name, chains), **fields)
    published = {
        name: _published(name, given, chains[name], percent)
        for name, given in request.amounts.items()
    }
    open_ones = {
        name: both
        for name, both in chains.items()
        if both.rounded != both.exact and name not in published
    }
    if open_ones:
        raise _two_amounts(open_ones, request.year)
    return tuple(
        NewRow(
            id=rate.text("id"),
            label=rate.text("label"),
            ore=published.get(rate.text("id"), chains[rate.text("id")].rounded),
            before=chains[rate.text("id")].before,
            basis="published" if rate.text("id") in published else "computed",
        )
        for rate in going_on
    )


def _published(name: str, given: str, both: _Chains, percent: str) -> int:
    """Return the published amount *given*, which must be one that the law can give."""
    try:
        ore = parse_amount(given)
    except AmountError as error:
        if error.ambiguous is None:
            raise RateYearError("not-an-amount", given=given) from error
        first, second = error.ambiguous
        raise RateYearError(
            "ambiguous-amount",
            given=given,
            first=first,
            second=second,
            first_shown=people_amount(parse_amount(first)),
            second_shown=people_amount(parse_amount(second)),
        ) from error
    if ore not in {both.rounded, both.exact}:
        only = people_amount(both.exact) if both.rounded == both.exact else ""
        fields = {"rounded": people_amount(both.rounded), "exact": people_amount(both.exact)}
        raise RateYearError(
            "rate-year-amount",
            id=name,
            given=people_amount(ore),
            before=people_amount(both.before),
            percent=_comma(percent),
            only=only,
            **fields,
        )
    return ore


def _two_amounts(open_ones: Mapping[str, _Chains], year: int) -> RateYearError:
    shown = "; ".join(
        f"{name}: {people_amount(both.rounded)} / {people_amount(both.exact)}"
        for name, both in open_ones.items()
    )
    options = " ".join(f"--amount {name}=…" for name in open_ones)
    return RateYearError("rate-year-two-amounts", year=str(year), rates=shown, options=options)


# --- writing into the text ------------------------------------------------------------------------


def _percent_row(
    text: str, index: Node, year: int, percent: str, source: Mapping[str, str]
) -> _Edit:
    values = listed(index, "values")
    last = max(values, key=lambda value: str(value.get("year").value))  # type: ignore[union-attr]
    row = f'year: {year}, percent: "{percent}",'
    return _new_element(text, last, row, f"sources: [{_flow(source)}]")


def _rate_edits(
    text: str, rate: Node, row: NewRow, year: int, source: Mapping[str, str]
) -> list[_Edit]:
    """Return the edits that give *rate* its new row and say from when it is then unknown."""
    newest = _newest(rate)
    amount = str(row.ore // 100) if row.ore % 100 == 0 else data_amount(row.ore)
    head = f'from: "{year}-01-01", to: "{year}-12-31", amount: "{amount}", basis: {row.basis},'
    edits = [_new_element(text, newest, head, f"sources: [{_flow(source)}]")]
    if newest.get("to") is None:
        edits.append(_closing(text, newest, year - 1))
    return edits + _not_known(text, rate.get("not_known"), year)


def _new_element(text: str, last: Node, head: str, tail: str) -> _Edit:
    """Return the edit that puts a row after the element *last*, laid out like it."""
    starts = [0, *(found.end() for found in _LINE.finditer(text))]
    lines = _LINE.split(text)
    found = _ALONE.fullmatch(lines[last.place.line - 1][: last.place.column - 1])
    if found is None:
        raise RateYearError("rate-year-layout", file=last.place.file, line=str(last.place.line))
    end = _last_line(lines, last.place.line - 1, len(found[1]))
    newline = _newline(text)
    between = " " if end == last.place.line - 1 else newline + " " * last.place.column
    at = starts[end] + len(lines[end])
    return _Edit(at, at, f"{newline}{found[0]}{{{head}{between}{tail}}}")


def _last_line(lines: list[str], first: int, indent: int) -> int:
    """Return the last line of the element that begins on line *first* after a dash at *indent*."""
    last = first
    for number in range(first + 1, len(lines)):
        content = lines[number].lstrip(" ")
        if not content.strip() or content.startswith("#"):
            continue
        if len(lines[number]) - len(content) <= indent:
            break
        last = number
    return last


def _closing(text: str, value: Node, year: int) -> _Edit:
    """Return the edit that gives the open period of *value* its last day."""
    at = _offset(text, value.place)
    start = cast("Node", value.get("from"))
    end = _offset(text, start.place) + len(str(start.value)) + 2
    flow = text[at : at + 1] == "{"
    between = ", " if flow else _newline(text) + " " * (value.key_place("from").column - 1)
    return _Edit(end, end, f'{between}to: "{year}-12-31"')


def _not_known(text: str, node: Node | None, year: int) -> list[_Edit]:
    """Return the edits that move what is not known to the year after *year*."""
    start, why = (node.get("from"), node.get("why")) if node else (None, None)
    if start is None or why is None or str(start.value) > f"{year}-12-31":
        return []
    at = text.index(str(start.value), _offset(text, start.place))
    edits = [_Edit(at, at + len(str(start.value)), f"{year + 1}-01-01")]
    at = _offset(text, why.place)
    for _ in range(len(re.findall(rf"\b{year}\b", str(why.value)))):
        found = re.compile(rf"\b{year}\b").search(text, at)
        if found:
            at = found.end()
            edits.append(_Edit(found.start(), at, str(year + 1)))
    return edits


def _offset(text: str, place: Place) -> int:
    starts = [0, *(found.end() for found in _LINE.finditer(text))]
    return starts[place.line - 1] + place.column - 1


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _newline(text: str) -> str:
    found = _LINE.search(text)
    return found[0] if found else "\n"


def _flow(citation: Mapping[str, str]) -> str:
    written = {**citation, "at": _quoted(citation["at"])}
    return "{" + ", ".join(f"{key}: {value}" for key, value in written.items()) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comma(percent: str) -> str:
    return percent.replace(".", ",")


# --- trying and keeping ---------------------------------------------------------------------------


def try_year(book: RuleBook, plan: YearPlan) -> Trial:
    """Return what *plan* does to the rules of *book*, tried on a copy of them.

    Raises:
        RulesInvalidError: the rules do not pass the check with it.
        RateYearError: a scenario breaks that is not about the year being unknown.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "rules"
        shutil.copytree(book.folder, copy)
        write_text(copy / book.tree("rates").place.file, plan.text)
        report, tried = check_rules(copy)
        if tried is None:
            raise RulesInvalidError(report)
        total, stale = _scenarios(book, tried, plan.year)
        years = _years(book, plan.year)
        return Trial(
            report=report,
            before=_decided(book, years),
            after=_decided(tried, years),
            scenarios=total,
            stale=stale,
        )


def _scenarios(book: RuleBook, tried: RuleBook, year: int) -> tuple[int, tuple[Result, ...]]:
    """Return how many scenarios there are, and those that only said that *year* is unknown."""
    folder = book.folder / "scenarios"
    if not folder.is_dir():
        return 0, ()
    scenarios = read_scenarios(folder, book.folder / "schema")
    red = [result for one in scenarios if not (result := run_scenario(one, tried)).passed]
    newly = [one for one in red if run_scenario(one.scenario, book).passed]
    stale = [one for one in newly if _said_unknown(one, year)]
    broken = [one.scenario.name for one in newly if one not in stale]
    if broken:
        raise RateYearError("rate-year-scenarios", year=str(year), names="; ".join(broken))
    return len(scenarios), tuple(stale)


def _said_unknown(result: Result, year: int) -> bool:
    about = result.scenario.case.text("decided_on").startswith(str(year))
    return about and result.scenario.expect.get("error") == _NOT_KNOWN


def _years(book: RuleBook, year: int) -> range:
    rules = Rules(book.trees, {})
    starts = [
        value.text("from")
        for rate in rules.elements("rates", "rates")
        for value in listed(rate, "values")
    ]
    return range(int(min(starts)[:4]), year + 2)


def _decided(book: RuleBook, years: Iterable[int]) -> tuple[int, ...]:
    """Return those of *years* whose last day can be decided."""
    found = []
    for year in years:
        try:
            book.on(date(year, 12, 31))
        except NotInForceError:
            continue
        found.append(year)
    return tuple(found)


def read_text(path: Path) -> str:
    """Return the text of *path* with its own line ends; a byte order mark stays outside."""
    return path.read_bytes().decode("utf-8-sig")


def write_text(path: Path, text: str) -> None:
    """Put *text* into *path* in one step: another reader sees the old file or the new one.

    Raises:
        RateYearError: the file cannot be written; it is then as it was.
    """
    target = path.resolve()
    mark = b"\xef\xbb\xbf" if target.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    beside = target.with_name(f".{target.name}.new")
    try:
        beside.write_bytes(mark + text.encode())
        shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise RateYearError(
            "file-not-written", file=str(path), problem=type(error).__name__
        ) from error
