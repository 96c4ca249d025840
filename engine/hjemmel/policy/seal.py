"""Sealed policy: rules, schemas and templates in one file that is the same bytes every time.

A seal is an uncompressed zip with fixed dates and sorted names, so that equal content gives
equal bytes everywhere. ``manifest.json`` lists the SHA-256 of each file; ``signature`` is an
Ed25519 signature of the manifest, if the seal was signed.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from hjemmel.issues import DataNotFoundError, SealError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ENDING = ".hjemmel"
MANIFEST, SIGNATURE = "manifest.json", "signature"
_FORMAT = "hjemmel-seal-1"
#: The first day a zip can tell; the same for every file, so that time leaves no trace.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_LARGEST = 64_000_000
_PARTS = ("rules", "templates")


def is_seal(path: Path) -> bool:
    """Say whether *path* is a sealed policy rather than a folder."""
    return path.is_file() and zipfile.is_zipfile(path)


def write_seal(
    path: Path, folders: Mapping[str, Path], about: Mapping[str, str], *, key: Path | None = None
) -> str:
    """Write the files of *folders* (``rules``, ``templates``) to *path*; return its digest.

    *about* goes into the manifest: policy id, version and digest. *key* is an Ed25519
    private key in PEM.

    Raises:
        DataNotFoundError: the key cannot be read, or cryptography is not installed.
    """
    files = {
        name: content for part, folder in folders.items() for name, content in _files(part, folder)
    }
    manifest = _manifest(files, about)
    entries = {MANIFEST: manifest, **files}
    if key is not None:
        entries[SIGNATURE] = _signed(manifest, key)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same mark from every operating system
            archive.writestr(entry, entries[name])
    return hashlib.sha256(path.read_bytes()).hexdigest()


def open_seal(path: Path, *, public_key: Path | None = None) -> Path:
    """Return a temporary folder with the checked content of the seal *path*.

    The folder holds ``rules`` and ``templates`` and is removed when the process ends.

    Raises:
        SealError: a file is missing, changed or superfluous, or the signature does not fit.
        DataNotFoundError: *path* does not exist, or cryptography is not installed.
    """
    if not path.is_file():
        raise DataNotFoundError("file-missing", file=str(path))
    contents = _checked(path, public_key)
    folder = Path(tempfile.mkdtemp(prefix="hjemmel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def seal_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of the seal *path*, unchecked.

    Raises:
        SealError: the file holds no manifest.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise SealError("seal-no-manifest", file=path.name) from error
    if not isinstance(manifest, dict) or manifest.get("format") != _FORMAT:
        raise SealError("seal-no-manifest", file=path.name)
    return manifest


def _files(part: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(step.startswith((".", "__")) for step in relative.parts)
        if path.is_file() and not hidden:
            yield f"{part}/{relative.as_posix()}", path.read_bytes()


def _manifest(files: Mapping[str, bytes], about: Mapping[str, str]) -> bytes:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    manifest = {"format": _FORMAT, **about, "files": digests}
    return (json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _checked(path: Path, public_key: Path | None) -> dict[str, bytes]:
    listed = seal_manifest(path)["files"]
    contents: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist()) - {MANIFEST, SIGNATURE}
        for name in sorted(names ^ set(listed)):
            raise SealError("seal-changed", file=path.name, name=name)
        for name in sorted(names):
            contents[name] = _entry(archive, name, path.name, listed[name])
        if public_key is not None:
            signature = archive.read(SIGNATURE) if SIGNATURE in archive.namelist() else b""
            _verify(archive.read(MANIFEST), signature, public_key, path.name)
    return contents


def _entry(archive: zipfile.ZipFile, name: str, file: str, digest: str) -> bytes:
    steps = PurePosixPath(name).parts
    safe = steps and steps[0] in _PARTS and ".." not in steps and "\\" not in name
    if not safe or archive.getinfo(name).file_size > _LARGEST:
        raise SealError("seal-changed", file=file, name=name)
    content = archive.read(name)
    if hashlib.sha256(content).hexdigest() != digest:
        raise SealError("seal-changed", file=file, name=name)
    return content


def _signed(manifest: bytes, key: Path) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    private = _loaded(key, private=True)
    if not isinstance(private, Ed25519PrivateKey):
        raise DataNotFoundError("key-unreadable", file=str(key))
    return private.sign(manifest)


def _verify(manifest: bytes, signature: bytes, key: Path, file: str) -> None:
    public = _loaded(key, private=False)
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    if not isinstance(public, Ed25519PublicKey):
        raise DataNotFoundError("key-unreadable", file=str(key))
    try:
        public.verify(signature, manifest)
    except InvalidSignature as error:
        raise SealError("seal-signature", file=file) from error


def _loaded(key: Path, *, private: bool) -> object:
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise DataNotFoundError("extra-missing", extra="sign", file=str(key)) from error
    try:
        raw = key.read_bytes()
        if private:
            return serialization.load_pem_private_key(raw, password=None)
        return serialization.load_pem_public_key(raw)
    except (OSError, ValueError, TypeError) as error:
        raise DataNotFoundError("key-unreadable", file=str(key)) from error
