"""Templates of others run in a process of their own, which has little time and little memory.

The sandbox of the environment lets a template read nothing but what it is given. It cannot bound
what a template does with that: loops within loops, texts that double, numbers to great powers. The
operating system can, for a process. Our own templates are tested and need none.
"""

from __future__ import annotations

import contextlib
import copyreg
import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hjemmel.letters.templating import (
    TemplateFault,
    fault_of,
    html_environment,
    markdown_environment,
)

#: Seconds of work, seconds in all, bytes of memory, and characters of text. A letter needs a
#: hundredth of each.
CPU, WALL, MEMORY, LENGTH = 5, 60, 768 * 2**20, 500_000
_LIMIT = "limit"
_CHILD = "from hjemmel.letters.confined import child; child()"


def render(name: str, names: Mapping[str, Any], folder: Path | None) -> str:
    """Return what the template *name* makes of *names*; *folder* may hold another of that name.

    Raises:
        TemplateFault: the template cannot be used, or asks for more than a letter may.
    """
    if folder is None:
        return _rendered(name, names, None)
    _environment(name, folder)  # a folder that is not there is told as such
    told = _confined(_packed((name, dict(names), folder)), name)
    if "text" not in told:
        raise TemplateFault(told["template"], told["problem"], limit=told["problem"] == _LIMIT)
    return str(told["text"])


def _rendered(name: str, names: Mapping[str, Any], folder: Path | None) -> str:
    try:
        return str(_environment(name, folder).get_template(name).render(names))
    except Exception as error:
        where, problem = fault_of(name, error)
        limit = isinstance(error, MemoryError | RecursionError)
        raise TemplateFault(where, problem, limit=limit) from error


def _environment(name: str, folder: Path | None) -> Any:  # noqa: ANN401 - jinja2's, through one door
    return (html_environment if name.endswith(".html.j2") else markdown_environment)(folder)


def _packed(told: object) -> bytes:
    """Return *told* as bytes; a view of a mapping travels as the mapping."""
    kept = io.BytesIO()
    pickler = pickle.Pickler(kept)
    pickler.dispatch_table = {
        **copyreg.dispatch_table,
        MappingProxyType: lambda view: (dict, (dict(view),)),
    }
    pickler.dump(told)
    return kept.getvalue()


def _confined(packed: bytes, name: str) -> dict[str, str]:
    """Return what the process says about the template *name*; it says so in JSON."""
    known = {"PYTHONPATH": os.pathsep.join(one for one in sys.path if one)}
    fixed = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-P", "-s", "-c", _CHILD],
            input=packed,
            capture_output=True,
            env=known | fixed,
            timeout=WALL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"template": name, "problem": _LIMIT}
    if done.returncode != 0:
        return {"template": name, "problem": _LIMIT}
    told: dict[str, str] = json.loads(done.stdout)
    return told


def child() -> None:
    """Read a template and its names from standard input and write what came of it."""
    name, names, folder = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - the parent's own
    _limit()
    try:
        text = _rendered(name, names, folder)
    except TemplateFault as fault:
        told = {"template": fault.template, "problem": _LIMIT if fault.limit else fault.problem}
    else:
        too_long = {"template": name, "problem": _LIMIT}
        told = {"text": text} if len(text) <= LENGTH else too_long
    sys.stdout.write(json.dumps(told))


def _limit() -> None:
    """Ask the system to end this process when it works too long, and to give it no more memory."""
    try:
        import resource  # noqa: PLC0415 - not every system has it; the parent's clock runs anyway
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_CPU, CPU),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit than ours stands already
            resource.setrlimit(kind, (most, most))
