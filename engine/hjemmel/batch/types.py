"""The types of Parquet columns: which hold what a case tells, in a way that can be read safely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hjemmel.batch.cells import check_known, check_there
from hjemmel.batch.layout import RECIPIENT
from hjemmel.issues import HjemmelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hjemmel.batch.layout import Field, Layout

#: The files of a folder in which cases and wishes stand apart.
CASES_FILE, WISHES_FILE = "cases.parquet", "wishes.parquet"
_OWNER, _ID, _WISHED = "case", "id", "wishes"


def check_nested(schema: pa.Schema, layout: Layout, where: str) -> None:
    """Check that every column of *schema* is one that a case has, in a type it may have.

    Raises:
        HjemmelError: one is not, is there twice, or is missing.
    """
    known = {*layout.top, *layout.groups, *layout.lists, RECIPIENT}
    check_known(schema.names, known, where)
    check_there(layout.top, schema.names, where)
    for one in schema:
        if pa.types.is_null(one.type) or one.name == RECIPIENT:
            continue
        if one.name in layout.top:
            _check_type(one, layout.top[one.name].kind, where)
        elif one.name in layout.groups:
            _check_struct(one, where, wanted="struct")
            _check_fields(one, layout.groups[one.name], {}, where)
        else:
            element = _element(one, where)
            _check_fields(element, layout.lists[one.name], layout.costs[one.name], where)


def check_apart(cases: pa.Schema, wishes: pa.Schema, layout: Layout) -> list[str]:
    """Check the columns of cases and wishes that stand apart; return what a wish tells.

    Raises:
        HjemmelError: they are not those of a case and of a wish that says whose it is.
    """
    if _WISHED in cases.names:
        raise HjemmelError("batch-wishes-twice")
    check_nested(cases, layout, CASES_FILE)
    check_there((_OWNER, _ID), wishes.names, WISHES_FILE)
    known = [_OWNER, *layout.lists[_WISHED], *layout.costs[_WISHED]]
    check_known(wishes.names, known, WISHES_FILE)
    _check_type(wishes.field(_OWNER), layout.top[_OWNER].kind, WISHES_FILE)
    own = [one for one in wishes if one.name != _OWNER]
    as_wish = pa.field(_WISHED, pa.struct(own))
    _check_fields(as_wish, layout.lists[_WISHED], layout.costs[_WISHED], WISHES_FILE)
    return [one.name for one in own]


def _element(one: pa.Field, where: str) -> pa.Field:
    """Return the element of the list *one*."""
    if not (pa.types.is_list(one.type) or pa.types.is_large_list(one.type)):
        raise _nested_error(one, where, "list")
    element = pa.field(one.name, one.type.value_type)
    if not pa.types.is_null(element.type):
        _check_struct(element, where, wanted="list<struct>", given=one)
    return element


def _check_struct(one: pa.Field, where: str, *, wanted: str, given: pa.Field | None = None) -> None:
    if not pa.types.is_struct(one.type):
        raise _nested_error(given or one, where, wanted)


def _nested_error(one: pa.Field, where: str, wanted: str) -> HjemmelError:
    fields = {"name": one.name, "file": where, "given": str(one.type), "wanted": wanted}
    return HjemmelError("batch-column-nested", **fields)


def _check_fields(
    told: pa.Field, fields: Mapping[str, Field], costs: Mapping[str, Any], where: str
) -> None:
    if pa.types.is_null(told.type):
        return
    for one in told.type:
        inner = pa.field(f"{told.name}.{one.name}", one.type)
        if pa.types.is_null(one.type) and (one.name in costs or one.name in fields):
            continue
        if one.name in costs:
            _check_struct(inner, where, wanted="struct")
            _check_fields(inner, costs[one.name], {}, where)
        elif one.name in fields:
            _check_type(inner, fields[one.name].kind, where)
        else:
            raise HjemmelError("batch-column", name=inner.name, file=where, close="")


def _check_type(one: pa.Field, kind: str, where: str) -> None:
    told = one.type
    fits = {
        "truth": pa.types.is_boolean(told)
        or (pa.types.is_struct(told) and told.get_field_index("met") >= 0),
        "day": pa.types.is_date(told) or _is_text(told),
        "amount": pa.types.is_decimal(told) or _is_text(told),
        "text": _is_text(told),
    }[kind]
    if not fits:
        raise HjemmelError("batch-column-type", name=one.name, file=where, given=str(told))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
