"""Between one case and the unknowns: a told case as values, and values as a case to be told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from hjemmel.assure.encode_case import OTHER, ToldNumber, ToldText, ToldTruth
from hjemmel.decide.case import NOT_LISTED
from hjemmel.money import data_amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hjemmel.assure.encode_case import Domain, Element, EveryCase, Told
    from hjemmel.assure.encode_terms import Bit, Number
    from hjemmel.model import Case

#: What a bit or a number of the unknown case comes to.
Values = dict[str, bool | int]


class TooManyElementsError(ValueError):
    """A case has more elements than the unknown case has places."""


def values_of(domain: Domain, every: EveryCase, case: Case) -> Values:
    """Return what the unknowns of *every* are in *case*.

    Raises:
        TooManyElementsError: a list of *case* is longer than *every* has places for.
    """
    found: Values = {}
    for name, told in every.facts.items():
        found.update(_values(domain, name, told, case.facts.get(name), {}))
    for name, listed in every.lists.items():
        told_list = case.lists.get(name)
        if len(told_list or ()) > len(listed.elements):
            raise TooManyElementsError(name)
        _name(found, listed.told, value=told_list is not None)
        for at, place in enumerate(listed.elements):
            element = told_list[at] if told_list is not None and at < len(told_list) else None
            found.update(_element_values(domain, place, element))
    return found


def _element_values(domain: Domain, place: Element, element: Mapping[str, Any] | None) -> Values:
    found: Values = {}
    _name(found, place.present, value=element is not None)
    for name, told in place.told.items():
        value = None if element is None else element.get(name.partition(".")[2])
        found.update(_values(domain, name, told, value, element or {}))
    return found


def _values(
    domain: Domain,
    name: str,
    told: Told,
    value: Any,  # noqa: ANN401 - told values are of many types
    element: Mapping[str, Any],
) -> Values:
    found: Values = {}
    match told:
        case ToldTruth(t, f):
            _name(found, t, value=value is True)
            _name(found, f, value=value is False)
        case ToldText(options):
            stands_for = (
                None if value is None else _stands_for(domain, name, options, value, element)
            )
            for option, one in options.items():
                _name(found, one, value=option == stands_for)
        case ToldNumber(known, amount, lowest):
            _name(found, known, value=value is not None)
            plain = value.toordinal() if isinstance(value, date) else value
            _name(found, amount, value=lowest if plain is None else int(plain))
    return found


def _name(found: Values, term: Bit | Number, *, value: bool | int) -> None:
    if not isinstance(term, bool | int):
        found[str(term.args[0])] = value


def _stands_for(
    domain: Domain, name: str, options: Mapping[str, Bit], value: str, element: Mapping[str, Any]
) -> str:
    """Return the option that no rule tells from *value*."""
    if value in options:
        return value
    if OTHER not in options:  # the list of diagnoses: any entry that is listed in the same way
        listing = domain.policy.listing
        same = listing.get(value, NOT_LISTED)
        return next(one for one in options if listing.get(one, NOT_LISTED) == same)
    provision = str(element.get("provision"))
    allowed = domain.categories.get(provision, frozenset())
    if name.endswith(".category") and value in allowed:
        in_force = (provision, value) in domain.policy.categories
        mentioned = domain.mentioned(name)
        return next(
            one
            for one in options
            if one in allowed
            and one not in mentioned
            and ((provision, one) in domain.policy.categories) is in_force
        )
    return OTHER


# --- back to a case -------------------------------------------------------------------------------


class Telling:
    """Writes the case that the values of the unknowns stand for, in the contract's shape."""

    def __init__(self, value: Callable[[Bit | Number], bool | int]) -> None:
        """Take what gives the *value* of a term."""
        self._value = value

    def case(self, every: EveryCase, name: str, day: date) -> dict[str, Any]:
        """Return the case *name*, decided on *day*, as plain data."""
        told: dict[str, Any] = {"case": name, "decided_on": day.isoformat()}
        for fact, one in every.facts.items():
            value = self._plain(one)
            if value is not None:
                group, _, key = fact.partition(".")
                told.setdefault(group, {})[key] = value
        for list_name, listed in every.lists.items():
            elements = list(self._elements(list_name, listed.elements))
            if self._value(listed.told) and (elements or listed.told is not True):
                told[list_name] = elements
        return told

    def _elements(self, list_name: str, places: tuple[Element, ...]) -> Iterator[dict[str, Any]]:
        for at, place in enumerate(places):
            if not self._value(place.present):
                continue
            plain = {fact.partition(".")[2]: self._plain(one) for fact, one in place.told.items()}
            kept = {key: value for key, value in plain.items() if value is not None}
            yield {"id": f"w{at + 1}"} | kept if list_name == "wishes" else kept

    def _plain(self, told: Told) -> bool | str | None:
        if not self._value(told.known):
            return None
        match told:
            case ToldTruth(t, _):
                return bool(self._value(t))
            case ToldText(options):
                return next(option for option, one in options.items() if self._value(one))
            case ToldNumber(_, number, lowest):
                value = int(self._value(number))
                return date.fromordinal(value).isoformat() if lowest else data_amount(value)
