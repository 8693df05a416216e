"""Published data sets, downloaded once: each file is checked, and an interrupted download continues."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import platformdirs

#: Seconds to wait for an answer, and bytes read at a time.
_PATIENCE, _CHUNK = 30.0, 1 << 16

#: A function that hears the name of a file, and how many of its bytes are there.
Report = Callable[[str, int, int], None]


class DownloadError(Exception):
    """A data set could not be downloaded; the message says which file, why, and what to do."""


class PublishedFile(msgspec.Struct, frozen=True):
    """A file of a published data set.

    Attributes
    ----------
    name : str
    size : int
        Its bytes.
    sha256 : str
        Its checksum, in hexadecimal.
    """

    name: str
    size: int
    sha256: str


class PublishedData(msgspec.Struct, frozen=True):
    """A published data set.

    Attributes
    ----------
    title : str
    address : str
        The folder of its files on the web; ends with a slash.
    files : tuple of PublishedFile
    """

    title: str
    address: str
    files: tuple[PublishedFile, ...]

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(file.size for file in self.files)


@cache
def published_data() -> dict[str, PublishedData]:
    """Return the published data sets by name."""
    listed = Path(__file__).with_name("downloads.toml").read_bytes()
    return msgspec.toml.decode(listed, type=dict[str, PublishedData])


def default_folder(name: str) -> Path:
    """Return the folder of a data set: on Linux in ``~/.local/share/joml-tui/data``."""
    return platformdirs.user_data_path("joml-tui", appauthor=False) / "data" / name


def download(data: PublishedData, folder: Path, address: str = "", report: Report | None = None) -> list[str]:
    """Download the files of a data set that are not in a folder yet.

    An interrupted download leaves ``NAME.part``, from which the next one continues.

    Parameters
    ----------
    data : PublishedData
    folder : Path
        Made if it does not exist.
    address : str, optional
        Another place of the files, such as a mirror; default the data set's own.
    report : callable, optional
        Hears how far each file is.

    Returns
    -------
    list of str
        The names of the files that were downloaded.

    Raises
    ------
    DownloadError
        A file cannot be loaded or written, or is another one than was published.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [file for file in data.files if not _is_whole(folder / file.name, file)]
        for file in missing:
            _load(file, folder, (address or data.address).rstrip("/") + "/", report or _ignore)
    except OSError as error:
        raise DownloadError(f"{error.filename or folder}: {error.strerror or error}") from error
    return [file.name for file in missing]


def _ignore(_name: str, _done: int, _size: int) -> None:
    pass


def _is_whole(path: Path, file: PublishedFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _load(file: PublishedFile, folder: Path, address: str, report: Report) -> None:
    """Load a file beside its place, and put it there when it is whole."""
    part = folder / f"{file.name}.part"
    done = part.stat().st_size if part.exists() else 0
    if done < file.size:
        _continue(file, part, done, address, report)
    if not _is_whole(part, file):
        part.unlink()
        raise DownloadError(
            f"{address}{file.name} is not the file that was published: its length or its checksum differs. It was "
            "removed; try again, or another address with --from"
        )
    part.replace(folder / file.name)


def _continue(file: PublishedFile, part: Path, done: int, address: str, report: Report) -> None:
    """Load the bytes of a file that are not in its part yet; stop after one too many."""
    request = urllib.request.Request(f"{address}{file.name}", headers={"Range": f"bytes={done}-"} if done else {})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            continued = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            done = done if continued else 0
            with part.open("ab" if continued else "wb") as stream:
                while done <= file.size and (read := answer.read(_CHUNK)):
                    stream.write(read)
                    done += len(read)
                    report(file.name, done, file.size)
                stream.flush()
                os.fsync(stream.fileno())
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{address}{file.name}: the server answers {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise DownloadError(
            f"{urlsplit(address).hostname} cannot be reached: {reason}. Try again: what was loaded is kept. Without a "
            f"connection, put {file.name} into {part.parent}"
        ) from error
    if done < file.size:
        raise DownloadError(f"{address}{file.name} ended too early. Try again: what was loaded is kept")
