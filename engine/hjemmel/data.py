"""Where the packaged rules and templates are, in a wheel as in a checkout."""

from __future__ import annotations

import os

from hjemmel.issues import DataNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def data_folder(name: str) -> Path:
    """Return the folder *name* (``rules``, ``templates``) that ships with the package.

    Raises:
        DataNotFoundError: there is no such folder.
    """
    from pathlib import Path  # noqa: PLC0415 - a third of bare Python's start

    return Path(data_path(name))


def data_path(name: str) -> str:
    """Return where :func:`data_folder` is.

    In a wheel it lies inside the package; in an editable install it is the checkout's own.

    Raises:
        DataNotFoundError: the folder is in neither place.
    """
    package = os.path.dirname(os.path.realpath(__file__))
    for above in (package, os.path.dirname(os.path.dirname(package))):
        folder = os.path.join(above, name)
        if os.path.isdir(folder):
            return folder
    raise DataNotFoundError("folder-missing", folder=name)
