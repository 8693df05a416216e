"""Keeping: what leaves the lab as files."""

from __future__ import annotations

from pathlib import Path

from joml_tui import export
from joml_tui.ui.actions import key_of
from joml_tui.ui.dialogs.export import Export, Write
from joml_tui.ui.handlers.base import LabScreen


class KeepingHandlers(LabScreen):
    """What the actions of keeping do."""

    def action_export_run(self) -> None:
        """Write the selected run's series."""
        selected = self.selected
        if selected is None:
            self.say(f"No run to export yet. {key_of('train')} trains the composed network.")
            return
        run = selected.run

        def write(path: Path, overwrite: bool) -> None:
            export.write_series_csv(run, path, overwrite=overwrite)

        self._export(f"Export the series of {selected.label}", export.default_series_name(run), write)

    def action_export_table(self) -> None:
        """Write the table of runs."""
        if not self.book.runs:
            self.say(f"No runs to export yet. {key_of('train')} trains the composed network.")
            return
        runs = [export.Written(entry.run, entry.name, entry.tags, entry.note) for entry in self.book.runs]

        def write(path: Path, overwrite: bool) -> None:
            export.write_table_csv(runs, path, overwrite=overwrite)

        self._export("Export the table of runs", export.default_table_name(), write)

    def _export(self, title: str, name: str | Path, write: Write) -> None:
        def written(path: Path | None) -> None:
            if path is not None:
                self.say(f"Written to {path}", title="Export")

        self.app.push_screen(Export(title, export.free_path(Path.cwd() / name), write), written)
