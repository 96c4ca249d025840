"""Records: the dataclasses of the standard library, made in a tenth of the time.

``dataclass``, ``field``, ``replace`` and ``NamedTuple`` mean here what they mean there, and to a
type checker they are the very same. But the library writes and compiles six functions for each
class as it is imported, and loads half of itself to do so; that was most of what the start of a
command took. A record is given functions that all records share, and what must be its own is
written when it has been called a few times. Whatever else is asked of a dataclass –
``dataclasses.fields``, ``inspect.signature`` – is answered by the library, when it is asked.
"""

from __future__ import annotations

import operator
from functools import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from dataclasses import dataclass, field, replace
    from typing import Any, NamedTuple, NoReturn

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

_NONE = object()
#: What a class without slots has of its own, and one with slots has not.
_WITHOUT_SLOTS = ("__dict__", "__weakref__")
#: How often a method is done without before it is written.
_PLAINLY = 6
#: What the library tells about a dataclass.
_ABOUT = ("__dataclass_fields__", "__dataclass_params__", "__signature__")


class _Field:
    """What the definition of a record says about one field."""

    __slots__ = ("compare", "default", "factory", "init", "name", "shown")

    def __init__(
        self,
        *,
        default: object = _NONE,
        default_factory: Callable[[], object] | None = None,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the library's word
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.default, self.factory = default, default_factory
        self.init, self.shown, self.compare = init, repr, compare

    def otherwise(self) -> object:
        """Return what the field holds where nothing is told of it."""
        return self.factory() if self.factory else self.default

    def for_library(self) -> dict[str, Any]:
        """Return the same as arguments of the library's own function."""
        told = {"init": self.init, "repr": self.shown, "compare": self.compare}
        if self.factory:
            return {"default_factory": self.factory, **told}
        return told if self.default is _NONE else {"default": self.default, **told}


class _Shape:
    """What a record is made from, and what is written of it when it is needed."""

    def __init__(self, plain: type, asked: dict[str, bool]) -> None:
        self.plain, self.asked = plain, asked
        self.body = {key: of for key, of in vars(plain).items() if key not in _WITHOUT_SLOTS}
        self.fields = list(self._fields())
        self.names = [each.name for each in self.fields]
        self.taken = [each.name for each in self.fields if each.init]
        self.compared = [each.name for each in self.fields if each.compare]
        self.record = plain  # until it is made

    def _fields(self) -> Iterator[_Field]:
        """Yield the fields that are annotated, and take their defaults out of the body."""
        for name in self.body.get("__annotations__", ()):
            told = self.body.pop(name, _NONE)
            each = told if isinstance(told, _Field) else _Field(default=told)
            each.name = name
            yield each

    def make(self) -> type:
        """Return the record: a class with slots and with the functions of all records."""
        own: dict[str, Any] = {
            "__slots__": tuple(self.names),
            "__match_args__": () if self.asked["kw_only"] else tuple(self.taken),
            "__init__": self._later("__init__", self._init, self._fill),
            "__repr__": _repr,
            "__getstate__": _state,
            "__setstate__": _set_state,
            "__replace__": _replace,
            "_shape": self,
        }
        if self.asked["eq"]:
            own["__eq__"] = self._later("__eq__", self._eq, _equal_by(self.compared))
            own["__hash__"] = _hash_of(self.compared) if self.asked["frozen"] else None
        if self.asked["order"]:
            own |= {f"__{sign}__": _in_order(self.compared, sign) for sign in _ORDER}
        if self.asked["frozen"]:
            own |= {"__setattr__": _no_change, "__delattr__": _no_change}
        for name in _ABOUT:
            own[name] = _Told(name, self)
        self.record = type(self.plain.__name__, self.plain.__bases__, own | self.body)
        self.record.__qualname__ = self.plain.__qualname__
        return self.record

    @cached_property
    def puts(self) -> tuple[Callable[[object, object], None], ...]:
        """Return what sets each field, also of a record that is frozen."""
        return tuple([vars(self.record)[name].__set__ for name in self.names])

    def _later(
        self, name: str, write: Callable[[], Any], plainly: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Return a method that is written in its own place when it has been called a few times.

        Until then what it does is done *plainly*: writing it takes as long as that does many times.
        """
        turns = iter(range(_PLAINLY))

        def method(record: object, *given: object, **named: object) -> object:
            if next(turns, None) is not None:
                done = plainly(record, *given, **named)
                if done is not _NONE:
                    return done
            written = write()
            setattr(self.record, name, written)
            return written(record, *given, **named)

        return method

    def _fill(self, record: object, *given: object, **named: object) -> object:
        """Fill in the fields of *record*; do nothing where what is told is not as it should be."""
        told = dict(zip(self.taken, given, strict=False)) | named
        fits = len(told) == len(given) + len(named) and not (given and self.asked["kw_only"])
        if not fits or not told.keys() <= set(self.taken):
            return _NONE
        values = [
            told[each.name] if each.name in told else each.otherwise() for each in self.fields
        ]
        if any(value is _NONE for value in values):
            return _NONE
        for put, value in zip(self.puts, values, strict=True):
            put(record, value)
        return None

    def _init(self) -> Callable[..., None]:
        head, rows, names = ["self"], [], {"_NONE": _NONE}
        if self.asked["kw_only"] and self.taken:
            head.append("*")
        for each in self.fields:
            name, value = each.name, each.name
            if each.factory:
                names[f"_make_{name}"] = each.factory
                value = f"_make_{name}() if {name} is _NONE else {name}"
            elif each.default is not _NONE:
                names[f"_else_{name}"] = each.default
            if not each.init:
                value = f"_make_{name}()" if each.factory else f"_else_{name}"
            elif each.factory or each.default is not _NONE:
                head.append(f"{name}={'_NONE' if each.factory else f'_else_{name}'}")
            else:
                head.append(name)
            if self.asked["frozen"]:  # the slot itself takes what the record refuses
                names[f"_set_{name}"] = vars(self.record)[name].__set__
                rows.append(f"_set_{name}(self, {value})")
            else:
                rows.append(f"self.{name} = {value}")
        return self._written("__init__", head, rows or ["pass"], names)

    def _eq(self) -> Callable[..., bool]:
        mine, others = (
            "".join(f"{of}.{name}, " for name in self.compared) for of in ("self", "other")
        )
        rows = [
            "if other.__class__ is self.__class__:",
            f"    return ({mine}) == ({others})",
            "return NotImplemented",
        ]
        return self._written("__eq__", ["self", "other"], rows, {})

    def _written(
        self, name: str, head: Iterable[str], rows: Iterable[str], names: dict[str, Any]
    ) -> Callable[..., Any]:
        lines = [f"def {name}({', '.join(head)}):", *[f"    {row}" for row in rows]]
        exec("\n".join(lines), names)  # noqa: S102 - of the class's own definition
        method = names[name]
        method.__qualname__ = f"{self.record.__qualname__}.{name}"
        method.__module__ = self.record.__module__
        return method  # type: ignore[no-any-return]

    def by_library(self) -> None:
        """Let the library tell about the record, from a class of the same definition."""
        import dataclasses  # noqa: PLC0415 - only for who asks
        import inspect  # noqa: PLC0415 - as above

        given = {each.name: dataclasses.field(**each.for_library()) for each in self.fields}
        about = {key: self.body.get(key, {}) for key in ("__module__", "__annotations__")}
        twin = type(self.plain.__name__, (), {**about, **given})
        known: Any = dataclasses.dataclass(**self.asked)(twin)
        for name in _ABOUT[:2]:
            setattr(self.record, name, vars(known)[name])
        self.record.__signature__ = inspect.signature(known)  # type: ignore[attr-defined]


class _Told:
    """Something about a record that the library tells when it is first asked for."""

    def __init__(self, name: str, shape: _Shape) -> None:
        self._name, self._shape = name, shape

    def __get__(self, record: object, owner: type) -> object:
        self._shape.by_library()
        return vars(self._shape.record)[self._name]


# --- the functions that all records share -------------------------------------------------------


def _repr(self: Any) -> str:  # noqa: ANN401 - any record
    shown = [each.name for each in self._shape.fields if each.shown]
    told = ", ".join([f"{name}={getattr(self, name)!r}" for name in shown])
    return f"{self.__class__.__qualname__}({told})"


def _equal_by(names: list[str]) -> Callable[[Any, Any], bool]:
    def method(self: Any, other: Any) -> bool:  # noqa: ANN401 - any record
        if other.__class__ is not self.__class__:
            return NotImplemented  # type: ignore[no-any-return]
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    return method


def _hash_of(names: list[str]) -> Callable[[Any], int]:
    if len(names) > 1:
        values = operator.attrgetter(*names)
        return lambda self: hash(values(self))
    if not names:
        return lambda _: hash(())
    only = operator.attrgetter(*names)
    return lambda self: hash((only(self),))


_ORDER = ("lt", "le", "gt", "ge")


def _in_order(names: list[str], sign: str) -> Callable[[Any, Any], bool]:
    compare = getattr(operator, sign)

    def method(self: Any, other: Any) -> bool:  # noqa: ANN401 - any record
        if other.__class__ is not self.__class__:
            return NotImplemented  # type: ignore[no-any-return]
        mine, others = ([getattr(of, name) for name in names] for of in (self, other))
        return bool(compare(mine, others))

    return method


def _no_change(_: object, name: str, value: object = _NONE) -> NoReturn:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only for who tries

    word = "delete" if value is _NONE else "assign to"
    message = f"cannot {word} field {name!r}"
    raise FrozenInstanceError(message)


def _state(self: Any) -> list[Any]:  # noqa: ANN401 - any record
    return [getattr(self, name) for name in self.__slots__]


def _set_state(self: Any, state: list[Any]) -> None:  # noqa: ANN401 - any record
    for put, value in zip(self._shape.puts, state, strict=True):
        put(self, value)


def _replace(self: Any, **changes: Any) -> Any:  # noqa: ANN401 - any record
    told = {name: getattr(self, name) for name in self._shape.taken}
    told.update(changes)
    return self.__class__(**told)


# --- the names of the library --------------------------------------------------------------------


def _dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    order: bool = False,
    eq: bool = True,
) -> Callable[[type], type]:
    if not slots:
        message = "a record has slots"
        raise TypeError(message)
    asked = {"frozen": frozen, "kw_only": kw_only, "order": order, "eq": eq}
    return lambda plain: _Shape(plain, asked).make()


class _Tuples(type):
    """Makes a class that says it is a ``NamedTuple`` into one."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:  # noqa: ANN401
        from collections import namedtuple  # noqa: PLC0415 - which the library makes too

        if not bases:
            return super().__new__(cls, name, bases, body)
        names = list(body.get("__annotations__", ()))
        given = [body.pop(each) for each in names if each in body]
        base = namedtuple(name, names, defaults=given)  # type: ignore[misc] # noqa: PYI024
        return type(name, (base,), {"__slots__": (), **body})


class _NamedTuple(metaclass=_Tuples):
    """A tuple whose places have names."""


if not TYPE_CHECKING:
    dataclass, field, replace, NamedTuple = (
        _dataclass, _Field, lambda of, /, **changes: of.__replace__(**changes), _NamedTuple,
    )  # fmt: skip
