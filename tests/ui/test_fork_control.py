"""Settings changed under way, time travel, the range test and the diagnosis, by keys and by mouse."""

import threading

import numpy as np
import pytest
from laboratory import (
    ENDLESS,
    SHORT,
    SMALL,
    WIDE,
    cell,
    has_ended,
    lab_of,
    last_run,
    opened,
    opens,
    settled,
    texts,
    toasts,
    trained,
    until,
)
from msgspec.structs import replace
from textual.widgets import Button, Input

from joml_tui.experiment import AdamSpec, CsvFile, EarlyStoppingSpec, Experiment, LayerSpec, SpinGlass, Xor
from joml_tui.runs.diagnosis import Finding
from joml_tui.runs.forks import thin_snapshots
from joml_tui.runs.run import RunState
from joml_tui.ui.charts import Charts, charts_area
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.fork.fork_screen import TimeTravel
from joml_tui.ui.fork.live_settings import LiveSettings
from joml_tui.ui.fork.range_test_screen import RangeTest
from joml_tui.ui.fork.snapshot_list import SnapshotList
from joml_tui.ui.runs import session
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.widgets.form_field import ChoiceField, Field

ARTICLE = Experiment(dataset=SpinGlass(), layers=(LayerSpec(20),), optimizer=AdamSpec(0.002), epochs=3)
SIZES = pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])


async def started(pilot):
    """Begin a run with one iteration; it is paused then."""
    await pilot.press("exclamation_mark")
    await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration == 1)
    await until(pilot, lambda: last_run(pilot).run.state is RunState.PAUSED)
    return last_run(pilot)


async def on(pilot, screen):
    await until(pilot, lambda: isinstance(pilot.app.screen, screen))
    await pilot.pause()
    return pilot.app.screen


async def wrote(pilot, selector, text):
    """Replace an entry's text as a user does."""
    pilot.app.screen.query_one(selector).focus()
    await pilot.press("end", "ctrl+u")
    for character in text:
        await pilot.press({".": "full_stop", "-": "minus"}.get(character, character))
    await pilot.pause()


def line(pilot):
    return texts(pilot, "#settings-line")[0]


class TestLiveSettings:
    async def test_rate_and_epochs_change_and_the_line_tells(self):
        async with opened(ENDLESS, SMALL) as pilot:
            entry = await started(pilot)
            await opens(pilot, LiveSettings, "w")
            await wrote(pilot, "#live-rate", "0.5")
            await wrote(pilot, "#live-epochs", "70")
            await pilot.press("enter")
            run = entry.run
            await until(pilot, lambda: len(run.adjustments) == 2)
            assert [(change.setting, change.value) for change in run.adjustments] == [
                ("learning_rate", 0.5),
                ("epochs", 70),
            ]
            assert run.epochs == 70
            assert "Learning rate 0.5, 70 epochs" in toasts(pilot)
            await until(pilot, lambda: "Adam 0.01 → 0.5 @" in line(pilot))
            assert "1,000,000 → 70 @" in line(pilot)

    async def test_what_cannot_be_is_said_at_the_entry_and_nothing_changes(self):
        async with opened(ENDLESS) as pilot:
            entry = await started(pilot)
            entry.run.step(200)
            await until(pilot, lambda: entry.run.iteration == 201 and entry.run.state is RunState.PAUSED)
            screen = await opens(pilot, LiveSettings, "w")
            for rate in ("", "abc", "-1", "nan", "inf", "1e31", "[/x]"):
                screen.query_one("#live-rate", Input).value = rate
                await pilot.press("enter")
                await pilot.pause()
                assert pilot.app.screen is screen, rate
                assert "must be" in screen.query_one("#field-live-rate", Field).problem.lower()
            screen.query_one("#live-rate", Input).value = "0.01"
            screen.query_one("#live-epochs", Input).value = "1"
            await pilot.press("enter")
            await pilot.pause()
            assert "has begun" in screen.query_one("#field-live-epochs", Field).problem
            await pilot.press("escape")
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)
            assert entry.run.adjustments == []
            # The button changes too, and equal settings change nothing.
            await opens(pilot, LiveSettings, "w")
            await pilot.click("#accept")
            await pilot.pause(0.1)
            assert entry.run.adjustments == []
            await opens(pilot, LiveSettings, "w")
            await wrote(pilot, "#live-rate", "0.03")
            await pilot.click("#accept")
            await until(pilot, lambda: entry.run.adjustments)

    async def test_what_was_typed_for_a_run_that_has_ended_meanwhile_is_not_lost(self):
        async with opened(ENDLESS, SMALL) as pilot:
            entry = await started(pilot)
            await opens(pilot, LiveSettings, "w")
            await wrote(pilot, "#live-rate", "0.125")
            await wrote(pilot, "#live-epochs", "500000")
            entry.run.stop()
            await until(pilot, lambda: entry.run.state.ended)
            screen = await opens(pilot, TimeTravel, "enter")
            assert "has ended; fork it" in toasts(pilot)
            assert screen.query_one("#travel-rate", Input).value == "0.125"
            assert screen.query_one("#travel-epochs", Input).value == "500000"
            await pilot.click("#travel-go")
            await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2)
            fork = last_run(pilot).run
            assert fork.forked_from == (entry.run, entry.run.iteration)
            assert (fork.learning_rate, fork.epochs) == (0.125, 500_000)

    async def test_halving_and_doubling_add_up(self):
        async with opened(ENDLESS) as pilot:
            entry = await started(pilot)
            await pilot.press("left_parenthesis", "left_parenthesis", "right_parenthesis", "left_parenthesis")
            await until(pilot, lambda: len(entry.run.adjustments) == 4)
            assert [change.value for change in entry.run.adjustments] == [0.005, 0.0025, 0.005, 0.0025]
            assert "Learning rate 0.0025" in toasts(pilot)
            entry.run.learning_rate = 1e30  # it stays a number however often it is doubled
            lab_of(pilot).owners["fork"].action_scale_rate(2)
            assert entry.run.learning_rate == 1e30

    async def test_without_a_run_the_keys_explain_themselves(self):
        async with opened(SHORT) as pilot:
            await pilot.press("w", "left_parenthesis", "right_parenthesis", "h")
            await pilot.pause()
            assert "No run is training, so there is nothing to change" in toasts(pilot)
            assert "No run to go back in" in toasts(pilot)


class TestTimeTravel:
    async def test_going_on_as_it_was_repeats_the_origin(self):
        async with opened(ARTICLE, SMALL) as pilot:
            origin = await trained(pilot)
            screen = await opens(pilot, TimeTravel, "h")
            shown = screen.query_one(SnapshotList)
            assert [moment.iteration for moment in shown.rows] == list(origin.run.snapshots.iterations)
            assert shown.cursor == len(shown.rows) - 1
            await pilot.press("up")
            iteration = shown.selected.iteration
            assert iteration < 1230
            await pilot.pause()
            assert "Unchanged" in texts(pilot, "#travel-said")[0]
            await pilot.press("enter")
            await has_ended(pilot, 2)
            fork = last_run(pilot)
            assert fork.label == f"14-20-4 #2 from #1 @{iteration:,}"
            np.testing.assert_array_equal(fork.run.history.train_cost, origin.run.history.train_cost)
            await pilot.press("3")  # a table in sight is as wide as its place
            await until(pilot, lambda: cell(pilot, fork, "network") == fork.label)
            assert origin.marked
            charts = lab_of(pilot).query_one(Charts)
            await until(pilot, lambda: len(charts._runs) == 2)
            first, second = (curve.label for curve in charts._runs)
            assert "#2" in first and "#2" not in second

    async def test_another_rate_parts_from_the_origin_by_mouse(self):
        async with opened(ARTICLE) as pilot:
            origin = await trained(pilot)
            screen = await opens(pilot, TimeTravel, "h")
            await pilot.click("#snapshots", offset=(10, 1))
            assert screen.query_one(SnapshotList).selected.iteration == 0
            await wrote(pilot, "#travel-rate", "0.05")
            assert "Forks from #1 at iteration 0: learning rate 0.05" in texts(pilot, "#travel-said")[0]
            await pilot.click("#travel-go")
            await has_ended(pilot, 2)
            fork = last_run(pilot).run
            assert fork.experiment.optimizer == AdamSpec(0.05)
            assert fork.history.train_cost[0] == origin.run.history.train_cost[0]
            assert (fork.history.train_cost[2:] != origin.run.history.train_cost[2:]).any()

    async def test_a_finished_run_goes_on_with_more_epochs(self):
        async with opened(ARTICLE) as pilot:
            await trained(pilot)
            screen = await opens(pilot, TimeTravel, "h")
            assert "3 epochs are done here" in screen.query_one("#field-travel-epochs", Field).problem
            await pilot.press("enter")
            await pilot.pause(0.1)
            assert pilot.app.screen is screen
            await wrote(pilot, "#travel-epochs", "4")
            await pilot.press("enter", "enter")
            await has_ended(pilot, 2)
            assert last_run(pilot).run.iteration == 4 * 410
            assert last_run(pilot).run.epochs == 4

    @pytest.mark.quick
    async def test_a_live_run_is_paused_and_forked(self):
        async with opened(ENDLESS) as pilot:
            await pilot.press("r")
            await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration > 100)
            origin = last_run(pilot)
            await opens(pilot, TimeTravel, "h")
            await pilot.press("home", "enter")
            await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2 and last_run(pilot).run.iteration > 10)
            await until(pilot, lambda: origin.run.state is RunState.PAUSED)
            assert "Paused, as one run trains at a time" in toasts(pilot)

    async def test_while_another_run_trains_it_is_asked_what_to_do(self):
        async with opened(ENDLESS) as pilot:
            await started(pilot)
            first = last_run(pilot)
            await pilot.press("r")
            await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2 and last_run(pilot).training)
            second = last_run(pilot)
            lab_of(pilot).query_one(RunsTable).move_cursor(row=0)
            await pilot.pause()
            for answer, runs in (("l", 2), ("p", 3)):
                await opens(pilot, TimeTravel, "h")
                await opens(pilot, Question, "home", "enter")
                await pilot.press(answer)
                await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
                await settled(pilot)
                assert len(lab_of(pilot).session.runs) == runs
            await until(pilot, lambda: second.run.state is RunState.PAUSED)
            assert last_run(pilot).origin is first

    async def test_entries_that_are_none_stay_with_their_reason_and_another_optimizer_brings_its_rate(self):
        async with opened(ARTICLE) as pilot:
            await trained(pilot)
            screen = await opens(pilot, TimeTravel, "h")
            await pilot.press("home")
            for rate in ("", "abc", "-1", "[/x]", "1e31"):
                screen.query_one("#travel-rate", Input).value = rate
                screen.query_one(SnapshotList).focus()
                await pilot.press("enter")
                await until(pilot, lambda: screen.query_one("#field-travel-rate", Field).problem)
                assert pilot.app.screen is screen
            screen.query_one("#travel-rate", Input).value = "0.1"
            await pilot.pause()
            assert not screen.query_one("#field-travel-rate", Field).problem
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
            assert len(lab_of(pilot).session.runs) == 1
            screen = await opens(pilot, TimeTravel, "h")
            await pilot.press("home")
            field = screen.query_one("#field-travel-optimizer", ChoiceField)
            field.select.value = [choice.name for choice in field.choices].index("momentum")
            await pilot.pause()
            rate = field.value.learning_rate
            assert float(screen.query_one("#travel-rate", Input).value) == rate
            assert "starts with no memory" in texts(pilot, "#travel-said")[0]
            screen.query_one(SnapshotList).focus()
            await pilot.press("enter")
            await has_ended(pilot, 2)
            assert last_run(pilot).run.experiment.optimizer.learning_rate == rate

    async def test_a_diverged_run_says_so_at_once_and_goes_on_from_before(self):
        async with opened(replace(ARTICLE, optimizer=AdamSpec(1e6))) as pilot:
            origin = await trained(pilot)
            assert origin.run.state is RunState.DIVERGED
            screen = await opens(pilot, TimeTravel, "h")
            assert "diverged here: choose an earlier snapshot" in texts(pilot, "#travel-said")[0]
            await pilot.press("enter")
            await settled(pilot)
            assert len(lab_of(pilot).session.runs) == 1
            await wrote(pilot, "#travel-rate", "0.01")
            await pilot.press("enter", "enter")
            await until(pilot, lambda: "diverged here" in texts(pilot, "#travel-said")[0])
            assert len(lab_of(pilot).session.runs) == 1
            screen.query_one(SnapshotList).focus()
            await pilot.press("home", "enter")
            await has_ended(pilot, 2)
            assert last_run(pilot).run.state is RunState.FINISHED

    async def test_a_run_that_was_stopped_early_goes_on_from_its_end(self):
        stopping = EarlyStoppingSpec(1, least_improvement=10.0)
        async with opened(replace(ARTICLE, test_every=50, early_stopping=stopping), SMALL) as pilot:
            origin = await trained(pilot)
            assert "stopped early at iteration 100" in line(pilot)
            await opens(pilot, TimeTravel, "h")
            assert "early stopping counts its patience anew" in texts(pilot, "#travel-said")[0]
            await pilot.press("enter")
            await has_ended(pilot, 2)
            fork = last_run(pilot)
            assert (fork.parting, fork.run.iteration) == (" from #1 @100", 150)
            np.testing.assert_array_equal(fork.run.history.train_cost[:100], origin.run.history.train_cost)

    async def test_a_run_is_deleted_and_brought_back_while_its_fork_goes_on(self):
        async with opened(replace(ARTICLE, epochs=100_000)) as pilot:
            origin = await started(pilot)
            await opens(pilot, TimeTravel, "h")
            await pilot.press("enter")
            await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2 and last_run(pilot).run.iteration > 300)
            fork, table = last_run(pilot), lab_of(pilot).query_one(RunsTable)
            table.select_run(origin)
            await pilot.pause()
            await opens(pilot, Question, "D")
            await pilot.press("d")
            await until(pilot, lambda: lab_of(pilot).session.runs == [fork] and origin.run.state.ended)
            before = fork.run.iteration
            await until(pilot, lambda: fork.run.iteration > before + 200)
            assert fork.parting == " from #1 @1"
            assert cell(pilot, fork, "network").startswith(fork.label[:20])
            await pilot.press("u")
            await until(pilot, lambda: lab_of(pilot).session.runs == [origin, fork])
            assert lab_of(pilot).runs_area.selected is origin
            assert fork.live
            # Its snapshots came back with it: it is forked again.
            screen = await opens(pilot, TimeTravel, "h")
            assert screen.query_one(SnapshotList).selected.iteration == 1
            await opens(pilot, Question, "enter")
            await pilot.press("x")
            await until(pilot, lambda: len(lab_of(pilot).session.runs) == 3 and last_run(pilot).run.iteration > 300)
            again = last_run(pilot)
            assert again.parting == " from #1 @1"
            done = min(fork.run.iteration, again.run.iteration, 300)
            np.testing.assert_array_equal(again.run.history.train_cost[:done], fork.run.history.train_cost[:done])

    async def test_a_deleted_forks_origin_stays_and_goes_on_to_other_forks(self):
        async with opened(ARTICLE) as pilot:
            origin = await trained(pilot)
            for forks in (1, 2):
                lab_of(pilot).query_one(RunsTable).select_run(origin)
                await pilot.pause()
                await opens(pilot, TimeTravel, "h")
                await pilot.press("up", "enter")
                await until(
                    pilot, lambda n=forks: lab_of(pilot).session.placed == n + 1 and not lab_of(pilot).session.live
                )
                await settled(pilot)
                assert lab_of(pilot).runs_area.selected is last_run(pilot)
                await pilot.press("D")
                await until(pilot, lambda: lab_of(pilot).session.runs == [origin])
            await pilot.press("u")
            await until(pilot, lambda: last_run(pilot).label.startswith("14-20-4 #3 from #1"))
            # A fork of the fork says where it parted.
            lab_of(pilot).query_one(RunsTable).select_run(last_run(pilot))
            await pilot.pause()
            screen = await opens(pilot, TimeTravel, "h")
            await pilot.press("home")
            iteration = screen.query_one(SnapshotList).selected.iteration
            await pilot.press("enter")
            await until(pilot, lambda: lab_of(pilot).session.placed == 4 and not lab_of(pilot).session.live)
            await settled(pilot)
            assert last_run(pilot).label == f"14-20-4 #4 from #3 @{iteration}"

    async def test_snapshots_are_thinned_when_a_run_ends(self, monkeypatch):
        monkeypatch.setattr(session, "thin_snapshots", lambda runs: thin_snapshots(runs, 0))
        async with opened(SHORT) as pilot:
            first = await trained(pilot)
            await until(pilot, lambda: len(first.run.snapshots.iterations) == 1)
            assert first.run.snapshots.iterations == (first.run.iteration,)
            screen = await opens(pilot, TimeTravel, "h")
            assert [moment.iteration for moment in screen.query_one(SnapshotList).rows] == [first.run.iteration]

    async def test_a_failed_run_has_no_snapshots_and_says_so(self, tmp_path):
        missing = Experiment(dataset=CsvFile(str(tmp_path / "[x].csv")), name="\x1b[31m[/]")
        async with opened(SHORT) as pilot:
            lab_of(pilot).run_control.start(missing)
            await until(pilot, lambda: last_run(pilot).run.state is RunState.FAILED)
            await pilot.pause(0.1)
            await opens(pilot, TimeTravel, "escape", "h")
            assert "No snapshots" in texts(pilot, "#travel-said")[0]
            await opens(pilot, RangeTest, "enter", "down", "escape", "R")
            await until(pilot, lambda: "before there was a network" in texts(pilot, "#range-said")[0])


class TestRangeTest:
    async def test_the_composed_network_is_tried_and_the_rate_used(self):
        async with opened(replace(ARTICLE, layers=(LayerSpec(40),)), SMALL) as pilot:
            screen = await opens(pilot, RangeTest, "R")
            await until(pilot, lambda: screen._tried is not None)
            await pilot.pause()
            assert "untrained" in texts(pilot, "#range-of")[0]
            assert "Suggested: " in texts(pilot, "#range-said")[0]
            assert not screen.query_one("#use-run").display
            suggested = float(f"{screen._tried.suggested:.2g}")
            await pilot.press("enter")
            await settled(pilot)
            assert float(lab_of(pilot).query_one("#learning-rate", Input).value) == suggested
            assert lab_of(pilot).query_one("#compose").draft.read().experiment.optimizer.learning_rate == suggested

    async def test_a_live_run_takes_the_rate_and_its_training_goes_on_from_where_it_was(self):
        async with opened(replace(ARTICLE, layers=(LayerSpec(40),), epochs=1_000)) as pilot:
            entry = await started(pilot)
            iteration = entry.run.iteration
            screen = await opens(pilot, RangeTest, "R")
            await until(pilot, lambda: screen._tried is not None)
            await pilot.pause()
            assert f"at iteration {iteration:,}" in texts(pilot, "#range-of")[0]
            suggested = float(f"{screen._tried.suggested:.2g}")
            await pilot.click("#use-run")
            await until(pilot, lambda: entry.run.adjustments)
            assert (entry.run.adjustments[0].value, entry.run.iteration) == (suggested, iteration)

    async def test_the_other_network_is_a_key_away(self):
        async with opened(ARTICLE) as pilot:
            await trained(pilot)
            screen = await opens(pilot, RangeTest, "R")
            await until(pilot, lambda: screen._tried is not None)
            assert "14-20-4 #1, at iteration 1,230" in texts(pilot, "#range-of")[0]
            assert not screen.query_one("#use-run").display
            await pilot.press("o")
            await until(pilot, lambda: "composed" in texts(pilot, "#range-of")[0] and screen._tried is not None)
            assert str(screen.query_one("#other", Button).label) == "Try #1 (o)"

    async def test_no_fall_is_said_and_nothing_offered(self):
        stuck = Experiment(dataset=Xor(samples=400), layers=(LayerSpec(4, initialisation="zeros"),) * 3)
        async with opened(stuck) as pilot:
            screen = await opens(pilot, RangeTest, "R")
            await until(pilot, lambda: screen._tried is not None)
            await pilot.pause()
            assert "No clear fall" in texts(pilot, "#range-said")[0]
            assert not screen.query_one("#use-settings").display
            await pilot.press("u", "i", "escape")
            await pilot.pause()
            assert pilot.app.screen is lab_of(pilot)

    async def test_an_impossible_composition_is_reported_where(self):
        async with opened(ARTICLE) as pilot:
            lab_of(pilot).query_one("#batch-size", Input).value = "0"
            await settled(pilot)
            await pilot.press("R")
            await settled(pilot)
            assert pilot.app.screen is lab_of(pilot)
            assert "Cannot try: Batch size" in toasts(pilot)

    async def test_in_the_list_of_layers_the_key_is_the_layers_own(self):
        async with opened(ARTICLE) as pilot:
            await pilot.press("y", "R")
            await settled(pilot)
            assert pilot.app.screen is lab_of(pilot)


class TestDiagnosis:
    @SIZES
    async def test_a_finding_stands_above_the_charts_or_is_a_notice_where_these_are_out_of_sight(
        self, size, monkeypatch
    ):
        finding = Finding("stalled", "Stuck at chance [/x] for long.", "Try another rate.", 0)
        monkeypatch.setattr(charts_area, "diagnose_run", lambda *_, **__: [finding])
        async with opened(SHORT, size) as pilot:
            await trained(pilot)
            await until(pilot, lambda: lab_of(pilot).query_one("#finding").has_class("shown"))
            assert texts(pilot, "#finding") == ["▲ Stuck at chance [/x] for long. Try another rate."]
            assert "Stuck at chance" in line(pilot)
            assert "Stuck at chance" not in toasts(pilot)
            await pilot.press("3", "M")
            await until(pilot, lambda: not lab_of(pilot).query_one("#charts-area").is_on_screen)
            await trained(pilot)
            await until(pilot, lambda: toasts(pilot).count("Stuck at chance") == 1)
            assert "#2: Stuck" in toasts(pilot)

    async def test_a_run_that_ends_while_it_is_diagnosed_is_diagnosed_at_its_end(self, monkeypatch):
        begun, go_on, ends = threading.Event(), threading.Event(), []

        def diagnose(run, _):
            ends.append(run.state.ended)
            begun.set()
            go_on.wait(300)
            return []

        monkeypatch.setattr(charts_area, "diagnose_run", diagnose)
        async with opened(ENDLESS) as pilot:
            await pilot.press("r")
            await until(pilot, begun.is_set)
            await pilot.press("x")
            await until(pilot, lambda: last_run(pilot).run.state.ended)
            # What it is judged, such as at chance, depends on how far it came.
            await until(pilot, lambda: cell(pilot, last_run(pilot), "state").startswith("■ "))
            assert ends == [False]
            go_on.set()
            await until(pilot, lambda: ends == [False, True])

    async def test_a_healthy_run_has_no_line(self):
        async with opened(ARTICLE) as pilot:
            entry = await trained(pilot)
            await until(pilot, lambda: lab_of(pilot).charts_area.diagnoses.of(entry).looked_at == (1230, True))
            await until(pilot, lambda: not lab_of(pilot).charts_area.diagnoses.under_way)
            assert not lab_of(pilot).query_one("#finding").display
            assert "▲" not in line(pilot)

    async def test_a_diverged_run_is_reported_once_and_the_line_is_the_selected_runs(self):
        async with opened(replace(ARTICLE, optimizer=AdamSpec(1e6))) as pilot:
            await trained(pilot)
            await until(pilot, lambda: lab_of(pilot).query_one("#finding").has_class("shown"))
            assert "1e+06, is too large" in texts(pilot, "#finding")[0]
            assert "iverged at iteration" not in toasts(pilot)  # the line above the charts says so
            lab_of(pilot).run_control.start(replace(SHORT, epochs=60, optimizer=AdamSpec(0.05)))  # it learns
            await until(pilot, lambda: last_run(pilot).run.state is RunState.FINISHED)
            await until(pilot, lambda: not lab_of(pilot).query_one("#finding").display)
            lab_of(pilot).query_one(RunsTable).move_cursor(row=0)
            await until(pilot, lambda: lab_of(pilot).query_one("#finding").display)
