import asyncio
import csv
from pathlib import Path

import pytest
from laboratory import (
    ENDLESS,
    SHORT,
    cell,
    frame_title,
    lab_of,
    last_run,
    opened,
    opens,
    settled,
    texts,
    toasts,
    trained,
    typed,
    until,
)
from msgspec.structs import replace
from textual.widgets import Button, Collapsible, Input

from joml_tui.experiment import CsvFile, Experiment, GradientDescentSpec, LayerSpec, SpinGlass
from joml_tui.runs.run import RunState
from joml_tui.runs.run_filter import parse_filter
from joml_tui.ui.charts import Charts
from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.dialogs.export_dialog import Export
from joml_tui.ui.dialogs.failure_dialog import FailureDialog
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.runs.run_control import RunChanged
from joml_tui.ui.runs.runs_table import RunsTable

DIVERGING = Experiment(
    dataset=SpinGlass(), layers=(LayerSpec(20),), optimizer=GradientDescentSpec(1e6), epochs=3, batch_size=32
)


def charted(pilot):
    return [curve.label for curve in lab_of(pilot).query_one(Charts)._runs]


def progress(pilot):
    return str(lab_of(pilot).query_one("#progress").render())


async def started(pilot):
    await pilot.press("r")
    await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration > 20)


@pytest.mark.quick
async def test_one_key_trains_and_the_row_tells_the_result():
    async with opened(SHORT) as pilot:
        await trained(pilot)
        run = last_run(pilot)
        assert run.label == "2-4-2 #1"
        assert cell(pilot, run, "state") == "✓ finished"
        assert cell(pilot, run, "epoch") == "3/3"
        assert run.run.iteration == 30
        assert cell(pilot, run, "test_score") == f"{100 * run.run.test_accuracy:.2f} %"
        await until(pilot, lambda: charted(pilot) == ["2-4-2 #1"])
        assert "finished" in progress(pilot)
        assert not lab_of(pilot)._timer._active.is_set()


@pytest.mark.quick
async def test_pause_step_resume_stop():
    async with opened(ENDLESS) as pilot:
        await started(pilot)
        run = last_run(pilot).run
        await until(pilot, lambda: "steps/s" in progress(pilot))
        await pilot.press("p")
        await until(pilot, lambda: run.state is RunState.PAUSED)
        await until(pilot, lambda: str(lab_of(pilot).query_one("#pause", Button).label) == "Resume")
        iteration = run.iteration
        await pilot.press("s")
        await until(pilot, lambda: run.iteration == iteration + 1 and run.state is RunState.PAUSED)
        await until(pilot, lambda: f"{iteration + 1:,}" in progress(pilot))
        await pilot.click("#pause")
        await until(pilot, lambda: run.iteration > iteration + 1)
        await pilot.press("x")
        await until(pilot, lambda: run.state is RunState.STOPPED)
        assert run.history.iterations == run.iteration > 0
        # What it is judged, such as at chance, depends on how far it came.
        await until(pilot, lambda: cell(pilot, last_run(pilot), "state").startswith("■ "))
        await until(pilot, lambda: charted(pilot) == [last_run(pilot).label])


@pytest.mark.parametrize(("key", "state"), [("p", RunState.PAUSED), ("x", RunState.STOPPED)])
async def test_a_key_that_comes_before_the_run_has_started_is_meant_for_it(monkeypatch, key, state):
    checked, may_start = ComposeArea.valid_experiment, asyncio.Event()

    async def late(area, doing):
        await may_start.wait()
        return await checked(area, doing)

    monkeypatch.setattr(ComposeArea, "valid_experiment", late)
    async with opened(ENDLESS) as pilot:
        await pilot.press("r", key)
        assert lab_of(pilot).session.runs == []
        may_start.set()
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.state is state)
        assert "No run" not in toasts(pilot)


async def test_a_step_without_a_run_begins_none():
    async with opened(ENDLESS) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "No run to step" in toasts(pilot))
        assert lab_of(pilot).session.runs == []


async def test_the_first_step_begins_a_run():
    async with opened(ENDLESS) as pilot:
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration == 1)
        await until(pilot, lambda: last_run(pilot).run.state is RunState.PAUSED)


async def test_the_keys_explain_themselves_without_a_run():
    async with opened(SHORT) as pilot:
        await pilot.press("p", "x", "m", "e", "E")
        await pilot.pause()
        text = toasts(pilot)
        for words in ("No run to pause", "No run to stop", "No run to mark", "No run to export", "No runs to export"):
            assert words in text


async def test_one_run_trains_at_a_time_and_the_choice_is_the_users():
    async with opened(ENDLESS) as pilot:
        await started(pilot)
        first = last_run(pilot)
        await opens(pilot, Question, "r")
        await pilot.press("escape")
        await settled(pilot)
        assert len(lab_of(pilot).session.runs) == 1
        assert first.training
        await opens(pilot, Question, "r")
        await pilot.press("p")
        await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2 and last_run(pilot).run.iteration > 20)
        second = last_run(pilot)
        await until(pilot, lambda: first.run.state is RunState.PAUSED)
        assert first.run.history is not second.run.history
        # The first one cannot be resumed beside the second.
        lab_of(pilot).query_one(RunsTable).move_cursor(row=0)
        await pilot.press("p")
        await until(pilot, lambda: "is training" in toasts(pilot))
        assert first.run.state is RunState.PAUSED
        iterations = first.run.iteration
        await pilot.press("x")
        await until(pilot, lambda: first.run.state is RunState.STOPPED)
        assert first.run.iteration == iterations
        assert second.training


async def test_marked_runs_stay_in_the_charts():
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await trained(pilot)
        await until(pilot, lambda: charted(pilot) == ["2-4-2 #2"])
        await pilot.press("3", "up", "space")
        await pilot.pause()
        assert last_run(pilot).number == 2
        assert "●" in cell(pilot, lab_of(pilot).session.runs[0], "mark")
        await pilot.press("down")
        await pilot.pause()
        await until(pilot, lambda: charted(pilot) == ["#2", "#1"])
        await pilot.press("up", "m", "down")
        await pilot.pause()
        await until(pilot, lambda: charted(pilot) == ["2-4-2 #2"])


async def test_all_that_the_table_shows_are_marked_and_no_longer():
    async with opened(SHORT) as pilot:
        await pilot.press("A")
        assert "No runs to mark" in toasts(pilot)
        for _ in range(3):
            await trained(pilot)
        first, second, third = lab_of(pilot).session.runs
        first.marked = True
        table = lab_of(pilot).query_one(RunsTable)
        table.wanted = parse_filter("number<3")
        table.rearrange()
        await pilot.press("A")
        await pilot.pause()
        assert [run.marked for run in (first, second, third)] == [True, True, False]
        assert "2 runs marked" in toasts(pilot)
        assert "●" in cell(pilot, second, "mark")
        await until(pilot, lambda: set(charted(pilot)) >= {"#1", "#2"})
        await pilot.press("A")
        await pilot.pause()
        assert [run.marked for run in (first, second, third)] == [False, False, False]
        assert "2 runs no longer marked" in toasts(pilot)


async def test_only_changed_cells_are_written(monkeypatch):
    async with opened(SHORT) as pilot:
        await trained(pilot)
        written = []
        monkeypatch.setattr(RunsTable, "update_cell", lambda self, row, column, *a, **k: written.append(column))
        lab_of(pilot).query_one(RunsTable).show_run(last_run(pilot))
        assert written == []
        last_run(pilot).marked = True
        lab_of(pilot).query_one(RunsTable).show_run(last_run(pilot))
        assert written == ["mark"]


async def test_a_run_keeps_the_settings_it_was_started_with():
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await typed(pilot, "learning-rate", "0.5")
        await typed(pilot, "architecture", "2-9-2")
        assert last_run(pilot).run.experiment.optimizer.learning_rate == 0.01
        assert cell(pilot, last_run(pilot), "network") == "2-4-2 #1"
        assert "Adam 0.01" in texts(pilot, "#settings-line")[0]


async def test_cost_axis_and_smoothing_by_keys_and_mouse():
    async with opened(SHORT) as pilot:
        lab = lab_of(pilot)
        charts, area = lab.query_one(Charts), lab.charts_area

        async def click(word):
            """Click on a word in the frame's title."""
            await pilot.click(area, offset=(frame_title(area).index(word), 0))

        await trained(pilot)
        await pilot.press("l")
        assert charts.log_cost
        await click("logarithmic")
        assert not charts.log_cost
        await pilot.press("full_stop")
        assert charts.smoothing == 200
        for _ in range(20):
            await pilot.press("comma")
        assert charts.smoothing == 0
        assert "no smoothing" in frame_title(area)
        await click("+")
        assert charts.smoothing == 5


async def test_a_diverging_run_is_marked_and_the_lab_goes_on():
    async with opened(DIVERGING) as pilot:
        await trained(pilot)
        run = last_run(pilot)
        assert run.run.state is RunState.DIVERGED
        assert cell(pilot, run, "state").startswith("▲ diverged at iteration")
        await until(pilot, lambda: "iverged at iteration" in texts(pilot, "#finding")[0])
        charts = lab_of(pilot).query_one(Charts)
        await until(pilot, lambda: [curve.mark for curve in charts._runs] == [run.run.message])
        await lab_of(pilot).query_one(Charts).settle()
        await typed(pilot, "learning-rate", "0.01")
        await pilot.press("enter")
        await trained(pilot)
        assert last_run(pilot).run.state is RunState.FINISHED


async def test_a_failed_run_is_a_dialog_and_a_row(tmp_path):
    async with opened(SHORT) as pilot:
        # The file vanishes between the check and the start.
        lab_of(pilot).run_control.start(replace(SHORT, dataset=CsvFile(path=str(tmp_path / "gone[/].csv"))))
        await until(pilot, lambda: isinstance(pilot.app.screen, FailureDialog))
        assert "gone[/].csv" in "".join(texts(pilot, ".passage"))
        # A message of an earlier change that comes late tells nothing again.
        lab_of(pilot).post_message(RunChanged(last_run(pilot).run))
        await pilot.pause()
        assert len(pilot.app.screen_stack) == 2
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert cell(pilot, last_run(pilot), "state") == "✗ failed"
        await trained(pilot)
        assert last_run(pilot).run.state is RunState.FINISHED


async def test_the_details_of_a_failure_unfold():
    async with opened(SHORT) as pilot:
        pilot.app.push_screen(FailureDialog("[/] failed", "a[b \x1b[31m", "Traceback [/x\n  boom \x1b[2J"))
        await pilot.pause()
        collapsible = pilot.app.screen.query_one(Collapsible)
        assert collapsible.collapsed
        await pilot.click("CollapsibleTitle")
        await until(pilot, lambda: not collapsible.collapsed)
        assert "\x1b" not in "".join(texts(pilot, "Label"))
        assert "boom" in "".join(texts(pilot, ".passage"))
        await pilot.press("c")
        assert "boom" in pilot.app.clipboard


async def test_export_of_the_selected_runs_series(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await opens(pilot, Export, "e")
        path = pilot.app.screen.query_one(Input).value
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert path in toasts(pilot)
        with Path(path).open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert [int(row["iteration"]) for row in rows] == list(range(1, 31))
        assert float(rows[-1]["test_accuracy"]) == pytest.approx(last_run(pilot).run.test_accuracy)


async def test_an_export_that_cannot_be_written_says_why_and_loses_nothing(tmp_path):
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await opens(pilot, Export, "E")
        field = pilot.app.screen.query_one(Input)
        for impossible in (str(tmp_path / "no" / "such" / "folder.csv"), str(tmp_path), "a\0b", "x" * 5000, ""):
            field.value = impossible
            await pilot.pause()
            await pilot.press("enter")
            await until(pilot, lambda: texts(pilot, "#form-line") != [""])
            assert field.value == impossible
        field.value = str(tmp_path / "a[b [x].csv")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert [path.name for path in tmp_path.iterdir()] == ["a[b [x].csv"]


async def test_a_file_that_is_there_is_replaced_only_when_asked_about_that_very_file(tmp_path):
    old, other = tmp_path / "old.csv", tmp_path / "other.csv"
    old.write_text("precious")
    other.write_text("precious too")
    async with opened(SHORT) as pilot:
        await trained(pilot)
        await opens(pilot, Export, "e")
        field = pilot.app.screen.query_one(Input)
        for path in (old, other):
            field.value = str(path)
            await until(pilot, lambda: "Replace" not in texts(pilot, "#form-line")[0])
            await pilot.press("enter")
            await until(pilot, lambda: "Replace" in texts(pilot, "#form-line")[0])
        assert (old.read_text(), other.read_text()) == ("precious", "precious too")
        await pilot.click("#accept")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert old.read_text() == "precious"
        assert other.read_text().startswith("iteration,")


async def test_leaving_while_training_asks_then_is_quick():
    async with opened(ENDLESS) as pilot:
        await started(pilot)
        await opens(pilot, Question, "q")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert last_run(pilot).training
        await opens(pilot, Question, "ctrl+q")
        await pilot.press("q")
        await until(pilot, lambda: pilot.app._exit)
        await until(pilot, lambda: last_run(pilot).run.state.ended)


async def test_leaving_without_a_run_does_not_ask():
    async with opened(SHORT) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: pilot.app._exit)


async def test_hostile_texts_are_shown_harmlessly_everywhere(tmp_path):
    for text in ("[/] a[b [lr=1e-3 \x1b]0;owned\x07\x1b[31m \u202e[", "x" * 10_000):
        async with opened(replace(SHORT, name=text, dataset=CsvFile(path=text, label=text))) as pilot:
            await pilot.press("r")
            await settled(pilot)
            assert lab_of(pilot).query_one("#csv-path", Input).value == text.strip()
            lab_of(pilot).query_one("#architecture", Input).value = text
            await settled(pilot)
            lab_of(pilot).run_control.start(replace(SHORT, name=text))
            await until(pilot, lambda: last_run(pilot).run.state.ended)
            lab_of(pilot).run_control.start(replace(SHORT, name=text, dataset=CsvFile(path=text)))
            await until(pilot, lambda: isinstance(pilot.app.screen, FailureDialog))
            await pilot.hover(".passage")
            await pilot.press("escape")
            await pilot.press("3", "up")
            await pilot.pause()
            shown = "\n".join(
                "".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips()
            )
            assert "\x1b" not in shown
            assert "\x07" not in shown
            assert "\u202e" not in shown
