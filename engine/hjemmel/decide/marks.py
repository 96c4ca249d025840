"""What a case tells, as marks: whether each test of a fact holds, fails or is not known.

A condition never sees what is told, only what its tests make of it. So all that the rules can
know of a case, or of an element of one of its lists, is a whole number with two bits for each
test: one is set where it holds, the other where it fails, neither where nobody can say. The
functions that find the number are written out in Python, once for each policy. They hold the
operators and nothing else: what follows from a test is for the interpreters.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from hjemmel.decide.case import NOT_LISTED
from hjemmel.decide.conditions import WRITTEN
from hjemmel.policy.language import FactTest
from hjemmel.truth import Truth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import CodeType
    from typing import Any

    from hjemmel.policy.compile import Fact, Policy

#: The truth that the two bits of a test stand for.
TRUTHS = (Truth.UNKNOWN, Truth.TRUE, Truth.FALSE)
_HOLDS, _FAILS = 1, 2
#: Facts that the engine tells when it has worked them out: no case does.
GIVEN_LATER = frozenset({"budget", "decision"})
#: The place of what the engine tells, beside the case and its lists.
_LATER = "given later"


class LookedUp:
    """What the rule files say of what is told: of a diagnosis, of a provision and its category."""

    def __init__(self, policy: Policy) -> None:
        """Take the *policy* that is looked in."""
        self._listing = policy.listing
        self._provisions, self._categories = policy.provisions, policy.categories

    def listed(self, entry: object) -> str | None:
        """Return how the diagnosis *entry* stands on the list; nothing where it is not told."""
        return None if entry is None else self._listing.get(str(entry), NOT_LISTED)

    def divisible(self, provision: str | None) -> bool | None:
        """Say whether what *provision* gives can be granted in part."""
        if provision is None:
            return None
        known = self._provisions.get(provision)
        return known is not None and known.divisible

    def offered(self, provision: str | None, category: str | None) -> bool | None:
        """Say whether *category* of *provision* may be chosen."""
        if provision not in self._provisions:
            return None if provision is None else False
        # Where every category of the provision may be chosen, the category cannot matter.
        return category is None or (provision, category) in self._categories


class Marks:
    """The tests of a policy: where in a number each is marked, and the functions that do it."""

    def __init__(self, policy: Policy, lists: Mapping[str, str]) -> None:
        """Give every test of *policy* its place; *lists* are known by how their facts begin."""
        self._policy, self._lists = policy, lists
        self._tests: dict[str, dict[str, list[FactTest]]] = {
            place: {} for place in ("", _LATER, *lists.values())
        }
        self._shifts: dict[FactTest, int] = {}
        for test in dict.fromkeys(one for atoms in policy.atoms.values() for one in atoms):
            if isinstance(test, FactTest) and test.fact in policy.facts:
                self._give_place(test, policy.facts[test.fact])
        looked_up = LookedUp(policy)
        #: What the texts of values call the functions that look something up.
        self.names: Mapping[str, Any] = {
            name: getattr(looked_up, name) for name in ("listed", "divisible", "offered")
        }
        self.of_case, self.of_given = self._reader(""), self._reader(_LATER)
        self.of_element = {name: self._reader(name) for name in lists.values()}

    def place(self, fact: Fact) -> str:
        """Return where *fact* is told: the name of a list, or an empty text for the case."""
        if fact.given_by in GIVEN_LATER:
            return _LATER
        if fact.given_by == "diagnoses":
            return ""
        return self._lists.get(fact.id.partition(".")[0], "")

    def name(self, fact: Fact) -> str:
        """Return the name by which *fact* is told where it is told."""
        of_list = self.place(fact) not in ("", _LATER)
        return fact.id.partition(".")[2] if of_list else fact.id

    def shift(self, test: FactTest) -> int:
        """Return how far the bits of *test* are shifted in the number of its place."""
        return self._shifts[test]

    def mask(self, fact: Fact) -> int:
        """Return the bits that what is told of *fact* shows in, in the number of its place."""
        tests = self._tests[self.place(fact)].get(fact.id, ())
        told = sum((_HOLDS | _FAILS) << self._shifts[test] for test in tests)
        return told | self._untold_bit(self.place(fact)) if fact.given_by == "categories" else told

    def tell_all_of(self, fact: Fact) -> bool:
        """Say whether the marks of *fact* leave nothing open of what it was told to be."""
        tests = self._tests[self.place(fact)].get(fact.id, ())
        is_marked = any(test.operator == "holds" for test in tests)
        as_untold = fact.silent or fact.no_means_unknown  # a no and nothing are marked alike
        return fact.type == "truth" and is_marked and not as_untold

    def _give_place(self, test: FactTest, fact: Fact) -> None:
        tests = self._tests[self.place(fact)]
        self._shifts[test] = 2 * sum(map(len, tests.values()))
        tests.setdefault(fact.id, []).append(test)

    def _untold_bit(self, place: str) -> int:
        """Return the bit beyond all tests, which tells that an element has no provision.

        What the categories say of it is then asked for by another name.
        """
        return 1 << 2 * sum(map(len, self._tests[place].values()))

    # --- the functions, as text ---------------------------------------------------------

    def _reader(self, place: str) -> Callable[[Mapping[str, Any]], int]:
        """Return the function that marks what is told in *place*."""
        names = dict(self.names)
        lines = ["def marks_of(told):", "    get, marks = told.get, 0"]
        facts = [self._policy.facts[name] for name in self._tests[place]]
        for fact in facts:
            lines += self._lines(fact, self._tests[place][fact.id], names)
        if any(fact.given_by == "categories" for fact in facts):
            bit = self._untold_bit(place)
            lines += ["    if get('provision') is None:", f"        marks |= {bit}"]
        lines.append("    return marks")
        marks_of: Callable[[Mapping[str, Any]], int] = function_of("\n".join(lines), names)
        return marks_of

    def _lines(self, fact: Fact, tests: Iterable[FactTest], names: dict[str, Any]) -> Iterator[str]:
        """Yield the lines that mark *tests* of *fact*; operands without a text go to *names*."""
        shifts = [self._shifts[test] for test in tests]
        yield f"    value = {self.value_text(fact)}"
        # Of such a fact a no tells no more than nothing told.
        no_more = " and value is not False" if fact.no_means_unknown else ""
        if fact.silent:
            yield f"    if value is None:\n        marks |= {sum(_FAILS << one for one in shifts)}"
            yield f"    elif True{no_more}:"
        else:
            yield f"    if value is not None{no_more}:"
        for test, shift in zip(tests, shifts, strict=True):
            holds = WRITTEN[test.operator].format(value="value", operand=_operand(test, names))
            yield f"        marks |= {_HOLDS << shift} if {holds} else {_FAILS << shift}"

    def value_text(self, fact: Fact, get: str = "get") -> str:
        """Return the text of what *fact* was told to be, or of what is looked up instead.

        It is told to the function that the text calls *get*.
        """
        match fact.given_by:
            case "diagnoses":
                return f"listed({get}({fact.asks!r}))"
            case "categories" if fact.id.endswith(".service"):
                return f"divisible({get}('provision'))"
            case "categories":
                return f"offered({get}('provision'), {get}('category'))"
            case _:
                return f"{get}({self.name(fact)!r})"


def _operand(test: FactTest, names: dict[str, Any]) -> str:
    if not isinstance(test.operand, date):
        return repr(test.operand)
    name = f"day_{test.operand:%Y_%m_%d}"
    names[name] = test.operand
    return name


def function_of(text: str, names: dict[str, Any]) -> Any:  # noqa: ANN401 - any function
    """Return the one function that *text* defines, to which *names* are known."""
    known = dict(names)
    exec(_compiled(text), known)  # noqa: S102 - written in this package, from rules that were checked
    return known[text.partition("(")[0].removeprefix("def ")]


@cache
def _compiled(text: str) -> CodeType:
    """Return the code of *text*: days between which no rule changes have the same."""
    return compile(text, "<written>", "exec")
