"""The control of the run history: messages of the store, and opening and resuming its runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.screen import Screen

from joml_tui.ui import text
from joml_tui.ui.actions import key_of
from joml_tui.ui.deferred_calls import call_soon, in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.runs.pace_control import PaceControl
from joml_tui.ui.runs.recording import Recording
from joml_tui.ui.runs.run_control import RunControl
from joml_tui.ui.runs.runs_area import RunsArea
from joml_tui.ui.runs.session import LabRun, Session
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.threads import in_background

if TYPE_CHECKING:
    from joml_tui.ui.run_history.history_screen import Wanted


class HistoryControl:
    """The control of the run history.

    Parameters
    ----------
    session : Session
    recording : Recording
    runs : RunsArea
    training : RunControl
    pace : PaceControl
    arrangement : Arrangement
    """

    def __init__(
        self,
        session: Session,
        recording: Recording,
        runs: RunsArea,
        training: RunControl,
        pace: PaceControl,
        arrangement: Arrangement,
    ) -> None:
        self._session, self._recording, self._runs = session, recording, runs
        self._training, self._pace, self._arrangement = training, pace, arrangement
        recording.on_trouble = partial(self._in_screen, self._warn)
        recording.on_recovery = partial(self._in_screen, self._inform)
        recording.on_open = partial(self._in_screen, self._show_opened)

    @property
    def screen(self) -> Screen[None]:
        """The lab's screen."""
        return self._arrangement.screen

    # --- Messages of the store -------------------------------------------------------------------------------------

    def _in_screen(self, tell: Callable[..., None], *args: str) -> None:
        """Call a function in the screen's thread; called in the store's thread."""
        call_soon(self.screen, tell, *args)

    def _warn(self, sentence: str) -> None:
        say(self.screen, text.sentence(sentence), severity="warning", title="Record of the runs")
        self._runs.show_line()

    def _inform(self, sentence: str) -> None:
        say(self.screen, text.sentence(sentence), title="Record of the runs")
        self._runs.show_line()

    def _show_opened(self) -> None:
        if self._recording.interrupted:
            interrupted = _describe_interrupted(len(self._recording.interrupted))
            say(self.screen, interrupted, title="Interrupted", severity="warning")
        self._session.count_on_from(self._recording.last_number)
        self._runs.show_numbers()

    # --- Earlier runs ----------------------------------------------------------------------------------------------

    def action_show(self) -> None:
        """Show the runs of the store that are not in the lab."""
        from joml_tui.ui.run_history.history_screen import EarlierRuns  # noqa: PLC0415 - not before the first paint

        recording = self._recording
        if recording.store is None:
            why = recording.trouble or ("the store is being opened" if recording.records else "this lab records none")
            message = text.sentence(f"no earlier runs can be shown: {why}")
            say(self.screen, message, severity="warning", title="Earlier runs")
            return
        open_screen(self.screen, EarlierRuns(recording.store, self._numbers_in_lab()), self._bring_back)

    def _numbers_in_lab(self) -> set[int]:
        """Return the store's numbers of the runs in the lab, including deleted ones that can be restored."""
        session = self._session
        runs = [lab_run.run for lab_run in (*session.runs, *(each for _, each in session.deleted))]
        numbers = (self._recording.number_of(run) for run in runs)
        return {number for number in numbers if number is not None}

    def _bring_back(self, wanted: Wanted | None) -> None:
        if wanted is None:
            return
        if wanted.resume:
            self._resume(wanted.numbers[0])
        else:
            self._open(wanted.numbers)

    @in_worker(group="earlier")
    async def _open(self, numbers: tuple[int, ...]) -> None:
        """Load runs of the store into the table."""
        from joml_tui.store import restored  # noqa: PLC0415  # the store has been imported in its thread by now

        store = self._recording.store
        assert store is not None
        refused: list[str] = []
        for number in numbers:
            if number in self._numbers_in_lab():
                continue
            try:
                record = await in_background(store.run, number)
                run = await in_background(restored, store, number)
            except Exception as error:  # a damaged run is reported, and the others are loaded
                refused.append(str(error) or type(error).__name__)
                continue
            self._recording.know(run, number)
            lab_run = self._session.take(run, number, name=record.name, note=record.note, tags=record.tags)
            lab_run.marked = len(numbers) > 1
            self._add(lab_run)
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            say(self.screen, f"{text.sentence(refused[0], 250)}{more}", severity="error", title="Cannot open")

    @in_worker(group="earlier")
    async def _resume(self, number: int, changed_data: bool = False) -> None:
        """Resume a run of the store if no other trains; ask first if its data files have changed."""
        from joml_tui.store import DataChangedError, resumed  # noqa: PLC0415

        store, session = self._recording.store, self._session
        assert store is not None
        if session.training is not None:
            message = f"{session.training.label} is training; pause or stop it before resuming run {number}."
            say(self.screen, message)
            return
        try:
            record = await in_background(store.run, number)
            run, written = await in_background(
                resumed, store, number, paused=True, on_change=self._training.tell, changed_data=changed_data
            )
        except DataChangedError as error:
            self._ask_about_changed_data(number, str(error))
            return
        except Exception as error:  # any error is shown, and the lab continues
            message = text.sentence(str(error) or type(error).__name__)
            say(self.screen, message, severity="error", title="Cannot resume")
            return
        run.set_pace(self._pace.of_new_run(run.experiment))
        self._recording.add_resumed(run, written)
        lab_run = session.take(run, number, name=record.name, note=record.note, tags=record.tags)
        if session.training in (None, lab_run):
            run.resume()
        self._add(lab_run)

    def _ask_about_changed_data(self, number: int, changes: str) -> None:
        """Ask whether to continue a run with changed data."""
        from joml_tui.ui.dialogs.question_dialog import Answer, Question  # noqa: PLC0415 - not before the first paint

        question = Question(
            "Data have changed",
            f"{changes}. Continuing mixes both: the results belong to neither data set alone.",
            (Answer("leave", "Leave it", "l"), Answer("go-on", "Continue with the new data", "g", "warning")),
        )
        open_screen(self.screen, question, partial(self._go_on_with_changed_data, number))

    def _go_on_with_changed_data(self, number: int, answer: str | None) -> None:
        if answer == "go-on":
            self._resume(number, changed_data=True)

    def _add(self, lab_run: LabRun) -> None:
        self._runs.add(lab_run)
        if self._arrangement.one_area:
            self._arrangement.show("runs")


def _describe_interrupted(count: int) -> str:
    if count == 1:
        return f"1 run was interrupted; press {key_of('earlier')} to resume it."
    return f"{count:,} runs were interrupted; press {key_of('earlier')} to resume them."
