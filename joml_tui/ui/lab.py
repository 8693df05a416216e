"""The lab's one screen: compose, charts and runs, and what each action does."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, DataTable, Footer, Label, Select

from joml_tui import export
from joml_tui.experiment import Experiment
from joml_tui.runner import Run, RunState, prewarm
from joml_tui.ui import actions, text
from joml_tui.ui.charts import ChartedRun, Charts
from joml_tui.ui.compose.area import ComposeArea
from joml_tui.ui.compose.choices import describe_dataset, describe_optimizer
from joml_tui.ui.compose.layers import LayerList
from joml_tui.ui.dialogs.export import Export, Write
from joml_tui.ui.dialogs.failure import Failure
from joml_tui.ui.dialogs.help import Help
from joml_tui.ui.dialogs.question import Answer, Question
from joml_tui.ui.line import Line
from joml_tui.ui.runs.book import LabRun, RunBook
from joml_tui.ui.runs.progress import Progress
from joml_tui.ui.runs.table import RunsTable

#: How often the screen asks live runs how far they are; over SSH a frame costs more than it tells.
_SECONDS_A_LOOK = 1.0 if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY") else 0.4

_SMOOTHINGS = (0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_AREAS = ("compose", "charts", "runs")
_BUTTONS = ("train", "pause", "step", "stop")


class Lab(Screen[None]):
    """Compose at the left, charts at the right, runs beneath; a small terminal shows one of them at a time."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall"), (40, "-very-tall")]
    AUTO_FOCUS = ""
    BINDINGS = [*actions.bindings("lab")]

    class RunChanged(Message):
        """A run came to another point of its life; posted from its thread."""

        def __init__(self, run: Run) -> None:
            super().__init__()
            self.run = run

    def __init__(self, experiment: Experiment, preset: str = "") -> None:
        super().__init__(classes="-tabs-compose")
        self.book = RunBook()
        self._experiment, self._preset = experiment, preset
        self._charted: list[tuple[str, bool, str]] = []

    def compose(self) -> ComposeResult:
        """Put the three areas into one tree; the style sheets place them."""
        with Horizontal(id="tabs"):
            yield Label("JOML", id="product")
            for place, area in enumerate(_AREAS, start=1):
                yield Tab(f"{place} {area.capitalize()}", area, active=place == 1)
        with Horizontal(id="work"):
            yield ComposeArea(self._experiment, self._preset, id="compose")
            with Vertical(id="charts-area"):
                with Horizontal(id="chart-settings"):
                    yield Button("Cost: linear", id="log-cost", compact=True)
                    yield Button("−", id="rougher", compact=True)
                    yield Label("", id="smoothing")
                    yield Button("+", id="smoother", compact=True)
                yield Charts(id="charts")
        with Vertical(id="runs-area"):
            yield RunsTable(id="runs")
            with Horizontal(id="run-line"):
                yield Line(id="settings-line")
                with Horizontal(id="export-buttons"):
                    yield Button("Export run", id="export-run", compact=True)
                    yield Button("Export table", id="export-table", compact=True)
        with Horizontal(id="transport"):
            for name in _BUTTONS:
                yield Button(actions.BY_ID[name].label, id=name, compact=True)
            yield Progress(id="progress")
        yield Footer()

    def on_mount(self) -> None:
        """Begin with the composed network in view and nothing to look after."""
        for button in self.query(Button):
            action = actions.BY_ID.get(button.id or "")
            if action is not None:
                button.can_focus = False
                button.tooltip = Content(action.help)
        self._timer = self.set_interval(_SECONDS_A_LOOK, self._look, pause=True)
        self._show_smoothing()
        self._show_selected()
        self.app.theme_changed_signal.subscribe(self, self._theme_changed)
        self.call_after_refresh(prewarm)

    # --- Training --------------------------------------------------------------------------------------------------

    @property
    def selected(self) -> LabRun | None:
        """The run that the table's cursor stands on."""
        row = self.query_one(RunsTable).cursor_row
        return self.book.runs[row] if 0 <= row < len(self.book.runs) else None

    @property
    def driven(self) -> LabRun | None:
        """The run that pause, step and stop are about: the selected one if it is alive, else the one at work."""
        selected = self.selected
        if selected is not None and selected.live:
            return selected
        return self.book.training or (self.book.live[-1] if self.book.live else None)

    def action_train(self) -> None:
        """Train the composed network; explain why where that is impossible."""
        self._train()

    @work(exclusive=True, group="train", exit_on_error=False)
    async def _train(self, *, one_step: bool = False) -> None:
        area = self.query_one(ComposeArea)
        reading = await area.checked()
        if reading.experiment is None or reading.problems:
            problem = reading.problems[0]
            self._show_area("compose")
            area.focus_problem(problem)
            self._say(text.sentence(problem.message), severity="error", title=f"Cannot start: {area.title_of(problem)}")
            return
        training = self.book.training
        if training is None:
            self._start(reading.experiment, one_step=one_step)
            return
        question = Question(
            f"{training.label} is training",
            "One run trains at a time. Pause it, to be resumed later, or stop it, which keeps its result, "
            "and train the new one?",
            (
                Answer("keep", "Let it train", "l"),
                Answer("pause", "Pause it", "p", "primary"),
                Answer("stop", "Stop it", "x", "warning"),
            ),
        )
        self.app.push_screen(question, partial(self._start_instead, reading.experiment, training))

    def _start_instead(self, experiment: Experiment, training: LabRun, answer: str | None) -> None:
        if answer == "pause":
            training.run.pause()
        elif answer == "stop":
            training.run.stop()
        else:
            return
        self._start(experiment)

    def _start(self, experiment: Experiment, *, one_step: bool = False) -> None:
        try:
            lab_run = self.book.start(experiment, self._tell, paused=one_step)
        except Exception as error:  # whatever stops a run from starting is told, and the lab goes on
            self.app.push_screen(Failure("The run could not start", str(error) or type(error).__name__, ""))
            return
        if one_step:
            lab_run.run.step()
        self.query_one(RunsTable).add_run(lab_run)
        if self.has_class("-tabs-compose") and self._one_area:
            self._show_area("charts")
        self._changed(lab_run)

    def _tell(self, run: Run) -> None:
        """Pass a change of a run's life on to the screen; called in the run's thread."""
        self.post_message(self.RunChanged(run))

    def action_pause(self) -> None:
        """Pause the driven run, or resume it."""
        lab_run = self.driven
        if lab_run is None:
            self._say(f"No run to pause. {_key('train')} trains the composed network.")
        elif lab_run.training:
            lab_run.run.pause()
        elif self.book.training is not None:
            self._say(f"{self.book.training.label} is training; pause or stop it before resuming {lab_run.label}.")
        else:
            lab_run.run.resume()

    def action_step(self) -> None:
        """Do one iteration and pause; without a run alive, begin one that way."""
        lab_run = self.driven
        if lab_run is None:
            self._train(one_step=True)
        else:
            lab_run.run.step()

    def action_stop(self) -> None:
        """End the driven run; its result stays."""
        lab_run = self.driven
        if lab_run is None:
            self._say("No run to stop.")
        else:
            lab_run.run.stop()

    @on(RunChanged)
    def _run_changed(self, event: RunChanged) -> None:
        lab_run = self.book.of(event.run)
        if lab_run is not None:
            self._changed(lab_run)
            self._announce(lab_run)

    def _announce(self, lab_run: LabRun) -> None:
        run = lab_run.run
        if not run.state.ended or lab_run.announced:
            return
        lab_run.announced = True
        if run.state is RunState.FAILED:
            self.app.push_screen(Failure(f"{lab_run.label} failed", run.message or "The run failed.", run.details))
        elif run.state is RunState.DIVERGED:
            self._say(
                f"{text.sentence(run.message or 'diverged')}. A smaller learning rate is the usual remedy.",
                severity="warning",
                title=lab_run.label,
            )

    def stop_all(self) -> None:
        """End all runs, before the lab is left."""
        self._timer.stop()
        self.book.stop_all()

    # --- Looking at runs -------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Bring what live runs show up to date; nothing is drawn where nothing changed."""
        live = self.book.live
        table = self.query_one(RunsTable)
        for lab_run in live:
            table.show_run(lab_run)
        self._show_line()
        self._show_progress()
        if not live:
            self._timer.pause()

    def _changed(self, lab_run: LabRun) -> None:
        """Follow a change of a run's life: its row, its curves, the buttons, the timer."""
        self.query_one(RunsTable).show_run(lab_run)
        self._show_selected()
        if self.book.live:
            self._timer.resume()
        else:
            self._timer.pause()

    @on(DataTable.RowHighlighted)
    def _row_selected(self) -> None:
        self._show_selected()

    @on(DataTable.RowSelected)
    def _row_entered(self) -> None:
        self.action_mark()

    def _show_selected(self) -> None:
        """Show everything that depends on which run is selected, and on its state."""
        selected, driven = self.selected, self.driven
        self._show_line()
        self.query_one("#pause", Button).label = "Resume" if driven is not None and not driven.training else "Pause"
        for name in ("pause", "stop"):
            self.query_one(f"#{name}", Button).disabled = driven is None
        for name in ("export-run", "export-table"):
            self.query_one(f"#{name}", Button).disabled = selected is None
        self._show_progress()
        self._show_charts()

    def _show_line(self) -> None:
        line = "No runs yet" if self.selected is None else _settings(self.selected)
        self.query_one("#settings-line", Line).say(line)

    def _show_progress(self) -> None:
        self.query_one(Progress).show(self.driven or self.selected, f"{_key('train')} trains the composed network")

    def _show_charts(self) -> None:
        """Chart the selected run, the marked ones and those alive."""
        selected = self.selected
        shown = [entry for entry in self.book.runs if entry is selected or entry.marked or entry.live]
        shown.sort(key=lambda entry: entry is not selected)  # the selected run lies on top
        curves = [
            ChartedRun(
                key=entry.key,
                label=entry.label,
                colour_index=entry.number - 1,
                history=entry.run.history,
                live=entry.live,
                mark=text.plain(entry.run.message, 60) if entry.run.state is RunState.DIVERGED else "",
            )
            for entry in shown
            if entry.run.history is not None
        ]
        # The same curves again would only cost a frame; a history changes when its run ends.
        charted = [(curve.key, curve.live, f"{curve.mark}{id(curve.history)}") for curve in curves]
        if charted != self._charted:
            self._charted = charted
            self.query_one(Charts).show(curves)

    def action_mark(self) -> None:
        """Keep the selected run's curves in the charts, or let them go."""
        selected = self.selected
        if selected is None:
            self._say("No run to mark yet.")
            return
        selected.marked = not selected.marked
        self.query_one(RunsTable).show_run(selected)
        self._show_charts()

    def action_log_cost(self) -> None:
        """Change the cost's axis."""
        charts = self.query_one(Charts)
        charts.log_cost = not charts.log_cost
        self.query_one("#log-cost", Button).label = f"Cost: {'logarithmic' if charts.log_cost else 'linear'}"

    def action_smoother(self) -> None:
        """Smooth over the next longer window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in _SMOOTHINGS if value > charts.smoothing), _SMOOTHINGS[-1])
        self._show_smoothing()

    def action_rougher(self) -> None:
        """Smooth over the next shorter window."""
        charts = self.query_one(Charts)
        charts.smoothing = next((value for value in reversed(_SMOOTHINGS) if value < charts.smoothing), 0)
        self._show_smoothing()

    def _show_smoothing(self) -> None:
        window = self.query_one(Charts).smoothing
        said = f"smoothing {window:,}" if window else "no smoothing"
        self.query_one("#smoothing", Label).update(Content(said))

    def _theme_changed(self, _theme: object) -> None:
        self.query_one(RunsTable).repaint_runs(self.book.runs)

    # --- Keeping ---------------------------------------------------------------------------------------------------

    def action_export_run(self) -> None:
        """Write the selected run's series."""
        selected = self.selected
        if selected is None:
            self._say(f"No run to export yet. {_key('train')} trains the composed network.")
            return
        run = selected.run

        def write(path: Path, overwrite: bool) -> None:
            export.write_series_csv(run, path, overwrite=overwrite)

        self._export(f"Export the series of {selected.label}", export.default_series_name(run), write)

    def action_export_table(self) -> None:
        """Write the table of runs."""
        if not self.book.runs:
            self._say(f"No runs to export yet. {_key('train')} trains the composed network.")
            return
        runs = [entry.run for entry in self.book.runs]

        def write(path: Path, overwrite: bool) -> None:
            export.write_table_csv(runs, path, overwrite=overwrite)

        self._export("Export the table of runs", export.default_table_name(), write)

    def _export(self, title: str, name: str | Path, write: Write) -> None:
        def written(path: Path | None) -> None:
            if path is not None:
                self._say(f"Written to {path}", title="Export")

        self.app.push_screen(Export(title, export.free_path(Path.cwd() / name), write), written)

    # --- Composing -------------------------------------------------------------------------------------------------

    def action_preset(self) -> None:
        """Open the list of experiments."""
        self._show_area("compose")
        select = self.query_one("#experiment", Select)
        select.focus()
        select.action_show_overlay()

    def action_network(self) -> None:
        """Edit the architecture as text."""
        self._show_area("compose")
        self.query_one("#architecture").focus()

    def action_layers(self) -> None:
        """Edit the layers one by one."""
        self._show_area("compose")
        self.query_one(LayerList).focus()

    def action_layer_add(self) -> None:
        """Add a layer."""
        self._edit_layers(LayerList.add)

    def action_layer_copy(self) -> None:
        """Duplicate a layer."""
        self._edit_layers(LayerList.copy)

    def action_layer_delete(self) -> None:
        """Delete a layer."""
        self._edit_layers(LayerList.delete)

    def action_layer_up(self) -> None:
        """Move a layer up."""
        self._edit_layers(lambda layers: layers.move(-1))

    def action_layer_down(self) -> None:
        """Move a layer down."""
        self._edit_layers(lambda layers: layers.move(1))

    def action_layer_activation(self) -> None:
        """Choose a layer's next activation."""
        self._edit_layers(lambda layers: layers.action_activation(1))

    def action_layer_dropout(self) -> None:
        """Choose a layer's dropout."""
        self._edit_layers(LayerList.next_dropout)

    def action_layer_normalised(self) -> None:
        """Normalise a layer, or do not."""
        self._edit_layers(LayerList.toggle_normalised)

    def action_layer_residual(self) -> None:
        """Choose where a layer's residual block starts."""
        self._edit_layers(LayerList.next_residual)

    def _edit_layers(self, edit: Callable[[LayerList], None]) -> None:
        """Edit the selected layer, with the list in view so that one sees which it is."""
        layers = self.query_one(LayerList)
        if not layers.has_focus:
            self.action_layers()
        edit(layers)

    # --- The screen itself -----------------------------------------------------------------------------------------

    @property
    def _one_area(self) -> bool:
        return self.has_class("-narrow") or self.has_class("-short")

    def action_area_compose(self) -> None:
        """Go to the settings; to a list, so that the number keys go on choosing areas."""
        self._show_area("compose")
        self.query_one("#dataset").focus()

    def action_area_charts(self) -> None:
        """Go to the charts."""
        self._show_area("charts")
        charts = self.query_one(Charts)
        self.set_focus(charts if charts.focusable else None)

    def action_area_runs(self) -> None:
        """Go to the table of runs."""
        self._show_area("runs")
        self.query_one(RunsTable).focus()

    def _show_area(self, area: str) -> None:
        if not self.has_class(f"-tabs-{area}"):
            # Each change of the screen's classes styles the whole tree anew: once is enough.
            self.remove_class(*(f"-tabs-{name}" for name in _AREAS), update=False)
            self.add_class(f"-tabs-{area}")
            for tab in self.query(Tab):
                tab.set_class(tab.area == area, "-active")
        focused = self.focused
        if self._one_area and focused is not None and not focused.is_on_screen:
            self.set_focus(None)

    def action_light_dark(self) -> None:
        """Change between a dark and a light theme."""
        self.app.theme = "textual-light" if self.app.current_theme.dark else "textual-dark"

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(Help())

    async def action_quit(self) -> None:
        """Leave the lab."""
        await self.app.action_quit()

    @on(Button.Pressed)
    async def _button(self, event: Button.Pressed) -> None:
        action = actions.BY_ID.get(event.button.id or "")
        if action is not None:
            await self.run_action(action.handler)

    def _say(self, message: str, *, severity: str = "information", title: str = "") -> None:
        self.notify(
            text.plain(message, 300),
            title=text.plain(title, 60),
            severity="error" if severity == "error" else "warning" if severity == "warning" else "information",
            timeout=6,
            markup=False,
        )


class Tab(Label):
    """The name of an area, which shows it when clicked."""

    def __init__(self, title: str, area: str, *, active: bool) -> None:
        super().__init__(title, classes="tab -active" if active else "tab", markup=False)
        self.area = area

    async def on_click(self) -> None:
        """Show the area."""
        await self.screen.run_action(f"area_{self.area}")


def _settings(lab_run: LabRun) -> str:
    """Write a run's settings as started in one line, and in a second one, where there is room, what came of it."""
    run = lab_run.run
    experiment = run.experiment
    parts = [
        text.plain(experiment.name, 40),
        text.plain(describe_dataset(experiment.dataset), 40),
        text.plain(describe_optimizer(experiment.optimizer), 40),
        f"batch {experiment.batch_size}",
        f"{experiment.epochs:,} epochs",
        f"seed {experiment.seed}",
    ]
    result = [
        text.plain(run.message, 200) or run.state.value,
        f"cost {text.cost(run.train_cost)} (test {text.cost(run.test_cost)})",
        f"accuracy {text.share(run.train_accuracy)} (test {text.share(run.test_accuracy)})",
    ]
    return "\n".join(" · ".join(part for part in line if part) for line in (parts, result))


def _key(action_id: str) -> str:
    return actions.BY_ID[action_id].keys[0]
