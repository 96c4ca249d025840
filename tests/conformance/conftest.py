"""What the tests of several engines share: Spark takes longer to start than to answer."""

from __future__ import annotations

import signal

import pytest

from conformance.cases import book
from hjemmel.batch.backends import Spark


@pytest.fixture(scope="session")
def spark():
    """Return the one Spark of the run."""
    before = signal.getsignal(signal.SIGINT)
    engine = Spark("local[2]", kept=book().store)
    yield engine
    engine.close()
    assert signal.getsignal(signal.SIGINT) is before
