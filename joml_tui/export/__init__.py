"""What has been trained, in files that other programs read: whole or not there, and never written over unasked."""

from joml_tui.export.files import ExportError, check_writable, exported, free_path
from joml_tui.export.formats import FORMATS, Format, default_name, format_of
from joml_tui.export.tables import (
    Written,
    default_series_name,
    default_table_name,
    write_rows,
    write_series_csv,
    write_table_csv,
)

__all__ = [
    "FORMATS",
    "ExportError",
    "Format",
    "Written",
    "check_writable",
    "default_name",
    "default_series_name",
    "default_table_name",
    "exported",
    "format_of",
    "free_path",
    "write_rows",
    "write_series_csv",
    "write_table_csv",
]
