"""The tables of export formats, for the command line and the lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from joml_tui.export.chart_files import (
    write_chart_png,
    write_chart_svg,
    write_chart_text,
    write_charts_png,
    write_charts_svg,
    write_charts_text,
)
from joml_tui.export.experiment_file import write_experiment
from joml_tui.export.gradient_files import write_gradient_arrays, write_gradient_table
from joml_tui.export.json_lines import write_series_json_lines, write_table_json_lines
from joml_tui.export.network_source import write_joml_script, write_torch_script
from joml_tui.export.onnx_file import write_onnx
from joml_tui.export.parquet import write_series_parquet, write_table_parquet
from joml_tui.export.run_tables import TableRun, write_series_csv, write_table_csv
from joml_tui.export.weight_files import write_npz, write_safetensors, write_weight_table
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.run_fields import RunField

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


class Write(Protocol):
    """A function that writes a run to a file."""

    def __call__(self, run: Run, path: Path, *, overwrite: bool = False) -> None:
        """Write the file; raise ExportError with a message if that fails."""


class WriteRuns(Protocol):
    """A function that writes several annotated runs to a file."""

    def __call__(self, runs: Sequence[AnnotatedRun], path: Path, *, overwrite: bool = False) -> None:
        """Write the file; raise ExportError with a message if that fails."""


class WriteTable(Protocol):
    """A function that writes the table of runs to a file."""

    def __call__(
        self,
        runs: Sequence[AnnotatedRun | TableRun],
        path: Path,
        *,
        overwrite: bool = False,
        chosen: Sequence[RunField] = (),
    ) -> None:
        """Write the file, with all or the chosen fields; raise ExportError with a message if that fails."""


@dataclass(frozen=True, slots=True)
class Format:
    """An export format of one run.

    Attributes
    ----------
    name : str
        Its name on the command line.
    title : str
        The content of the file, in a few words.
    suffix : str
        The extension of the file.
    write : callable
    extra : str
        The optional extra that it needs, or "".
    of_weights : bool
        Whether it contains the network's weights.
    """

    name: str
    title: str
    suffix: str
    write: Write
    extra: str = ""
    of_weights: bool = False


@dataclass(frozen=True, slots=True)
class RunsFormat:
    """A format of several runs; the attributes are those of `Format`."""

    name: str
    title: str
    suffix: str
    write: WriteRuns
    extra: str = ""


@dataclass(frozen=True, slots=True)
class TableFormat(RunsFormat):
    """A format of the table of runs; the attributes are those of `Format`."""

    write: WriteTable


F = TypeVar("F", Format, RunsFormat, TableFormat)

#: Formats of one run.
FORMATS: tuple[Format, ...] = (
    Format("csv", "metrics per iteration", ".csv", write_series_csv),
    Format("parquet", "metrics with types, and the experiment", ".parquet", write_series_parquet, "parquet"),
    Format("jsonl", "metrics as JSON, one object per iteration", ".jsonl", write_series_json_lines),
    Format("svg", "curves as a vector figure", ".svg", write_chart_svg),
    Format("png", "curves as a pixel figure", ".png", write_chart_png),
    Format("txt", "curves as plain text", ".txt", write_chart_text),
    Format(
        "safetensors", "weights, read by most libraries", ".safetensors", write_safetensors, "weights", of_weights=True
    ),
    Format("npz", "weights, read by NumPy", ".npz", write_npz, of_weights=True),
    Format("table", "weights and biases as a table of text", "-weights.csv", write_weight_table, of_weights=True),
    Format("gradients", "gradients as a table of text", "-gradients.csv", write_gradient_table, of_weights=True),
    Format("gradients-npz", "gradients, read by NumPy", "-gradients.npz", write_gradient_arrays, of_weights=True),
    Format("onnx", "network, for other programs to predict with", ".onnx", write_onnx, "onnx", of_weights=True),
    Format("joml", "network as a script for joml", ".py", write_joml_script, of_weights=True),
    Format("torch", "network as a script for PyTorch", "-torch.py", write_torch_script, of_weights=True),
    Format("yaml", "experiment, to train it again", ".yaml", write_experiment),
)
#: Formats of the table of runs.
TABLE_FORMATS: tuple[TableFormat, ...] = (
    TableFormat("csv", "table, one row per run", ".csv", write_table_csv),
    TableFormat("parquet", "table with types and experiments", ".parquet", write_table_parquet, "parquet"),
    TableFormat("jsonl", "table as JSON, one object per run", ".jsonl", write_table_json_lines),
)
#: Formats of the curves of several runs.
CHART_FORMATS: tuple[RunsFormat, ...] = (
    RunsFormat("svg", "curves as a vector figure", ".svg", write_charts_svg),
    RunsFormat("png", "curves as a pixel figure", ".png", write_charts_png),
    RunsFormat("txt", "curves as plain text", ".txt", write_charts_text),
)


def format_of(name: str) -> Format:
    """Return a format of one run by its name.

    Raises
    ------
    ValueError
        There is no such format; the message lists the formats.
    """
    return _named(name, FORMATS)


def runs_format_of(name: str, formats: Sequence[RunsFormat] = TABLE_FORMATS) -> RunsFormat:
    """Return a format of several runs by its name: of `TABLE_FORMATS`, or of `CHART_FORMATS`.

    Raises
    ------
    ValueError
        There is no such format; the message lists the formats.
    """
    return _named(name, formats)


def _named(name: str, formats: Sequence[F]) -> F:
    for each in formats:
        if each.name == name:
            return each
    raise ValueError(f"there is no format {name}; there are {', '.join(each.name for each in formats)}")


def default_name(run: Run, wanted: Format) -> str:
    """Return a file name for a run in a format, such as ``14-100-40-4-run-1.csv``."""
    return f"{run.architecture or 'network'}-{run.id}{wanted.suffix}"
