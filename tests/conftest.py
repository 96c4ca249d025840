"""What holds for every test: policies are kept in a folder of this run, never in the user's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest

_KEPT = tempfile.mkdtemp(prefix="hjemmel-tests-")
os.environ["HJEMMEL_CACHE"] = _KEPT
atexit.register(shutil.rmtree, _KEPT, ignore_errors=True)


@pytest.fixture
def reference_alone(monkeypatch):
    """Let the reference decide alone, where a test is about what was decided and not about who."""
    from hjemmel.decide import backend

    monkeypatch.setattr(backend, "available", lambda: False)
