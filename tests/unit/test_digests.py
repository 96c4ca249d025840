"""Digests are the same, whoever works them out."""

from __future__ import annotations

import hashlib
import itertools

import pytest

from hjemmel import digests


@pytest.mark.parametrize("before", [0, 1], ids=["the first", "a later one"])
@pytest.mark.parametrize("content", [b"", b"\xc3\xa6", b"x" * 1000])
def test_a_digest_is_the_librarys(monkeypatch, before, content):
    """Whether or not OpenSSL was loaded for it."""
    monkeypatch.setattr(digests, "_calls", itertools.count(before))

    assert hashlib.sha256(content).hexdigest() == digests.sha256(content)
    assert (
        hashlib.blake2b(content, key=b"k").digest() == digests.blake2b(content, key=b"k").digest()
    )
