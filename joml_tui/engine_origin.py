"""Checks whether the package `joml` is this program's engine, or the unrelated one of that name on PyPI."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

#: Modules that only the engine has.
_MARKS = ("architecture.py", "by_hand.py", "declaration.py")
#: Text in the engine's ``__init__.py`` in every version.
_IMPORTS = "from joml.network import Network"

#: Commands that repair an environment.
WAY_OUT = "pip uninstall joml joml-tui, then pip install joml-tui"


def describe_wrong_engine() -> str:
    """Return a message if another package is found in place of the engine; else an empty text.

    Nothing is imported.
    """
    try:
        spec = find_spec("joml")
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return f"its engine, the package joml, is not installed: {WAY_OUT}"
    if spec.origin is None or not _is_engine(Path(spec.origin)):
        where = spec.origin or ", ".join(spec.submodule_search_locations or ())
        return (
            f"import joml finds {where}, which is not this program's engine but another package of that name. "
            f"If pip installed it: {WAY_OUT}; otherwise rename it, or take its folder out of PYTHONPATH"
        )
    return ""


def describe_other_distribution() -> str:
    """Return a message if PyPI's package joml is installed beside joml-tui; else an empty text.

    Both packages have files of the same names, so each may have overwritten files of the other.
    """
    from importlib import metadata  # noqa: PLC0415 - heavy

    try:
        other = metadata.distribution("joml")
    except metadata.PackageNotFoundError:
        return ""
    return (
        f"PyPI's unrelated package joml {other.version} is installed too, and its files may have replaced "
        f"the engine's: {WAY_OUT}"
    )


def _is_engine(init: Path) -> bool:
    try:
        text = init.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return _IMPORTS in text and all((init.parent / name).is_file() for name in _MARKS)
