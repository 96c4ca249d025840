"""Where the packaged rules and templates are, in a wheel as in a checkout."""

from __future__ import annotations

from pathlib import Path

from hjemmel.issues import DataNotFoundError


def data_folder(name: str) -> Path:
    """Return the folder *name* (``rules``, ``templates``) that ships with the package.

    In a wheel it lies inside the package; in an editable install it is the checkout's own.

    Raises:
        DataNotFoundError: the folder is in neither place.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / name, package.parent.parent / name):
        if folder.is_dir():
            return folder
    raise DataNotFoundError("folder-missing", folder=name)
