"""Checked and compiled policies, kept between runs in a folder of the user's own.

What is kept is never trusted. An entry is used only if this user alone could have written it
(its owner, its mode, and a code made with a key that only this user can read), if it was made by
this very engine, and if every rule file has the bytes it was made from. Else it is made again.
What it may hold is a closed list of our own records, so that reading it can run nothing.

``HJEMMEL_CACHE`` names another folder; ``off`` keeps nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import sys
from datetime import date
from pathlib import Path

from hjemmel import model, truth
from hjemmel.policy import dated, language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

VARIABLE = "HJEMMEL_CACHE"
_OFF = "off"
_KEY, _KEY_LENGTH, _CODE_LENGTH = "key", 32, 32
_LARGEST = 64_000_000
#: How many entries are kept; when there are more, those that were written first go.
_MOST_ENTRIES = 96
_PACKAGE = Path(__file__).resolve().parent.parent


def folder() -> Path | None:
    """Return the folder that policies are kept in, or nothing where none are to be."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() == _OFF:
        return None
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        usual = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        usual = "~/Library/Caches"
    else:
        usual = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(usual).expanduser() / "hjemmel"


class Store:
    """What is kept about one folder of rules."""

    def __init__(self, place: Path, rules: Path) -> None:
        """Take the *place* where things are kept, and the folder of *rules* they are about."""
        self._place = place
        self._rules = rules.resolve()
        about = "\n".join((str(self._rules), sys.version, *_engine()))
        self._name = hashlib.sha256(about.encode()).hexdigest()[:24]
        self._key: bytes | None = None
        #: The bytes that the rules had, as one digest; nothing until it is known.
        self.content = ""

    def files(self, names: Iterable[str]) -> dict[str, str]:
        """Return the digest of each file of the rules in *names*, empty where there is none."""
        return {name: _digest_of(self._rules / name) for name in names}

    def get(self, what: str) -> Any:  # noqa: ANN401 - whatever was put
        """Return what was kept as *what*, or nothing where it is not there as it was left."""
        try:
            path = self._path(what)
            payload = _own(path)
            code, payload = payload[:_CODE_LENGTH], payload[_CODE_LENGTH:]
            if code != self._code(path.name, payload):
                return None
            return _Reader(io.BytesIO(payload)).load()
        # What is broken may break in any way at all, and then it is as good as not there.
        except Exception:  # noqa: BLE001
            return None

    def put(self, what: str, value: object) -> None:
        """Keep *value* as *what*, if it can be kept; a folder that takes nothing is no fault."""
        with contextlib.suppress(OSError, pickle.PicklingError):
            path = self._path(what)
            payload = pickle.dumps(value, protocol=5)
            _write(path, self._code(path.name, payload) + payload)
            self._make_room()

    def _path(self, what: str) -> Path:
        return self._place / f"{self._name}-{self.content[:24]}-{what}"

    def _code(self, name: str, payload: bytes) -> bytes:
        if self._key is None:
            self._key = _key_in(self._place)
        return hashlib.blake2b(
            name.encode() + b"\0" + payload, key=self._key, digest_size=_CODE_LENGTH
        ).digest()

    def _make_room(self) -> None:
        entries = [one for one in os.scandir(self._place) if one.name != _KEY]
        if len(entries) > _MOST_ENTRIES:
            entries.sort(key=lambda one: one.stat().st_mtime_ns)
            for one in entries[:-_MOST_ENTRIES]:
                Path(one.path).unlink(missing_ok=True)


def store_for(rules: Path) -> Store | None:
    """Return the store for the folder *rules*, or nothing where nothing is kept."""
    place = folder()
    return None if place is None else Store(place, rules)


# --- files of the user's own --------------------------------------------------------------


def _own(path: Path) -> bytes:
    """Return the bytes of *path*, if it is a file that this user alone can have written."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - opened by its number
        about = os.fstat(file.fileno())
        if about.st_size > _LARGEST:
            raise OSError(about.st_size)
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o077):
            raise PermissionError(path)
        return file.read()


def _write(path: Path, content: bytes) -> None:
    """Write *content* so that the user alone can read *path*, and finds it old or new but whole."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(beside, flags, 0o600), "wb") as file:  # noqa: PTH123 - as above
            file.write(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _key_in(place: Path) -> bytes:
    """Return the key in *place*, made the first time."""
    path = place / _KEY
    try:
        key = _own(path)
    except FileNotFoundError:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, os.urandom(_KEY_LENGTH))
        key = _own(path)
    if len(key) != _KEY_LENGTH:
        path.unlink()
        raise OSError(path)
    return key


def _digest_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _engine() -> Iterable[str]:
    """Yield what tells this engine from any other: its files, with their sizes and times."""
    for part in (
        _PACKAGE,
        _PACKAGE / "policy",
        _PACKAGE / "policy" / "checks",
        _PACKAGE / "decide",
    ):
        for one in sorted(os.scandir(part), key=lambda each: each.name):
            if one.name.endswith(".py"):
                about = one.stat()
                yield f"{one.path} {about.st_size} {about.st_mtime_ns}"


class _Reader(pickle.Unpickler):
    """Reads our own records and nothing else: no name in an entry can call anything."""

    def find_class(self, module: str, name: str) -> type:
        """Return the record *name* of *module*, if it is one of those that are kept."""
        known = _RECORDS.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(module)
        return known


def _records() -> Mapping[tuple[str, str], type]:
    from hjemmel.policy import compile as compiled  # noqa: PLC0415 - which asks for this module

    modules = (model, truth, dated, language, compiled)
    found = {
        (module.__name__, name): one
        for module in modules
        for name, one in vars(module).items()
        if isinstance(one, type) and one.__module__ == module.__name__
    }
    return {**found, ("datetime", "date"): date}


_RECORDS = _records()
