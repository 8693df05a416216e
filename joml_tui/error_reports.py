"""Reports of internal errors of the lab, one file each, with the facts needed to fix them."""

from __future__ import annotations

import platform
import traceback
from datetime import datetime
from pathlib import Path

import platformdirs

#: Number of reports kept: a repeated error must not fill the disk.
_MOST_REPORTS = 50


def reports_path() -> Path:
    """Return the folder of the reports; it need not exist."""
    return platformdirs.user_state_path("joml-tui", appauthor=False) / "errors"


def describe_error(error: BaseException, doing: str) -> str:
    """Return a report: what happened, where, in which versions, with the traceback."""
    lines = [
        f"joml-tui {_version('joml-tui')}, Textual {_version('textual')}, NumPy {_version('numpy')}",
        f"Python {platform.python_version()}, {platform.platform()}",
        doing,
        "",
        "".join(traceback.format_exception(error)).rstrip(),
    ]
    return "\n".join(lines)


def write_report(folder: Path, report: str) -> Path | None:
    """Write a report to a new file of the folder and return its path; None if that fails."""
    now = datetime.now().astimezone()
    path = folder / f"error-{now:%Y%m%d-%H%M%S-%f}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{now:%Y-%m-%d %H:%M:%S %z}\n{report}\n", encoding="utf-8", errors="backslashreplace")
        for old in sorted(folder.glob("error-*.txt"))[:-_MOST_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def place_of(error: BaseException) -> tuple[str, str, int]:
    """Return the type of an error and the file and line that raised it, which identify it."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return type(error).__name__, "", 0
    return type(error).__name__, last.tb_frame.f_code.co_filename, last.tb_lineno


def _version(name: str) -> str:
    from importlib import metadata  # noqa: PLC0415 - brings the whole of `email` along, for which the lab need not wait

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of unknown version"
