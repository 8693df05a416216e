"""The control of exports: a run's series, network or settings, and the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from joml_tui import export
from joml_tui.runs.run import Run
from joml_tui.ui.actions import key_of
from joml_tui.ui.notices import say
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import Session
from joml_tui.ui.screen_stack import open_screen
from joml_tui.working_folder import working_folder

if TYPE_CHECKING:
    from joml_tui.ui.dialogs.export_dialog import Offer


class ExportControl:
    """The control of exports.

    Parameters
    ----------
    session : Session
    runs : RunsArea
    """

    def __init__(self, session: Session, runs: RunsArea) -> None:
        self._session, self._runs = session, runs

    def action_run(self) -> None:
        """Write the selected run's series, network or experiment."""
        selected = self._runs.selected
        if selected is None:
            say(self._runs, f"No run to export yet. Press {key_of('train')} to train this network.")
            return
        self._export(f"Export {selected.label}", [_offer(selected.run, each) for each in export.FORMATS])

    def action_table(self) -> None:
        """Write the table of runs."""
        from joml_tui.ui.dialogs.export_dialog import Offer  # noqa: PLC0415 - not before the first paint

        if not self._session.runs:
            say(self._runs, f"No runs to export yet. Press {key_of('train')} to train this network.")
            return
        runs = [
            export.AnnotatedRun(entry.run, entry.name, entry.tags, entry.note, entry.number)
            for entry in self._session.runs
        ]

        def write(path: Path, overwrite: bool) -> None:
            export.write_table_csv(runs, path, overwrite=overwrite)

        path = export.free_path(working_folder() / export.default_table_name())
        self._export("Export the table of runs", [Offer("CSV", path, ".csv", write)])

    def _export(self, title: str, offers: Sequence[Offer]) -> None:
        from joml_tui.ui.dialogs.export_dialog import Export  # noqa: PLC0415 - not before the first paint

        open_screen(self._runs, Export(title, offers), self._tell_written)

    def _tell_written(self, path: Path | None) -> None:
        if path is not None:
            say(self._runs, f"Written to {path}", title="Export")


def _offer(run: Run, file_format: export.Format) -> Offer:
    from joml_tui.ui.dialogs.export_dialog import Offer  # noqa: PLC0415 - not before the first paint

    def write(path: Path, overwrite: bool) -> None:
        file_format.write(run, path, overwrite=overwrite)

    path = export.free_path(working_folder() / export.default_name(run, file_format))
    missing = export.missing_extra(file_format.extra)
    name = f"{file_format.name} (needs {missing})" if missing else file_format.name
    return Offer(f"{name}: {file_format.title}", path, file_format.suffix, write)
