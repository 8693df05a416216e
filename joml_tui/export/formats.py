"""The formats that a run can be exported in, in one table: the command and the lab offer what stands here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from joml_tui.export.experiment_file import write_experiment
from joml_tui.export.onnx_file import write_onnx
from joml_tui.export.source import write_joml_script, write_torch_script
from joml_tui.export.tables import write_series_csv
from joml_tui.export.weights import write_npz, write_safetensors

if TYPE_CHECKING:
    from joml_tui.runner import Run


class Write(Protocol):
    """How a run becomes a file."""

    def __call__(self, run: Run, path: Path, *, overwrite: bool = False) -> None:
        """Write it; raises ExportError with a sentence where it cannot."""


@dataclass(frozen=True, slots=True)
class Format:
    """One of them.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    title : str
        What is in the file, in a few words.
    suffix : str
        What the file's name ends with.
    write : callable
    extra : str
        The optional extra that it needs, or nothing.
    """

    name: str
    title: str
    suffix: str
    write: Write
    extra: str = ""


FORMATS: tuple[Format, ...] = (
    Format("csv", "series, a row an iteration", ".csv", write_series_csv),
    Format("safetensors", "weights, read by most libraries", ".safetensors", write_safetensors, "weights"),
    Format("npz", "weights, read by NumPy", ".npz", write_npz),
    Format("onnx", "network, for other programs to predict with", ".onnx", write_onnx, "onnx"),
    Format("joml", "network as a script for joml", ".py", write_joml_script),
    Format("torch", "network as a script for PyTorch", "-torch.py", write_torch_script),
    Format("yaml", "experiment, to train it again", ".yaml", write_experiment),
)


def format_of(name: str) -> Format:
    """Give a format by its name.

    Raises
    ------
    ValueError
        There is none of that name; says which there are.
    """
    for known in FORMATS:
        if known.name == name:
            return known
    raise ValueError(f"there is no format {name}; there are {', '.join(known.name for known in FORMATS)}")


def default_name(run: Run, wanted: Format) -> str:
    """Give a file name for a run in a format, such as ``14-100-40-4-run-1.csv``."""
    return f"{run.architecture or 'network'}-{run.id}{wanted.suffix}"
