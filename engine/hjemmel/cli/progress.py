"""A progress bar for long work, where a terminal is there to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from tqdm import tqdm

from hjemmel.money import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping

Step = TypeVar("Step")


class _Counting(tqdm):  # type: ignore[type-arg]
    """A bar that counts as people write numbers."""

    lang = "da"

    @property
    def format_dict(self) -> MutableMapping[str, Any]:
        """Return what the bar is made of, with what is done and how much it is in all."""
        told = super().format_dict
        told["done"] = grouped(told["n"], self.lang)
        told["whole"] = grouped(told["total"], self.lang) if told["total"] else ""
        return told


_OF_A_WHOLE = "{percentage:3.0f}% |{bar}| {done}/{whole}{unit} [{elapsed}<{remaining}]"
_WITHOUT_END = "{done}{unit} [{elapsed}]"


def progress_of(
    steps: Iterable[Step],
    what: str,
    size: Callable[[Step], int],
    total: int | None = None,
    lang: str = "da",
) -> Iterator[Step]:
    """Yield *steps*, each as large as *size* says, while a bar shows how much of *total* is done.

    *what* is counted. Without a *total* the bar tells how much has been done so far.
    """
    form = _OF_A_WHOLE if total else _WITHOUT_END
    with _Counting(
        total=total, unit=f" {what}", bar_format=form, disable=None, leave=False, ncols=90
    ) as bar:
        bar.lang = lang
        for step in steps:
            bar.update(size(step))
            yield step


def progress(steps: Iterable[Step], label: str, total: int | None = None) -> Iterator[Step]:
    """Yield *steps* while a bar on standard error shows how far they are."""
    yield from tqdm(steps, desc=label, total=total, disable=None, leave=False, ncols=90)
