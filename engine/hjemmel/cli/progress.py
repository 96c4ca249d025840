"""A progress bar for long work, where a terminal is there to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Step = TypeVar("Step")


def progress(steps: Iterable[Step], label: str, total: int | None = None) -> Iterator[Step]:
    """Yield *steps* while a bar on standard error shows how far they are."""
    yield from tqdm(steps, desc=label, total=total, disable=None, leave=False, ncols=90)
