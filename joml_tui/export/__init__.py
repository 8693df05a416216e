"""Exports of runs for other programs; files are written completely, and never replaced by default.

The modules of these names are imported when first used.
"""

from typing import TYPE_CHECKING

from joml.first_use import importing

if TYPE_CHECKING:
    from joml_tui.export.chart_files import charts_text
    from joml_tui.export.experiment_file import write_experiment
    from joml_tui.export.extras import missing_extra
    from joml_tui.export.formats import (
        CHART_FORMATS,
        FORMATS,
        TABLE_FORMATS,
        Format,
        RunsFormat,
        default_name,
        format_of,
        runs_format_of,
    )
    from joml_tui.export.network_source import weights_path, write_joml_script, write_torch_script
    from joml_tui.export.onnx_file import write_onnx
    from joml_tui.export.row_files import check_row_format, write_row_file
    from joml_tui.export.run_tables import (
        default_series_name,
        default_table_name,
        write_rows,
        write_series_csv,
        write_table_csv,
    )
    from joml_tui.export.safe_files import ExportError, check_writable, exported, free_path
    from joml_tui.export.weight_files import read_network, write_npz, write_safetensors
    from joml_tui.runs.annotated_run import AnnotatedRun

__all__ = [
    "CHART_FORMATS",
    "FORMATS",
    "TABLE_FORMATS",
    "AnnotatedRun",
    "ExportError",
    "Format",
    "RunsFormat",
    "charts_text",
    "check_row_format",
    "check_writable",
    "default_name",
    "default_series_name",
    "default_table_name",
    "exported",
    "format_of",
    "free_path",
    "missing_extra",
    "read_network",
    "runs_format_of",
    "weights_path",
    "write_experiment",
    "write_joml_script",
    "write_npz",
    "write_onnx",
    "write_row_file",
    "write_rows",
    "write_safetensors",
    "write_series_csv",
    "write_table_csv",
    "write_torch_script",
]

#: These names by the modules that have them.
_HOMES = {
    "joml_tui.export.chart_files": "charts_text",
    "joml_tui.export.experiment_file": "write_experiment",
    "joml_tui.export.extras": "missing_extra",
    "joml_tui.export.formats": (
        "CHART_FORMATS FORMATS TABLE_FORMATS Format RunsFormat default_name format_of runs_format_of"
    ),
    "joml_tui.export.network_source": "weights_path write_joml_script write_torch_script",
    "joml_tui.export.onnx_file": "write_onnx",
    "joml_tui.export.row_files": "check_row_format write_row_file",
    "joml_tui.export.run_tables": (
        "default_series_name default_table_name write_rows write_series_csv write_table_csv"
    ),
    "joml_tui.export.safe_files": "ExportError check_writable exported free_path",
    "joml_tui.export.weight_files": "read_network write_npz write_safetensors",
    "joml_tui.runs.annotated_run": "AnnotatedRun",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = importing(__name__, _HOMES)
