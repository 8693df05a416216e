"""Keeping: what leaves the lab as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from joml_tui import export
from joml_tui.runs.run import Run
from joml_tui.ui.actions import key_of
from joml_tui.ui.dialogs.export_dialog import Export, Offer
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.screen_stack import open_screen


class KeepingHandlers(LabScreen):
    """What the actions of keeping do."""

    def action_export_run(self) -> None:
        """Write the selected run's series, network or experiment."""
        selected = self.selected
        if selected is None:
            self.say(f"No run to export yet. Press {key_of('train')} to train this network.")
            return
        self._export(f"Export {selected.label}", [_offer(selected.run, known) for known in export.FORMATS])

    def action_export_table(self) -> None:
        """Write the table of runs."""
        if not self.book.runs:
            self.say(f"No runs to export yet. Press {key_of('train')} to train this network.")
            return
        runs = [
            export.AnnotatedRun(entry.run, entry.name, entry.tags, entry.note, entry.number) for entry in self.book.runs
        ]

        def write(path: Path, overwrite: bool) -> None:
            export.write_table_csv(runs, path, overwrite=overwrite)

        path = export.free_path(Path.cwd() / export.default_table_name())
        self._export("Export the table of runs", [Offer("CSV", path, ".csv", write)])

    def _export(self, title: str, offers: Sequence[Offer]) -> None:
        def written(path: Path | None) -> None:
            if path is not None:
                self.say(f"Written to {path}", title="Export")

        open_screen(self, Export(title, offers), written)


def _offer(run: Run, known: export.Format) -> Offer:
    def write(path: Path, overwrite: bool) -> None:
        known.write(run, path, overwrite=overwrite)

    path = export.free_path(Path.cwd() / export.default_name(run, known))
    return Offer(f"{known.name}: {known.title}", path, known.suffix, write)
