"""Optional packages that some formats need."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from joml_tui.export.safe_files import ExportError

#: The package that each extra installs for a format.
_PACKAGES = {"parquet": "pyarrow", "weights": "safetensors", "onnx": "onnx"}


def missing_extra(extra: str) -> str:
    """Return the command that installs an extra of a format; empty if it is installed, or none is needed.

    Parameters
    ----------
    extra : str
        Such as "onnx"; empty for none.

    Returns
    -------
    str
    """
    return f"pip install 'joml-tui[{extra}]'" if extra and find_spec(_PACKAGES[extra]) is None else ""


def needed(module: str, extra: str, what: str) -> Any:
    """Import a module of an optional extra.

    Parameters
    ----------
    module : str
        Name of the module, such as "pyarrow.parquet".
    extra : str
        The optional extra that installs it.
    what : str
        The output that needs it, such as "a Parquet file".

    Raises
    ------
    ExportError
        It is not installed; the message says how to install it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ExportError(f"{what} needs {package}; install it with: pip install 'joml-tui[{extra}]'") from error
