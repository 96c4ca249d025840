"""``hjemmel seal`` and ``hjemmel replay``: one file for a policy, and the same decision again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hjemmel.cli.main import Exit
from hjemmel.data import data_folder
from hjemmel.decide.case import read_case
from hjemmel.decide.decision import decide
from hjemmel.explain.document import decision_bytes
from hjemmel.issues import DataNotFoundError
from hjemmel.messages import words
from hjemmel.policy.book import load_policy
from hjemmel.policy.seal import open_seal, seal_manifest, write_seal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def register(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands by calling *add*."""
    seal = add("seal", run_seal)
    seal.add_argument("--to", type=Path, metavar="FIL", help=words("help-seal-to"))
    seal.add_argument("--key", type=Path, metavar="PEM", help=words("help-seal-key"))
    seal.add_argument("--verify", type=Path, metavar="FIL", help=words("help-seal-verify"))
    seal.add_argument("--public-key", type=Path, metavar="PEM", help=words("help-seal-public"))
    replay = add("replay", run_replay)
    replay.add_argument("receipt", type=Path, metavar="SPOR", help=words("help-receipt"))
    replay.add_argument("--seal", type=Path, metavar="FIL", help=words("help-replay-seal"))
    replay.add_argument("--case", type=Path, metavar="SAG", help=words("help-replay-case"))


def run_seal(options: argparse.Namespace) -> Exit:
    """Pack the policy into one file, or check one that is packed."""
    if options.verify:
        open_seal(options.verify, public_key=options.public_key)
        manifest = seal_manifest(options.verify)
        signed = words("seal-signed" if options.public_key else "seal-not-checked", options.lang)
        shown = {"version": manifest["version"], "digest": manifest["policy_digest"][:12]}
        print(words("seal-whole", options.lang, count=str(len(manifest["files"])), **shown), signed)
        return Exit.DONE
    if not options.to:
        raise DataNotFoundError("seal-where")
    book = load_policy(options.rules)
    index = book.tree("index").get("policy")
    about = {
        "policy": index.text("id") if index else "",
        "version": index.text("version") if index else "",
        "policy_digest": book.digest(),
    }
    templates = book.folder.parent / "templates"
    folders = {
        "rules": book.folder,
        "templates": templates if templates.is_dir() else data_folder("templates"),
    }
    digest = write_seal(options.to, folders, about, key=options.key)
    print(words("seal-written", options.lang, file=str(options.to), digest=digest))
    return Exit.DONE


def run_replay(options: argparse.Namespace) -> Exit:
    """Decide the case of a receipt again and say whether the bytes are the same."""
    kept = _kept(options.receipt)
    decision = kept.get("decision", kept)
    book = load_policy(options.seal or options.rules)
    if options.case is None and "case" not in kept.get("replay", {}):
        raise DataNotFoundError("replay-no-case", file=str(options.receipt))
    case = read_case(options.case or kept["replay"]["case"], book)
    again = decide(book, case, municipality=decision["receipt"]["municipality"] or "")
    print(decision_bytes(again).decode(), end="")
    differences = list(_differences(decision, json.loads(decision_bytes(again))))
    for name, before, now in differences:
        print(
            words("replay-differs", options.lang, name=name, before=before, now=now),
            file=sys.stderr,
        )
    return Exit.FAILED if differences else Exit.DONE


def _kept(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataNotFoundError("file-missing", file=str(path)) from error
    except ValueError as error:
        raise DataNotFoundError("receipt-unreadable", file=str(path)) from error
    if not isinstance(kept, dict) or "receipt" not in kept.get("decision", kept):
        raise DataNotFoundError("receipt-unreadable", file=str(path))
    return kept


def _differences(before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for key in before.keys() | now.keys():
        if key == "receipt":
            parts = before[key].keys() | now[key].keys()
            found += [
                (f"receipt.{part}", str(before[key].get(part)), str(now[key].get(part)))
                for part in parts
                if before[key].get(part) != now[key].get(part)
            ]
        elif before.get(key) != now.get(key):
            found.append((key, _short(before.get(key)), _short(now.get(key))))
    return sorted(found)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) < 80 else f"{text[:79]}…"
