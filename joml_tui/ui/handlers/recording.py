"""Recording: the store's trouble is told, runs go into it, and earlier ones come back."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.message import Message

from joml_tui.runs.run import Run
from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.deferred_calls import call_once, in_worker
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.handlers.training import TrainingHandlers
from joml_tui.ui.run_history.history_screen import EarlierRuns, Wanted
from joml_tui.ui.run_history.recording import Recording
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.runs.session import LabRun
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.threads import in_background

#: After which a run that has just begun or ended has its number.
_SECONDS_TO_NUMBER = 0.8


class RecordingHandlers(TrainingHandlers):
    """What the lab does about its store.

    Attributes
    ----------
    recording : Recording
    """

    recording: Recording

    class Recorded(Message):
        """The store is open, or something about it is to be told; posted from its threads."""

        def __init__(self, said: str = "", *, recovered: bool = False) -> None:
            super().__init__()
            self.said, self.recovered = said, recovered

    @on(Recorded)
    def _recorded(self, event: Recorded) -> None:
        if event.said:
            severity = "information" if event.recovered else "warning"
            self.say(text.sentence(event.said), severity=severity, title="Record of the runs")
        elif self.recording.interrupted:
            self.say(_interrupted(len(self.recording.interrupted)), title="Interrupted", severity="warning")
        self.show_selected()

    def record(self, lab_run: LabRun) -> None:
        """Record a run from now on."""
        self.recording.add(lab_run.run, lab_run.recorded_name, lab_run.note, lab_run.tags)
        self._show_number_soon()

    def describe(self, lab_run: LabRun) -> None:
        """Have the store call a run what the lab calls it."""
        self.recording.describe(lab_run.run, lab_run.recorded_name, lab_run.note, lab_run.tags)

    def forget(self, lab_run: LabRun) -> None:
        """Delete a run from the store that cannot be brought back; one that came from there stays there."""
        if not lab_run.stored:
            self.recording.delete(lab_run.run)

    def close_record(self) -> str:
        """Write the end of all runs and close the store; give a sentence where that could not be done."""
        runs = [lab_run.run for lab_run in self.book.runs]
        for _, lab_run in self.book.deleted:
            self.forget(lab_run)
        self.book.deleted.clear()
        return self.recording.close(runs)

    def said_of_record(self, lab_run: LabRun) -> str:
        """Say under which number a run is stored, or that it is not."""
        number = self.recording.number_of(lab_run.run)
        if number is not None:
            return f"stored as {number}"
        return "" if self.recording.path is None or self.recording.records else "not recorded"

    @property
    def said_of_earlier(self) -> str:
        """Say how many earlier runs there are, where the lab has none yet."""
        if self.recording.trouble:
            return text.sentence(f"not recorded: {self.recording.trouble}")
        count = self.recording.earlier
        if not count:
            return ""
        return f"{count:,} earlier run{'s' if count > 1 else ''}: press {key_of('earlier')}"

    def _show_number_soon(self) -> None:
        if self.recording.records:
            call_once(self, _SECONDS_TO_NUMBER, self.show_selected)

    # --- Earlier runs ----------------------------------------------------------------------------------------------

    def action_earlier(self) -> None:
        """Show the runs of the store that are not in the lab."""
        store = self.recording.store
        if store is None:
            why = self.recording.trouble or ("the store is being opened" if self.recording.records else "there is none")
            self.say(text.sentence(f"no earlier runs can be shown: {why}"), severity="warning", title="Earlier runs")
            return
        present = {self.recording.number_of(run) for run in self._present}
        open_screen(self, EarlierRuns(store, {number for number in present if number is not None}), self._opened)

    @property
    def _present(self) -> list[Run]:
        return [lab_run.run for lab_run in (*self.book.runs, *(each for _, each in self.book.deleted))]

    def _opened(self, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        if wanted.resume:
            self._resume(wanted.numbers[0])
        else:
            self._restore(wanted.numbers)

    @in_worker(group="earlier")
    async def _restore(self, numbers: tuple[int, ...]) -> None:
        """Bring runs of the store into the table."""
        from joml_tui.store import restored  # noqa: PLC0415  # the store has been imported in its thread by now

        store = self.recording.store
        assert store is not None
        refused: list[str] = []
        for number in numbers:
            if number in {self.recording.number_of(run) for run in self._present}:
                continue
            try:
                record = await in_background(store.run, number)
                run = await in_background(restored, store, number)
            except Exception as error:  # a damaged run is told, and the others come
                refused.append(str(error) or type(error).__name__)
                continue
            self.recording.know(run, number)
            lab_run = self.book.take(run, name=record.name, note=record.note, tags=record.tags)
            lab_run.marked = len(numbers) > 1
            self._take_in(lab_run)
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            self.say(f"{text.sentence(refused[0], 250)}{more}", severity="error", title="Cannot open")

    @in_worker(group="earlier")
    async def _resume(self, number: int, changed_data: bool = False) -> None:
        """Go on with a run of the store, where no other is at work; asks first where its data files have changed."""
        from joml_tui.store import DataChangedError, resumed  # noqa: PLC0415

        store = self.recording.store
        assert store is not None
        if self.book.training is not None:
            self.say(f"{self.book.training.label} is training; pause or stop it before resuming run {number}.")
            return
        try:
            record = await in_background(store.run, number)
            run, written = await in_background(
                resumed, store, number, paused=True, on_change=self.tell, changed_data=changed_data
            )
        except DataChangedError as error:
            self._ask_about_changed_data(number, str(error))
            return
        except Exception as error:  # whatever stops it from going on is told, and the lab goes on
            self.say(text.sentence(str(error) or type(error).__name__), severity="error", title="Cannot resume")
            return
        self.recording.add_resumed(run, written)
        lab_run = self.book.take(run, name=record.name, note=record.note, tags=record.tags)
        if self.book.training in (None, lab_run):
            run.resume()
        self._take_in(lab_run)
        self._show_number_soon()

    def _ask_about_changed_data(self, number: int, changes: str) -> None:
        """Ask whether a run goes on with other data than those that it was trained on."""
        question = Question(
            "Data have changed",
            f"{changes}. Continuing mixes both: the results belong to neither data set alone.",
            (Answer("leave", "Leave it", "l"), Answer("go-on", "Continue with the new data", "g", "warning")),
        )
        open_screen(self, question, partial(self._go_on_with_changed_data, number))

    def _go_on_with_changed_data(self, number: int, answer: str | None) -> None:
        if answer == "go-on":
            self._resume(number, changed_data=True)

    def _take_in(self, lab_run: LabRun) -> None:
        self.query_one(RunsTable).add_run(lab_run, self.book.runs)
        if self.one_area:
            self.show_area("runs")
        self.run_changed(lab_run)


def _interrupted(count: int) -> str:
    if count == 1:
        return f"1 run was interrupted; press {key_of('earlier')} to resume it."
    return f"{count:,} runs were interrupted; press {key_of('earlier')} to resume them."
