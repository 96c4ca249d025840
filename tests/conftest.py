"""What holds for every test: policies are kept in a folder of this run, never in the user's own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_KEPT = tempfile.mkdtemp(prefix="hjemmel-tests-")
os.environ["HJEMMEL_CACHE"] = _KEPT
atexit.register(shutil.rmtree, _KEPT, ignore_errors=True)
