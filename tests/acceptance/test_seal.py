"""A sealed policy: the same bytes every time, refused when touched, and the same decision again."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hjemmel import decide, load_policy, read_case
from hjemmel.cli.main import main
from hjemmel.explain.document import decision_bytes
from hjemmel.policy.seal import SealError, open_seal, seal_manifest

ROOT = Path(__file__).resolve().parents[2]
ALS = ROOT / "examples" / "als.yaml"


@pytest.fixture(scope="module")
def seal(tmp_path_factory):
    """Return the shipped rules as a seal."""
    path = tmp_path_factory.mktemp("seal") / "regler.hjemmel"
    assert 0 == main(["seal", "--to", str(path)])
    return path


@pytest.fixture
def keys(tmp_path):
    """Return a private and a public key as PEM files."""
    private = Ed25519PrivateKey.generate()
    files = tmp_path / "privat.pem", tmp_path / "offentlig.pem"
    files[0].write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    files[1].write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return files


def changed(seal, target, change):
    """Write *seal* to *target* with its entries changed by *change*."""
    with zipfile.ZipFile(seal) as old, zipfile.ZipFile(target, "w") as new:
        entries = {name: old.read(name) for name in old.namelist()}
        change(entries)
        for name, content in entries.items():
            new.writestr(name, content)
    return target


def test_sealing_twice_gives_the_same_bytes(seal, tmp_path):
    """Neither the clock nor the order of the folder leaves a trace."""
    again = tmp_path / "igen.hjemmel"
    os.utime(ROOT / "rules" / "index.yaml")

    main(["seal", "--to", str(again)])

    assert seal.read_bytes() == again.read_bytes()


def test_a_seal_decides_as_its_folder_does(seal):
    """Every command takes a seal where it takes a folder."""
    folder, sealed = load_policy(), load_policy(seal)

    assert folder.digest() == sealed.digest()
    assert decision_bytes(decide(folder, read_case(ALS, folder))) == decision_bytes(
        decide(sealed, read_case(ALS, sealed))
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda e: e.update({"rules/rates.yaml": e["rules/rates.yaml"] + b"#"}),
            id="changed file",
        ),
        pytest.param(lambda e: e.pop("rules/rates.yaml"), id="missing file"),
        pytest.param(lambda e: e.update({"rules/extra.yaml": b""}), id="added file"),
        pytest.param(lambda e: e.update({"manifest.json": b"{}"}), id="no manifest"),
    ],
)
def test_a_seal_that_was_touched_is_refused(seal, tmp_path, change):
    """One changed byte is enough."""
    broken = changed(seal, tmp_path / "brudt.hjemmel", change)

    with pytest.raises(SealError):
        open_seal(broken)


def test_a_path_out_of_the_seal_is_refused(seal, tmp_path):
    """A seal cannot write outside its own folder, even if its manifest lists the file."""

    def escape(entries):
        import hashlib

        manifest = json.loads(entries["manifest.json"])
        entries["rules/../../ude.txt"] = b"x"
        manifest["files"]["rules/../../ude.txt"] = hashlib.sha256(b"x").hexdigest()
        entries["manifest.json"] = json.dumps(manifest).encode()

    broken = changed(seal, tmp_path / "ude.hjemmel", escape)

    with pytest.raises(SealError):
        open_seal(broken)


def test_a_signature_fits_its_key_and_no_other(tmp_path, keys, capsys):
    """Signed rules are whose they say they are."""
    path, other = tmp_path / "signeret.hjemmel", tmp_path / "anden.pem"
    main(["seal", "--to", str(path), "--key", str(keys[0])])
    stranger = Ed25519PrivateKey.generate().public_key()
    other.write_bytes(
        stranger.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )

    fits = main(["seal", "--verify", str(path), "--public-key", str(keys[1])])
    strange = main(["seal", "--verify", str(path), "--public-key", str(other)])

    assert (0, 2) == (fits, strange)
    assert "passer ikke" in capsys.readouterr().err


def test_an_unsigned_seal_fails_where_a_signature_is_asked_for(seal, keys):
    """No signature is not a good signature."""
    assert 2 == main(["seal", "--verify", str(seal), "--public-key", str(keys[1])])


def test_a_receipt_gives_the_same_bytes_again(seal, tmp_path, capsys):
    """Years later the same policy and case give the same decision, and no name was kept."""
    receipt = tmp_path / "spor.json"
    main(
        [
            "decide",
            str(ALS),
            "--format",
            "json",
            "--receipt",
            str(receipt),
            "--municipality",
            "eksempelkommune",
        ]
    )
    first = capsys.readouterr().out

    ended = main(["replay", str(receipt), "--seal", str(seal)])

    assert 0 == ended
    assert first == capsys.readouterr().out
    assert "Anne" not in receipt.read_text(encoding="utf-8")


def test_replay_tells_what_is_no_longer_the_same(seal, tmp_path, capsys):
    """Another policy is named by its digest, and the command fails."""
    receipt = tmp_path / "spor.json"
    main(["decide", str(ALS), "--receipt", str(receipt)])
    kept = json.loads(receipt.read_text(encoding="utf-8"))
    kept["decision"]["receipt"]["policy_digest"] = "0" * 64
    receipt.write_text(json.dumps(kept), encoding="utf-8")

    ended = main(["replay", str(receipt), "--seal", str(seal)])

    assert 1 == ended
    assert "receipt.policy_digest" in capsys.readouterr().err


def test_the_manifest_names_policy_version_and_every_file(seal):
    """Who reads a seal can see what is in it without opening it."""
    manifest = seal_manifest(seal)

    assert {"format", "policy", "version", "policy_digest", "files"} == set(manifest)
    assert {"rules/criteria.yaml", "rules/schema/case.schema.json"} <= set(manifest["files"])
