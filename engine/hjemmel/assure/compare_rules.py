"""Two editions of the rules, wherever they lie: a folder, a seal, or what git remembers.

``open_rules`` asks each opener in turn; a new kind of place is one more opener in ``OPENERS``: it
returns the rule book of a text it understands, and nothing otherwise.
"""

from __future__ import annotations

import atexit
import io
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.issues import DataNotFoundError
from hjemmel.policy.book import load_policy
from hjemmel.policy.seal import is_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hjemmel.policy.book import RuleBook


def open_rules(
    text: str,
    *,
    beside: Path | None = None,
    openers: Iterable[Callable[[str, Path], RuleBook | None]] | None = None,
) -> RuleBook:
    """Return the rules that *text* names: a folder, a seal, ``REVISION`` or ``REVISION:FOLDER``.

    A bare revision means the folder *beside* as it was then; without one, ``rules`` below the
    working folder.

    Raises:
        DataNotFoundError: there are no rules by that name; the sentence says what was tried.
        RulesInvalidError: there are, but they hold errors.
    """
    usual = beside or Path("rules")
    for opener in openers or OPENERS:
        book = opener(text, usual)
        if book is not None:
            return book
    raise DataNotFoundError("rules-not-found", text=text)


def from_folder(text: str, _: Path) -> RuleBook | None:
    """Return the rules in the folder *text*, if it is one."""
    return load_policy(Path(text)) if text and Path(text).is_dir() else None


def from_seal(text: str, _: Path) -> RuleBook | None:
    """Return the rules in the sealed policy *text*, if it is one."""
    return load_policy(Path(text)) if text and is_seal(Path(text)) else None


def from_git(text: str, usual: Path) -> RuleBook | None:
    """Return the rules of the git revision *text*, of the folder *usual* unless it names one."""
    if not text or text.startswith("-"):
        return None
    revision, colon, folder = text.partition(":")
    top = _repository(Path() if colon else _nearest(usual))
    if top is None or not _known(top, f"{revision}^{{commit}}"):
        if not colon:
            return None
        if top is None:
            raise DataNotFoundError("git-no-repository", folder=str(Path.cwd()), text=text)
        raise DataNotFoundError("git-no-revision", revision=revision)
    if not colon:
        folder = _below(top, usual)
    tree = _known(top, f"{revision}:{folder}")
    if not tree:
        raise DataNotFoundError("git-no-folder", revision=revision, folder=folder)
    return load_policy(_unpacked(top, tree, text))


OPENERS: tuple[Callable[[str, Path], RuleBook | None], ...] = (
    from_folder,
    from_seal,
    from_git,
)


def _nearest(folder: Path) -> Path:
    """Return *folder*, or the nearest folder above it that exists now."""
    whole = folder.absolute()
    return next(one for one in (whole, *whole.parents) if one.is_dir())


def _repository(near: Path) -> Path | None:
    top = _git(near, "rev-parse", "--show-toplevel")
    return Path(top.decode().rstrip("\n")) if top else None


def _known(top: Path, name: str) -> str:
    """Return the object that git calls *name*, or nothing."""
    answer = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return answer.decode().strip()


def _below(top: Path, folder: Path) -> str:
    whole = folder.absolute().resolve()
    if not whole.is_relative_to(top.resolve()):
        raise DataNotFoundError("git-no-repository", folder=str(folder), text=str(top))
    below = whole.relative_to(top.resolve()).as_posix()
    return "" if below == "." else below


def _git(folder: Path, *arguments: str) -> bytes:
    """Return what git answers, or nothing where it cannot."""
    try:
        answer = subprocess.run(  # noqa: S603 - no shell, and no argument of it can be an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is where the user has it
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise DataNotFoundError("git-missing", text=arguments[-1]) from error
    return answer.stdout if answer.returncode == 0 else b""


def _unpacked(top: Path, tree: str, text: str) -> Path:
    """Return a temporary folder with the files of *tree*; it is removed when the process ends."""
    packed = _git(top, "archive", "--format=tar", tree)
    if not packed:
        raise DataNotFoundError("git-failed", text=text, problem="archive")
    folder = Path(tempfile.mkdtemp(prefix="hjemmel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            target = (folder / member.name).resolve()
            content = archive.extractfile(member) if member.isfile() else None
            if content is None or not target.is_relative_to(folder.resolve()):
                continue  # folders come with their files; a link could lead anywhere
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
    return folder
