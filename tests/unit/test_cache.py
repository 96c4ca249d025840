"""What is kept between runs: the same policy, and never anything that somebody else has written."""

from __future__ import annotations

import os
import pickle
import shutil
from datetime import date
from pathlib import Path

import pytest

import hjemmel
from hjemmel.decide import backend, interpreters
from hjemmel.policy import book as books
from hjemmel.policy import cache

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2024, 3, 4)
HERE = "eksempelkommune"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return an empty folder in which policies are kept."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def rules(tmp_path):
    """Return a copy of the rules."""
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


@pytest.fixture
def checked(monkeypatch):
    """Return a list that grows each time rules are read and checked."""
    times = []
    check = books.check_rules
    monkeypatch.setattr(books, "check_rules", lambda folder: times.append(folder) or check(folder))
    return times


def decided(rules, lang="da"):
    """Return what a process of its own would print for the example."""
    book = hjemmel.load_policy(rules)
    case = hjemmel.read_case(ROOT / "examples" / "als.yaml", book)
    return hjemmel.decision_json(hjemmel.decide(book, case, municipality=HERE, lang=lang))


def entries(place):
    """Return the files in *place* other than the key."""
    return sorted(one for one in place.iterdir() if one.name != "key")


@pytest.mark.parametrize("lang", ["da", "en"])
def test_what_is_kept_decides_as_what_was_made(place, rules, checked, lang):
    """The second process reads no rule file as YAML, and comes to the same bytes."""
    first = decided(rules, lang)

    assert first == decided(rules, lang)
    assert [rules] == checked
    assert entries(place)


def test_a_kept_policy_is_equal_part_by_part(place, rules):
    """Nothing is lost on the way to the folder and back."""
    made = hjemmel.load_policy(rules).on(DAY, HERE)
    kept = hjemmel.load_policy(rules).on(DAY, HERE)

    assert made is not kept
    for name in made.__slots__:
        if name != "notes":
            assert getattr(made, name) == getattr(kept, name), name


def test_what_is_kept_serves_every_day_with_the_same_rules(place, rules, checked):
    """The next day's first case finds policy and answers; a day with other rules does not."""
    made = hjemmel.load_policy(rules).on(DAY, HERE)
    before = len(entries(place))
    next_day = hjemmel.load_policy(rules).on(DAY.replace(day=5), HERE)
    after_a_change = hjemmel.load_policy(rules).on(date(2025, 7, 1), HERE)

    assert DAY.replace(day=5) == next_day.on
    assert made.atoms == next_day.atoms
    assert before + 1 == len(entries(place))
    assert made.questions.keys() != after_a_change.questions.keys()


@pytest.mark.parametrize("file", ["rates.yaml", "index.yaml", "schema/rates.schema.json"])
def test_a_changed_file_is_read_again(place, rules, checked, file):
    """One byte is enough, wherever it is: a comment may hide a rule."""
    decided(rules)
    (rules / file).write_bytes((rules / file).read_bytes() + b"\n")
    decided(rules)

    assert 2 == len(checked)


def test_a_changed_rule_decides_otherwise_at_once(place, rules):
    """Nobody ever gets yesterday's amount."""
    before = decided(rules)
    rates = rules / "rates.yaml"
    rates.write_text(
        rates.read_text(encoding="utf-8").replace('"41022"', '"41023"'), encoding="utf-8"
    )
    store = cache.store_for(rules)

    assert books.RuleBook.kept_in(store, rules) is None
    assert b"41022.00" in before


@pytest.fixture
def settled(monkeypatch):
    """Take every file for one that was last changed long before it was read."""
    monkeypatch.setattr(cache, "_SETTLED", -(10**12))


@pytest.fixture
def seen(monkeypatch):
    """Return a list that grows with each file that is read to see whether it has changed."""
    names = []
    see = cache.Store._see
    monkeypatch.setattr(
        cache.Store, "_see", lambda store, name, now: names.append(name) or see(store, name, now)
    )
    return names


def test_a_file_nobody_has_touched_is_not_read(place, rules, checked, settled, seen):
    """The system says so; a missing file is looked for each time."""
    first = decided(rules)
    seen.clear()

    assert first == decided(rules)
    assert [] == [name for name in seen if (rules / name).exists()]
    assert 1 == len(checked)


def test_a_young_file_is_read(place, rules, checked, seen):
    """It could be changed again within the same moment, and nobody would see it by its times."""
    decided(rules)
    seen.clear()
    decided(rules)

    assert "rates.yaml" in seen
    assert 1 == len(checked)


def test_a_change_with_size_and_time_put_back_is_found(place, rules, settled):
    """A program can set the time of a change of content, but not that of any change."""
    decided(rules)
    rates = rules / "rates.yaml"
    before = rates.stat()
    rates.write_bytes(rates.read_bytes().replace(b'"41022"', b'"41023"'))
    os.utime(rates, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert before.st_size == rates.stat().st_size
    with pytest.raises(hjemmel.RulesInvalidError):  # it no longer follows from the year before
        decided(rules)


def test_a_touched_file_is_read_once(place, rules, checked, settled, seen):
    """It has the bytes it had; from then on it is known by its new times."""
    decided(rules)
    (rules / "rates.yaml").touch()
    seen.clear()
    decided(rules)
    decided(rules)

    assert 1 == seen.count("rates.yaml")
    assert 1 == len(checked)


def test_a_folder_that_takes_nothing_more_is_still_read(place, rules, checked, monkeypatch):
    """What is kept there is used, whether or not it can be told how old the files are."""
    first = decided(rules)

    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr(cache.os, "makedirs", refused)
    monkeypatch.setattr(cache, "_write", refused)

    assert first == decided(rules)
    assert 1 == len(checked)


def test_rules_that_change_while_they_are_read_are_not_kept(place, rules, monkeypatch):
    """What was read would else be kept as what the file says by now."""
    check = books.check_rules
    path = rules / "rates.yaml"

    def changed_meanwhile(folder):
        found = check(folder)
        path.write_text(path.read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
        return found

    monkeypatch.setattr(books, "check_rules", changed_meanwhile)
    book = books.load_policy(rules)
    book.on(date(2024, 3, 4))

    assert book.store is None
    assert not place.exists()


def test_rules_with_an_error_are_never_kept(place, rules):
    """A broken rule file is reported every time."""
    (rules / "rates.yaml").write_text("rates: [", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(hjemmel.RulesInvalidError):
            hjemmel.load_policy(rules)

    assert not place.exists()


def damage(content, how):
    """Return *content* changed *how*."""
    return {
        "empty": b"",
        "cut": content[:-1],
        "one bit": content[:-1] + bytes([content[-1] ^ 1]),
        "code": bytes([content[0] ^ 1]) + content[1:],
        "text": b"not a policy",
        "pickle": pickle.dumps({"files": {}}),
        "longer": content + b"x",
    }[how]


@pytest.mark.parametrize("how", ["empty", "cut", "one bit", "code", "text", "pickle", "longer"])
def test_what_is_broken_is_made_again(place, rules, how):
    """However an entry was damaged, the decision is the same and the entry whole again."""
    first = decided(rules)
    for entry in entries(place):
        entry.write_bytes(damage(entry.read_bytes(), how))

    assert first == decided(rules)
    assert first == decided(rules)


def test_an_entry_in_the_place_of_another_is_not_taken(place, rules):
    """The code binds an entry to its name: 2025's policy is no policy of 2024."""
    book = hjemmel.load_policy(rules)
    book.on(DAY), book.on(date(2025, 3, 4))
    old, new = (
        next(one for one in entries(place) if f"-{year}-" in one.name) for year in (2024, 2025)
    )
    old.write_bytes(new.read_bytes())

    assert DAY == hjemmel.load_policy(rules).on(DAY).on


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="kun hvor filer har en ejer")
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_what_others_may_touch_is_not_taken(place, rules, checked, mode):
    """A file that another user can read or write may be another user's work."""
    decided(rules)
    for entry in entries(place):
        entry.chmod(mode)
    decided(rules)

    assert 2 == len(checked)


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="kun hvor filer har en ejer")
def test_what_another_user_owns_is_not_taken(place, rules, checked, monkeypatch):
    """Nor is a file that somebody else has left."""
    decided(rules)
    monkeypatch.setattr(cache.os, "getuid", lambda: -1)
    decided(rules)

    assert 2 == len(checked)


class Trap:
    """Something that would run when it is read."""

    def __reduce__(self):
        """Return what would be called."""
        return (os.mkdir, ("sprung",))


def test_reading_an_entry_runs_nothing(place, rules, tmp_path, monkeypatch):
    """Even with the right code, only our own records are read."""
    monkeypatch.chdir(tmp_path)
    store = cache.store_for(rules)
    store.put("files", Trap())

    assert entries(place)
    assert store.get("files") is None
    assert not Path("sprung").exists()


def test_another_engine_finds_nothing(place, rules, checked, monkeypatch):
    """What an earlier version has compiled is no policy of this one."""
    decided(rules)
    monkeypatch.setattr(cache, "_engine", lambda: ["another"])
    decided(rules)

    assert 2 == len(checked)


@pytest.mark.parametrize("blocked", ["a file in its way", "off", "read-only"])
def test_without_a_folder_everything_works(rules, tmp_path, monkeypatch, blocked, checked):
    """Keeping is a convenience; a program never fails for want of it."""
    place = tmp_path / "kept"
    if blocked == "a file in its way":
        place.write_text("in the way", encoding="utf-8")
    elif blocked == "read-only":
        monkeypatch.setattr(cache, "_write", lambda *_: (_ for _ in ()).throw(PermissionError()))
    monkeypatch.setenv(cache.VARIABLE, "off" if blocked == "off" else str(place))

    assert decided(rules) == decided(rules)
    assert 2 == len(checked)


def test_the_folder_does_not_grow_for_ever(place, rules, monkeypatch):
    """What was written first goes first."""
    monkeypatch.setattr(cache, "_MOST_ENTRIES", 5)
    book = hjemmel.load_policy(rules)
    for day in range(1, 20):
        book.on(date(2024, 3, day))

    assert 5 >= len(entries(place))


def test_where_policies_are_kept(monkeypatch):
    """The user's own folder for such things, as the system has it, unless another is named."""
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path("somewhere")))

    assert str(Path("somewhere") / "hjemmel") == cache.folder()


@pytest.mark.skipif(not backend.available(), reason="durable-rules kan ikke indlæses her")
def test_what_durable_rules_answered_is_kept_too(place, rules, monkeypatch):
    """A later process asks it nothing that it has answered, and still has its answers."""
    for answered in (False, True):
        book = hjemmel.load_policy(rules)
        case = hjemmel.read_case(ROOT / "examples" / "als.yaml", book)
        policy = book.on(case.decided_on, HERE)
        known = interpreters.recall(book, policy)
        if answered:
            monkeypatch.setattr(interpreters, "_shared", None)
        decision = hjemmel.decide(policy, case)
        interpreters.keep(book, policy, known)

        assert answered == (known > 0)
        assert ("reference", "durable-rules") == decision.receipt.interpreters


@pytest.mark.skipif(not backend.available(), reason="durable-rules kan ikke indlæses her")
def test_a_kept_answer_that_is_wrong_is_found_out(place, rules):
    """What is kept is compared as what is asked: a wrong answer gives no decision."""
    book = hjemmel.load_policy(rules)
    case = hjemmel.read_case(ROOT / "examples" / "als.yaml", book)
    policy = book.on(case.decided_on, HERE)
    hjemmel.decide(policy, case)
    told = interpreters.backend_for(policy).told()
    other = hjemmel.load_policy(rules).on(case.decided_on, HERE)
    told["conclusion/target_group"] = dict.fromkeys(told["conclusion/target_group"], "F")
    interpreters.backend_for(other).learn(told)

    with pytest.raises(hjemmel.BackendError):
        hjemmel.decide(other, case)
