"""A call with nothing special about it, read without argparse.

Loading argparse and telling it about a command takes longer than deciding a case. The commands
tell what they take in the same words here; where anything is out of the ordinary – a shortened
option, a call for help, a value that is not allowed – argparse reads the call and says so.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

from hjemmel.messages import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any

    #: What was given, by the names of the options: argparse's own, or the same.
    Options = argparse.Namespace | SimpleNamespace

LANGUAGES = ("da", "en")
_UNDERSTOOD = frozenset(
    {"action", "choices", "default", "dest", "help", "metavar", "required", "type"}
)


def plain_call(given: Sequence[str], modules: Iterable[str]) -> Options | None:
    """Return the options of the call *given*, or nothing where argparse must read it.

    The commands are those of *modules*.
    """
    commands: dict[str, _Command] = {}

    def add(name: str, run: Callable[..., int]) -> Any:  # noqa: ANN401 - in the place of a parser
        command = commands[name] = _Command()
        add_common(command, run)
        return command

    try:
        (module,) = modules
        register_of(module)(add)
        return commands[given[0]].read(given[1:])
    except (_SpecialError, ValueError, LookupError):
        return None


def register_of(module: str) -> Callable[..., None]:
    """Return what adds the commands of *module*."""
    name = f"hjemmel.cli.{module}"
    __import__(name)
    register: Callable[..., None] = sys.modules[name].register
    return register


def add_common(command: Any, run: Callable[..., int]) -> None:  # noqa: ANN401 - either reader
    """Add to *command* what every command takes; *run* is what it does."""
    command.add_argument("--lang", choices=LANGUAGES, default="da", help=words("help-lang"))
    command.add_argument("--rules", type=as_path, metavar="MAPPE", help=words("help-rules"))
    command.set_defaults(run=run)


def as_path(text: str) -> Path:
    """Return *text* as a path."""
    from pathlib import Path  # loading it takes a third of what Python itself does

    return Path(text)


class _SpecialError(Exception):
    """There is something about the command or the call that is not understood here."""


class _Command:
    """What one command takes, as it is told to argparse."""

    def __init__(self) -> None:
        self._defaults: dict[str, Any] = {}
        self._options: dict[str, tuple[str, dict[str, Any]]] = {}
        self._places: list[tuple[str, dict[str, Any]]] = []
        self._required: set[str] = set()

    def set_defaults(self, **defaults: Any) -> None:  # noqa: ANN401 - as argparse
        self._defaults.update(defaults)

    def add_argument(self, *names: str, **about: Any) -> None:  # noqa: ANN401 - as argparse
        if len(names) != 1 or not about.keys() <= _UNDERSTOOD:
            raise _SpecialError
        if about.get("action", "store_true") != "store_true":
            raise _SpecialError
        (name,) = names
        if name[:1] != "-":
            self._places.append((name, about))
            return
        key = about.get("dest") or name.lstrip("-").replace("-", "_")
        self._options[name] = key, about
        self._defaults.setdefault(key, about.get("default", False if "action" in about else None))
        if about.get("required"):
            self._required.add(key)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - groups and whatever else there is
        raise _SpecialError(name)

    def read(self, given: Sequence[str]) -> Options:
        """Return what is *given* to the command after its name."""
        told: dict[str, Any] = {}
        places = iter(self._places)
        rest = iter(given)
        for one in rest:
            if one in self._options:
                key, about = self._options[one]
                told[key] = "action" in about or _value(next(rest, "-"), about)
            else:
                name, about = next(places, ("", {}))
                if not name or (one[:1] == "-" and one != "-"):
                    raise _SpecialError(one)
                told[name] = _made(one, about)
        if next(places, None) is not None or not self._required <= told.keys():
            raise _SpecialError
        for key, about in self._options.values():  # a default is told as a person would tell it
            if key not in told and isinstance(about.get("default"), str):
                told[key] = _made(about["default"], about)
        return SimpleNamespace(**{**self._defaults, **told})


def _value(text: str, about: dict[str, Any]) -> Any:  # noqa: ANN401 - of the option's type
    if text[:1] == "-":
        raise _SpecialError(text)
    return _made(text, about)


def _made(text: str, about: dict[str, Any]) -> Any:  # noqa: ANN401 - of the option's type
    try:
        value = about.get("type", str)(text)
    except Exception as problem:  # whatever it is, argparse has words for it
        raise _SpecialError(text) from problem
    if "choices" in about and value not in about["choices"]:
        raise _SpecialError(text)
    return value
