"""``hjemmel batch``: many cases at once, from a file or a table, into a file."""

from __future__ import annotations

import os
import sys
from errno import ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

from hjemmel.batch.address import without_password
from hjemmel.cli.main import Exit
from hjemmel.cli.progress import progress_of
from hjemmel.issues import DataNotFoundError, HjemmelError
from hjemmel.messages import words
from hjemmel.money import grouped
from hjemmel.policy.book import load_policy
from hjemmel.policy.schema import close_to, load_schema

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from hjemmel.batch.chunk import Order
    from hjemmel.batch.parts import Counts
    from hjemmel.policy.book import RuleBook

#: The engine that is used unless another is named.
_USUAL = "numpy"
#: What rows may be chosen by.
_WHERE = ("outcome", "rule", "target_group", "ground", "status", "question", "case")
#: The extra that brings a module or an engine; all others come with the batch itself.
_EXTRAS = {"polars": "polars", "pyspark": "spark", "spark": "spark"}
#: The engines that are ours, though they may be named by a URL.
_OWN = ("duckdb", "polars", "spark")


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command by calling *add* with its name and what runs it."""
    batch = add("batch", run_batch_command)
    batch.add_argument("source", metavar="IND", help=words("help-batch-source"))
    batch.add_argument("--to", type=Path, required=True, metavar="UD", help=words("help-batch-to"))
    batch.add_argument("--engine", default=_USUAL, metavar="MOTOR", help=words("help-batch-engine"))
    batch.add_argument("--municipality", default="", metavar="ID", help=words("help-municipality"))
    batch.add_argument("--rejects", type=Path, metavar="FIL", help=words("help-batch-rejects"))
    batch.add_argument(
        "--without-missing", action="store_true", help=words("help-batch-without-missing")
    )
    batch.add_argument(
        "--without-items", action="store_true", help=words("help-batch-without-items")
    )
    batch.add_argument("--sample-explain", type=int, metavar="N", help=words("help-batch-sample"))
    batch.add_argument("--explain-where", metavar="FELT=VÆRDI", help=words("help-batch-where"))
    batch.add_argument("--processes", type=int, metavar="N", help=words("help-batch-processes"))
    batch.add_argument("--explain-to", type=Path, metavar="FIL", help=words("help-batch-explain"))


def run_batch_command(options: argparse.Namespace) -> Exit:
    """Decide every case of the input and write the answers; a rejected row ends with 1."""
    try:
        from hjemmel.batch.batch import run_batch
        from hjemmel.batch.chunk import Order
        from hjemmel.batch.engines import engine_named
        from hjemmel.batch.workers import usable_cores, use_memory_again
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="batch", file="hjemmel batch") from error
    where = _where(options.explain_where)
    if options.processes is not None and options.processes < 1:
        raise HjemmelError("batch-processes", given=str(options.processes))
    if options.sample_explain is not None and options.sample_explain < 1:
        raise HjemmelError("batch-sample", given=str(options.sample_explain))
    explains = bool(where or options.sample_explain or options.explain_to)
    order = Order(
        source=options.source,
        path=Path(options.source),
        to=options.to,
        rejects=options.rejects or _beside(options.to, "afvist"),
        explained=(options.explain_to or _beside(options.to, "forklaret")) if explains else None,
        municipality=options.municipality,
        missing=not options.without_missing,
        items=not options.without_items,
        sample=options.sample_explain or 0,
        where=where,
        lang=options.lang,
        processes=options.processes or usable_cores(),
    )
    book = load_policy(options.rules)
    _check_value(where, book)
    use_memory_again()
    try:
        engine = engine_named(options.engine, os.environ, book.store)
    except ImportError as error:
        raise _extra_missing(options.engine, error) from error
    try:
        counts = run_batch(book, order, engine, _watched(order, options.lang))
    except ImportError as error:
        raise _extra_missing(options.engine, error) from error
    except KeyboardInterrupt:
        sys.stderr.write(words("batch-interrupted", options.lang) + "\n")
        return Exit.FAILED
    except OSError as error:
        if error.errno == ENOSPC:
            raise HjemmelError("batch-no-room") from error
        raise
    finally:
        engine.close()
    for line in _lines(counts, order.rejects if counts.rejected else None, options):
        print(line)
    if order.explained is not None:
        with order.explained.open("rb") as file:
            count = grouped(sum(1 for _ in file), options.lang)
        print(words("batch-explained", options.lang, count=count, file=str(order.explained)))
    return Exit.FAILED if counts.rejected else Exit.DONE


def _extra_missing(engine: str, error: ImportError) -> DataNotFoundError:
    """Return what says which extra brings the module that *error* has not found."""
    driver = engine.partition("://")[0]
    if "://" in engine and driver not in _OWN:
        url = without_password(engine)
        return DataNotFoundError("batch-database-driver", url=url, name=driver)
    module = str(error.name).partition(".")[0]
    extra = _EXTRAS.get(module) or _EXTRAS.get(driver, "batch")
    what = "hjemmel batch" if extra == "batch" else f"--engine {driver}"
    return DataNotFoundError("extra-missing", extra=extra, file=what)


def _watched(order: Order, lang: str) -> Callable[[Iterable[Counts]], Iterable[Counts]]:
    """Return what shows how many cases of *order* are done, of how many if that can be seen."""
    from hjemmel.batch.sources import cases_in

    total, what = cases_in(order.source, order.path), words("batch-progress", lang)
    return lambda done: progress_of(done, what, lambda counts: counts.rows, total, lang)


def _where(text: str | None) -> tuple[str, str] | None:
    if not text:
        return None
    key, equals, value = text.partition("=")
    if not equals or key not in _WHERE:
        raise HjemmelError("batch-where", given=text, allowed=", ".join(_WHERE))
    return key, value


def _check_value(where: tuple[str, str] | None, book: RuleBook) -> None:
    """Check that a field of few values can have the one that is asked for.

    Raises:
        HjemmelError: it cannot.
    """
    if where is None:
        return
    field, value = where
    decision = load_schema(book.schemas, "decision")["properties"]
    allowed = {
        "outcome": decision["outcome"],
        "target_group": decision["target_group"]["properties"]["value"],
        "status": decision["items"]["items"]["properties"]["status"],
    }.get(field)
    if allowed is not None and value not in allowed["enum"]:
        fields = {"given": f"{field}={value}", "allowed": ", ".join(allowed["enum"])}
        raise HjemmelError("batch-where-value", close=close_to(value, allowed["enum"]), **fields)


def _beside(to: Path, word: str) -> Path:
    return to.with_name(f"{to.stem}.{word}.jsonl")


def _lines(counts: Counts, rejects: Path | None, options: argparse.Namespace) -> list[str]:
    lang = options.lang
    lines = [
        words("batch-counts", lang, rows=grouped(counts.rows, lang), file=str(options.to)),
        *(f"  {name:<14}{grouped(one, lang):>12}" for name, one in sorted(counts.outcomes.items())),
        words(
            "batch-how",
            lang,
            table=grouped(counts.by_table, lang),
            alone=grouped(counts.alone, lang),
        ),
    ]
    if rejects is not None:
        fields = {"count": grouped(counts.rejected, lang), "file": str(rejects)}
        lines.append(words("batch-rejected", lang, **fields))
    return lines
