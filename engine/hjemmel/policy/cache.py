"""Checked and compiled policies, kept between runs in a folder of the user's own.

What is kept is never trusted. An entry is used only if this user alone could have written it
(its owner, its mode, and a code made with a key that only this user can read), if it was made by
this very engine, and if every rule file has the bytes it was made from. Else it is made again.
A rule file is not read where the system says that nobody has touched it since.
What it may hold is a closed list of our own records, so that reading it can run nothing.

``HJEMMEL_CACHE`` names another folder; ``off`` keeps nothing.
"""

from __future__ import annotations

import io
import os
import sys
from datetime import date

from hjemmel import model, truth
from hjemmel.digests import blake2b
from hjemmel.policy import dated, language

try:  # `pickle` itself loads much that only writing needs
    from _pickle import Unpickler, UnpicklingError
except ImportError:  # another Python than CPython
    from pickle import Unpickler, UnpicklingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    #: What a file was when it was read: its digest, and what the system said of it if that proves
    #: that it is still the same.
    _Seen = tuple[str, tuple[int, ...] | None]
    #: What the system says of files, by their names below the folder of rules.
    Marks = Mapping[str, tuple[int, ...] | None]

VARIABLE = "HJEMMEL_CACHE"
_OFF = "off"
_KEY, _KEY_LENGTH, _CODE_LENGTH = "key", 32, 32
_LARGEST = 64_000_000
#: How many entries are kept; when there are more, those that were written first go.
_MOST_ENTRIES = 96
#: A file that was changed later than this before it was read (in ns) may be changed once more
#: without a new time: it is known by its bytes alone.
_SETTLED = 2_000_000_000
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BOOK = "book"


def folder() -> str | None:
    """Return the folder that policies are kept in, or nothing where none are to be."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen.lower() == _OFF:
        return None
    if chosen:
        return chosen
    if sys.platform == "win32":
        usual = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        usual = "~/Library/Caches"
    else:
        usual = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(os.path.expanduser(usual), "hjemmel")


class Store:
    """What is kept about one folder of rules."""

    def __init__(self, place: str, rules: str) -> None:
        """Take the *place* where things are kept, and the folder of *rules* they are about."""
        self._place, self._rules = place, os.path.realpath(rules)
        about = "\n".join((self._rules, sys.version, *_engine()))
        self._name = _digest(about.encode())[:24]
        self._key: bytes | None = None
        #: The bytes that the rules had, as one digest; nothing until it is known.
        self.content = ""

    def seen(self) -> Marks:
        """Return what the system says of every file of the rules, before they are read."""
        return {
            os.path.relpath(path, self._rules): _mark(path)
            for folder, _, names in os.walk(self._rules)
            for path in (os.path.join(folder, name) for name in names)
        }

    def keep_book(self, names: Iterable[str], about: Mapping[str, Any], before: Marks) -> bool:
        """Keep what is read *about* the rules, and the files in *names* that it was read from.

        Nothing is kept where a file has changed since it was seen *before* it was read: what was
        read would be kept as what it says now. Return whether none has.
        """
        names = tuple(names)
        if any(before.get(name) != _mark(os.path.join(self._rules, name)) for name in names):
            return False
        now = self._now()
        files = {name: self._see(name, now) for name in names}
        self.content = ""
        content = _digest(repr([(name, digest) for name, (digest, _) in files.items()]).encode())
        self.put(_BOOK, {"files": files, "content": content, "about": about})
        self.content = content
        return True

    def kept_book(self) -> Mapping[str, Any] | None:
        """Return what was kept about the rules, if every file is as it was then."""
        self.content = ""
        kept = self.get(_BOOK)
        if not isinstance(kept, dict):
            return None
        files: dict[str, _Seen] = kept["files"]
        doubtful = [
            name
            for name, (_, mark) in files.items()
            if mark is None or mark != _mark(os.path.join(self._rules, name))
        ]
        if doubtful and not self._still(files, doubtful):
            return None
        if doubtful and any(files[name][1] for name in doubtful):
            self.put(_BOOK, kept)  # next time they are known without being read
        self.content = kept["content"]
        about: Mapping[str, Any] = kept["about"]
        return about

    def _still(self, files: dict[str, _Seen], doubtful: Iterable[str]) -> bool:
        """Say whether the *doubtful* among *files* have the bytes they had; note what they are."""
        now = self._now()
        for name in doubtful:
            seen = self._see(name, now)
            if seen[0] != files[name][0]:
                return False
            files[name] = seen
        return True

    def _see(self, name: str, now: int) -> _Seen:
        """Return what the file *name* is *now*: it is looked at before it is read."""
        path = os.path.join(self._rules, name)
        mark = _mark(path)
        settled = mark is not None and max(mark[:2]) + _SETTLED < now
        try:
            with open(path, "rb") as file:
                return _digest(file.read()), mark if settled else None
        except OSError:
            return "", None

    def _now(self) -> int:
        """Return the time as files have it; the beginning of time where no file can be written."""
        path = os.path.join(self._place, f".now.{os.getpid()}")
        try:
            os.makedirs(self._place, mode=0o700, exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(b"now")
            now = os.stat(path).st_mtime_ns
            os.unlink(path)
        except OSError:
            return 0
        return now

    def get(self, what: str) -> Any:  # noqa: ANN401 - whatever was put
        """Return what was kept as *what*, or nothing where it is not there as it was left."""
        try:
            name = self._entry(what)
            payload = _own(os.path.join(self._place, name))
            code, payload = payload[:_CODE_LENGTH], payload[_CODE_LENGTH:]
            if code != self._code(name, payload):
                return None
            return _Reader(io.BytesIO(payload)).load()
        # What is broken may break in any way at all, and then it is as good as not there.
        except Exception:  # noqa: BLE001
            return None

    def put(self, what: str, value: object) -> None:
        """Keep *value* as *what*, if it can be kept; a folder that takes nothing is no fault."""
        import pickle  # noqa: PLC0415 - only for what is new

        try:
            name = self._entry(what)
            payload = pickle.dumps(value, protocol=5)
            _write(os.path.join(self._place, name), self._code(name, payload) + payload)
            self._make_room()
        except (OSError, pickle.PicklingError):
            return

    def _entry(self, what: str) -> str:
        return f"{self._name}-{self.content[:24]}-{what}"

    def _code(self, name: str, payload: bytes) -> bytes:
        if self._key is None:
            self._key = _key_in(self._place)
        return blake2b(
            name.encode() + b"\0" + payload, key=self._key, digest_size=_CODE_LENGTH
        ).digest()

    def _make_room(self) -> None:
        entries = [one for one in os.scandir(self._place) if one.name != _KEY]
        if len(entries) > _MOST_ENTRIES:
            entries.sort(key=lambda one: one.stat().st_mtime_ns)
            for one in entries[:-_MOST_ENTRIES]:
                _remove(one.path)


def store_for(rules: str | os.PathLike[str]) -> Store | None:
    """Return the store for the folder *rules*, or nothing where nothing is kept."""
    place = folder()
    return None if place is None else Store(place, os.fspath(rules))


# --- files of the user's own --------------------------------------------------------------


def _own(path: str) -> bytes:
    """Return the bytes of *path*, if it is a file that this user alone can have written."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as file:
        about = os.fstat(file.fileno())
        if about.st_size > _LARGEST:
            raise OSError(about.st_size)
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o077):
            raise PermissionError(path)
        return file.read()


def _write(path: str, content: bytes) -> None:
    """Write *content* so that the user alone can read *path*, and finds it old or new but whole."""
    place, name = os.path.split(path)
    beside = os.path.join(place, f".{name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(beside, flags, 0o600), "wb") as file:
            file.write(content)
        os.replace(beside, path)
    finally:
        _remove(beside)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def _key_in(place: str) -> bytes:
    """Return the key in *place*, made the first time."""
    path = os.path.join(place, _KEY)
    try:
        key = _own(path)
    except FileNotFoundError:
        os.makedirs(place, mode=0o700, exist_ok=True)
        _write(path, os.urandom(_KEY_LENGTH))
        key = _own(path)
    if len(key) != _KEY_LENGTH:
        os.unlink(path)
        raise OSError(path)
    return key


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_CODE_LENGTH).hexdigest()


def _mark(path: str) -> tuple[int, ...] | None:
    """Return what the system says of *path* that cannot stay the same when its bytes change.

    The time of its last change in any respect (``ctime``) is the system's own: no copy and no
    program can set it. Where there is no such time, or no file, there is no mark.
    """
    if sys.platform == "win32":
        return None
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino, about.st_dev


def _engine() -> Iterator[str]:
    """Yield what tells this engine from any other: its files, with their sizes and times."""
    for part in ("", "policy", "policy/checks", "decide"):
        for one in sorted(os.scandir(os.path.join(_PACKAGE, part)), key=lambda each: each.name):
            if one.name.endswith(".py"):
                about = one.stat()
                yield f"{one.path} {about.st_size} {about.st_mtime_ns}"


class _Reader(Unpickler):
    """Reads our own records and nothing else: no name in an entry can call anything."""

    def find_class(self, module: str, name: str) -> type:
        """Return the record *name* of *module*, if it is one of those that are kept."""
        known = _RECORDS.get((module, name))
        if known is None:
            raise UnpicklingError(module)
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
