"""The one place that makes a template environment: sandboxed, strict, and escaping per format."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Undefined,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from hjemmel.data import data_folder
from hjemmel.issues import DataNotFoundError
from hjemmel.letters.marks import Bound, Marks, is_mark, marked

#: What means something anywhere in a line of Markdown.
_EVERYWHERE = re.compile(r"[\\`*\[\]<>&|~]|(?<![^\W_])_|_(?![^\W_])")
#: What means something where a line begins: a heading, a list, a rule, an underlined heading.
_AT_START = re.compile(r"\d{1,9}(?=[.)](?:\s|$))|(?=[#=]|[-+](?:[\s\-+]|$))")
#: What turns the direction of the text around it, so that it reads otherwise than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class TemplateFault(Exception):  # noqa: N818 - no error of ours: what a template did wrong
    """What a template did wrong, or that it asked for more than a letter may."""

    def __init__(self, template: str, problem: str, *, limit: bool = False) -> None:
        """Take the place in the *template* and the *problem* in one line."""
        super().__init__(template, problem)
        self.template, self.problem, self.limit = template, problem, limit


def fault_of(name: str, error: Exception) -> tuple[str, str]:
    """Return where the template *name* failed with *error*, and what went wrong, in one line."""
    where = (
        f"{error.name or name}:{error.lineno}" if isinstance(error, TemplateSyntaxError) else name
    )
    problem = (error.message if isinstance(error, TemplateError) else None) or type(error).__name__
    return where, problem


def markdown_text(text: str) -> Markup:
    r"""Return *text* so that Markdown shows it as it was typed, on one line.

    >>> print(markdown_text("# *[x](y)"))
    \# \*\[x\](y)
    """
    kept = "".join(one if _may_stand(one) else " " for one in text)
    escaped = _EVERYWHERE.sub(r"\\\g<0>", " ".join(kept.split()))
    begins = _AT_START.match(escaped)
    if begins is None:
        return ready(escaped)
    return ready(f"{escaped[: begins.end()]}\\{escaped[begins.end() :]}")


def ready(text: str) -> Markup:
    """Return *text*, which our own code made, as text that needs no escaping."""
    return Markup(text)  # noqa: S704 - never what a person typed


@cache
def markdown_environment(templates: Path | None = None) -> Environment:
    """Return the environment of Markdown letters; *templates* may replace what is shipped."""
    environment = _environment(templates, _as_markdown)
    environment.add_extension(Marks)
    environment.filters.update(dict.fromkeys(("e", "escape", "forceescape"), _as_markdown))
    return environment


@cache
def html_environment(templates: Path | None = None) -> Environment:
    """Return the environment of the page around a letter, with HTML escaping."""
    return _environment(templates, _never_nothing)


def _environment(templates: Path | None, finalize: Callable[[Any], Any]) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([_Folder(folder) for folder in _folders(templates)]),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A template may count, up to the sandbox's limit; nothing else is there for it to call.
    environment.globals = {"range": environment.globals["range"]}
    for bypass in ("safe", "tojson", "urlize", "xmlattr"):
        del environment.filters[bypass]
    return environment


def _folders(templates: Path | None) -> tuple[Path, ...]:
    shipped = data_folder("templates")
    if templates is None:
        return (shipped,)
    if not templates.is_dir():
        raise DataNotFoundError("folder-missing", folder=str(templates))
    return (templates, shipped)


class _Folder(FileSystemLoader):
    """A folder of templates that nothing leads out of, a link as little as a path."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._root = folder.resolve()

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return the source of *template*, which must lie in the folder."""
        source, filename, is_current = super().get_source(environment, template)
        if not Path(filename).resolve().is_relative_to(self._root):
            raise TemplateNotFound(template)
        return source, filename, is_current


def _as_markdown(value: Any) -> Any:  # noqa: ANN401 - templates print values of many types
    _never_nothing(value)
    if isinstance(value, Bound):
        return marked(ready(value) if value.ready else markdown_text(value), value.labels)
    if isinstance(value, Markup | Undefined):
        return value
    return markdown_text(str(value))


def _never_nothing(value: Any) -> Any:  # noqa: ANN401 - as above
    if value is None:
        message = "an empty value was printed"
        raise TemplateRuntimeError(message)
    return value


def _may_stand(character: str) -> bool:
    if is_mark(character) or character in _TURNING:
        return False
    return unicodedata.category(character) not in ("Cc", "Cs")
