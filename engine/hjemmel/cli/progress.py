"""A progress bar for long work, where a terminal is there to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Step = TypeVar("Step")


def progress_of(
    steps: Iterable[Step], what: str, size: Callable[[Step], int], total: int | None = None
) -> Iterator[Step]:
    """Yield *steps*, each as large as *size* says, while a bar shows how much of *total* is done.

    *what* is counted. Without a *total* the bar tells how much has been done, and how fast.
    """
    with tqdm(
        total=total, unit=f" {what}", unit_scale=True, disable=None, leave=False, ncols=90
    ) as bar:
        for step in steps:
            bar.update(size(step))
            yield step


def progress(steps: Iterable[Step], label: str, total: int | None = None) -> Iterator[Step]:
    """Yield *steps* while a bar on standard error shows how far they are."""
    yield from tqdm(steps, desc=label, total=total, disable=None, leave=False, ncols=90)
