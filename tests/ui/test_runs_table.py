import pytest
from laboratory import (
    ENDLESS,
    SHORT,
    SMALL,
    WIDE,
    cell,
    click_key,
    frame_title,
    lab_of,
    last_run,
    opened,
    opens,
    texts,
    toasts,
    until,
)
from msgspec.structs import replace
from test_snapshots import finished_run
from textual.widgets import DataTable, Input, Label, OptionList

from joml_tui.experiment import AdamSpec, CostScale, MomentumSpec, OutputSpec, Sine
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import RunState
from joml_tui.runs.run_fields import FIELDS
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.dialogs.search_dialog import SearchDialog
from joml_tui.ui.notices import say
from joml_tui.ui.runs import session
from joml_tui.ui.runs.diff_screen import DiffScreen
from joml_tui.ui.runs.prompt_dialog import PromptDialog
from joml_tui.ui.runs.run_columns import COLUMNS
from joml_tui.ui.runs.run_rows import RunRow
from joml_tui.ui.runs.runs_table import RunsTable, shortened_label
from joml_tui.ui.runs.yaml_dialog import YamlDialog

#: Columns that are there where some run has a validation part.
OF_VALIDATION = {"validation_cost", "validation_score"}
#: Columns that are there where values were standardised.
OF_VALUES = {"root_mean_squared_error"}
ACCURACIES = (0.7, 0.9, None, 0.8)
HOSTILE = "[/] a[b [lr=1e-3 \x1b]0;owned\x07\x1b[31m \u202e["


@pytest.fixture
def ended(monkeypatch):
    """Let runs have ended as soon as they begin, each with the next of some accuracies."""
    accuracies = iter(ACCURACIES * 300)

    def start(experiment, **_):
        run = finished_run(experiment)
        run.test_accuracy = next(accuracies)
        run.metrics = {} if run.test_accuracy is None else {"test_macro_f1": run.test_accuracy}
        run.adjustments, run.forked_from, run.id, run.wait = [], None, "run-1", lambda timeout: True
        return run

    monkeypatch.setattr(session, "start_run", start)


def four(pilot):
    optimizers = (AdamSpec(0.01), MomentumSpec(0.02), AdamSpec(0.03), MomentumSpec(0.04))
    for seed, optimizer in enumerate(optimizers):
        lab_of(pilot).run_control.start(replace(SHORT, seed=seed, optimizer=optimizer))
    return lab_of(pilot).session.runs


def table(pilot):
    return lab_of(pilot).query_one(RunsTable)


async def shows(pilot, keys):
    await until(pilot, lambda: "".join(table(pilot).keys) == keys)


async def filtered(pilot, written):
    await pilot.press("slash")
    lab_of(pilot).query_one("#filter", Input).value = written
    await pilot.pause(0.3)


async def test_metrics_have_columns_to_sort_by(ended):
    async with opened(SHORT, WIDE) as pilot:
        for seed in range(3):
            lab_of(pilot).run_control.start(replace(SHORT, seed=seed, metrics=("macro-f1", "accuracy")))
        await pilot.press("3")
        columns = table(pilot).columns_plan.known
        assert table(pilot).columns_plan.title_of("test_macro_f1") == "Test macro F1"
        assert columns.keys() - COLUMNS.keys() == {"seed", "test_macro_f1", "validation_macro_f1"}
        lab_of(pilot).runs_area.sort_by("test_macro_f1")
        await shows(pilot, "213")
        assert cell(pilot, lab_of(pilot).session.runs[1], "test_macro_f1") == "0.9000"
        assert cell(pilot, lab_of(pilot).session.runs[2], "test_macro_f1") == "–"


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_errors_in_the_units_of_the_data_stand_in_place_of_costs(ended, size):
    async with opened(SHORT, size) as pilot:
        run = lab_of(pilot).run_control.start(SHORT) or lab_of(pilot).session.runs[0]
        await pilot.press("3")
        assert table(pilot).columns_plan.title_of("test_cost") == "Test cost"
        run.run.cost_scale = CostScale("price", 1000.0, is_squared=True)
        table(pilot).rearrange()
        assert "root_mean_squared_error" not in shown_columns(pilot)
        for part in ("train", "test") if size == WIDE else ("test",):
            assert table(pilot).columns_plan.title_of(f"{part}_cost") == f"{part.title()} RMSE"
            cost = run.run.record.figure(part, "cost")
            assert cell(pilot, run, f"{part}_cost") == f"{1000 * cost**0.5:.5g}"
        run.run.cost_scale = CostScale("price", 10.0, is_squared=False)
        table(pilot).rearrange()
        assert table(pilot).columns_plan.title_of("test_cost") == "Test MAE"
        assert cell(pilot, run, "test_cost") == f"{10 * run.run.test_cost:.5g}"


async def test_errors_beside_costs_have_their_names(ended):
    async with opened(SHORT) as pilot:
        lab_of(pilot).run_control.start(SHORT)
        lab_of(pilot).run_control.start(SHORT)
        await pilot.press("3")
        first, second = lab_of(pilot).session.runs
        first.run.cost_scale = CostScale("price", 1000.0, is_squared=True)
        table(pilot).rearrange()
        assert table(pilot).columns_plan.title_of("test_cost") == "Test cost"
        assert cell(pilot, first, "test_cost") == f"RMSE {1000 * first.run.test_cost**0.5:.5g}"
        assert cell(pilot, second, "test_cost") == f"{second.run.test_cost:.4f}"


def shown_columns(pilot):
    return [key.value for key in table(pilot).columns]


@pytest.mark.parametrize("size", [SMALL])
async def test_sorted_by_a_column_chosen_from_a_list(ended, size):
    async with opened(SHORT, size) as pilot:
        four(pilot)
        await opens(pilot, SearchDialog, "3", "S")
        offered = pilot.app.screen.query_one(OptionList)
        assert offered.option_count > len(FIELDS) - 5
        offered.highlighted = 1 + list(table(pilot).columns_plan.known).index("test_score")
        await pilot.press("enter")
        # What is not known comes last, either way.
        await shows(pilot, "2413")
        assert "▼Test acc" in str(table(pilot).columns["test_score"].label)
        assert lab_of(pilot).runs_area.selected is lab_of(pilot).session.runs[3]
        await pilot.press("S", "enter")
        await shows(pilot, "1423")
        assert "▲Test acc" in str(table(pilot).columns["test_score"].label)
        await pilot.press("S", "ctrl+home", "enter")
        await shows(pilot, "1234")
        assert str(table(pilot).columns["test_score"].label) == "Test acc"


async def test_sorted_by_any_field_or_setting_that_is_typed(ended):
    async with opened(SHORT, SMALL) as pilot:
        runs = four(pilot)
        await pilot.press("3", "S", *"momentum", "enter")
        await shows(pilot, "2413")  # the others have none
        assert cell(pilot, runs[1], "optimizer.momentum") == "0.9"
        assert cell(pilot, runs[0], "optimizer.momentum") == "–"
        assert "▲optimizer.momentum" in str(table(pilot).columns["optimizer.momentum"].label)
        assert "0.9" in [text for _, text in table(pilot).cells(RunRow((runs[1],)))]
        await pilot.press("S", *"seed", "enter")
        await shows(pilot, "1234")
        await pilot.press("S", "enter")
        await shows(pilot, "4321")
        assert "▼Seed" in str(table(pilot).columns["seed"].label)
        assert "optimizer.momentum" not in table(pilot).columns
        await pilot.press("S", *"qqqq", "enter", "escape")
        await shows(pilot, "4321")


async def test_a_click_on_a_head_sorts_and_the_next_turns_round(ended):
    async with opened(SHORT) as pilot:
        four(pilot)
        await pilot.pause()
        places = [column.key.value for column in table(pilot).ordered_columns]
        before = table(pilot).ordered_columns[: places.index("optimizer")]
        head = (sum(column.get_render_width(table(pilot)) for column in before) + 2, 0)
        await pilot.click("#runs", offset=head)
        await shows(pilot, "1324")
        assert table(pilot).order.column == "optimizer"
        await pilot.click("#runs", offset=head)
        await shows(pilot, "4231")


async def test_the_sorted_column_is_there_and_in_view(ended):
    async with opened(SHORT, SMALL) as pilot:
        four(pilot)
        await pilot.press("3")
        await pilot.pause()
        assert "parameters" not in table(pilot).columns
        lab_of(pilot).runs_area.sort_by("parameters")
        await until(pilot, lambda: "parameters" in table(pilot).columns)
        assert cell(pilot, lab_of(pilot).session.runs[0], "parameters") == "22"
        lab_of(pilot).runs_area.sort_by("state")
        await until(pilot, lambda: "parameters" not in table(pilot).columns)
        assert table(pilot).selected_key


@pytest.mark.parametrize(
    ("size", "there", "left_out"),
    [
        (SMALL, {"test_cost", "test_score", "state", "optimizer"}, {"tags", "note"}),
        ((100, 30), {"test_score", "state", "optimizer"}, {"iteration"}),
        (WIDE, {"optimizer", "train_cost", "seconds", "tags"}, {"iteration"}),
        ((250, 70), set(COLUMNS) - OF_VALIDATION - OF_VALUES, OF_VALIDATION | OF_VALUES),
    ],
    ids=["80x24", "100x30", "160x50", "250x70"],
)
async def test_there_are_as_many_columns_as_there_is_room_for(ended, size, there, left_out):
    async with opened(SHORT, size) as pilot:
        runs = four(pilot)
        runs[1].tags, runs[1].note = ("deep",), "learns at last " * 5
        await pilot.press("3")
        table(pilot).rearrange()
        await pilot.pause()
        shown = {key.value for key in table(pilot).columns}
        assert there <= shown
        assert not left_out & shown
        assert (table(pilot).max_scroll_x == 0) == (size != SMALL)
        table(pilot).select_run(runs[1])
        await pilot.pause()
        # What has no column is told of the selected run, and copied.
        text = texts(pilot, "#settings-line")[0]
        for part in ("learns at last", "#deep", "22 parameters", "iteration 4,100"):
            assert part in text
        assert "Iteration" in table(pilot).as_text().splitlines()[0]


async def test_the_columns_are_in_the_same_order_whether_or_not_the_table_was_in_sight(ended):
    shown = []
    for in_sight in (True, False):
        async with opened(SHORT, SMALL) as pilot:
            if in_sight:
                await pilot.press("3")
            four(pilot)
            await shows(pilot, "1234")
            await pilot.press("3")
            await pilot.pause()
            shown.append(table(pilot).columns_shown)
    assert shown[0] == shown[1]


async def test_validation_figures_have_columns_where_some_run_has_them(ended):
    async with opened(SHORT, WIDE) as pilot:
        runs = four(pilot)
        assert not OF_VALIDATION & {key.value for key in table(pilot).columns}
        runs[2].run.validation_accuracy, runs[2].run.validation_cost = 0.75, 0.5
        table(pilot).rearrange()
        await pilot.pause()
        assert {key.value for key in table(pilot).columns} >= OF_VALIDATION
        assert cell(pilot, runs[2], "validation_score") == "75.00 %"
        assert cell(pilot, runs[1], "validation_score") == "–"


async def test_columns_follow_the_terminal_and_the_cursor_stays(ended):
    async with opened(SHORT, WIDE) as pilot:
        four(pilot)
        await pilot.press("3")
        table(pilot).move_cursor(row=2)
        await pilot.pause()
        for size in (SMALL, (120, 40), WIDE):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda width=size[0]: ("train_cost" in table(pilot).columns) == (width > 80))
            assert (table(pilot).cursor_row, table(pilot).row_count) == (2, 4)


@pytest.mark.parametrize("size", [SMALL])
async def test_scores_are_named_by_the_runs_tasks(ended, size):
    async with opened(SHORT, size) as pilot:
        first, *_ = four(pilot)
        await pilot.press("3")
        assert str(table(pilot).columns["test_score"].label).strip() == "Test acc"
        output = OutputSpec(activation="identity", cost="mean-squared-error")
        lab_of(pilot).run_control.start(replace(SHORT, dataset=Sine(samples=200), output=output))
        regression = lab_of(pilot).session.runs[-1]
        await until(pilot, lambda: str(table(pilot).columns["test_score"].label).strip() == "Test acc/R2")
        await pilot.pause()
        assert cell(pilot, first, "test_score") == "70.00 %"
        assert cell(pilot, regression, "test_score") == "0.7000"
        assert "R2 0.9748 (test 0.7000)" in texts(pilot, "#settings-line")[0]
        assert "accuracy" not in texts(pilot, "#settings-line")[0]
        assert "test R2 0.7000" in str(lab_of(pilot).query_one("#progress").render())
        await filtered(pilot, "test_r2>0.5")
        await shows(pilot, "5")
        lab_of(pilot).query_one("#filter", Input).value = "test_acc>0.1"
        await shows(pilot, "124")
        await pilot.press("escape")
        for _ in range(4):
            table(pilot).select_run(lab_of(pilot).session.runs[0])
            await pilot.pause()
            await pilot.press("D")
        await until(pilot, lambda: str(table(pilot).columns["test_score"].label).strip() == "Test R2")


async def test_live_updates_leave_rows_and_cursor_where_they_are(ended):
    async with opened(SHORT) as pilot:
        runs = four(pilot)
        lab_of(pilot).runs_area.sort_by("test_score")
        await shows(pilot, "2413")
        table(pilot).move_cursor(row=2)
        await pilot.pause()
        assert lab_of(pilot).runs_area.selected is runs[0]
        runs[0].run.test_accuracy = 0.99
        table(pilot).show_run(runs[0])
        await pilot.pause()
        assert "".join(table(pilot).keys) == "2413"
        assert cell(pilot, runs[0], "test_score") == "99.00 %"
        lab_of(pilot).runs_area.follow(runs[0])  # it has ended: its place is found anew
        await shows(pilot, "1243")
        assert lab_of(pilot).runs_area.selected is runs[0]
        assert table(pilot).cursor_row == 0


@pytest.mark.parametrize("size", [SMALL])
async def test_filtered_while_typing_with_a_live_count(ended, size):
    async with opened(SHORT, size) as pilot:
        four(pilot)
        await pilot.press("slash", *"opt", "colon", *"mom")
        await shows(pilot, "24")
        await until(pilot, lambda: texts(pilot, "#filter-count") == ["2 of 4"])
        await pilot.press("enter")
        assert lab_of(pilot).focused is table(pilot)
        assert lab_of(pilot).runs_area.selected is lab_of(pilot).session.runs[3]
        lab_of(pilot).run_control.start(replace(SHORT, optimizer=MomentumSpec()))
        await shows(pilot, "245")
        lab_of(pilot).run_control.start(SHORT)
        await until(pilot, lambda: texts(pilot, "#filter-count") == ["3 of 6"])
        await pilot.press("escape")
        await shows(pilot, "123456")
        assert not lab_of(pilot).query_one("#filter-line").display


async def test_what_is_no_filter_is_said_and_the_runs_stay(ended):
    async with opened(SHORT, SMALL) as pilot:
        four(pilot)
        await filtered(pilot, "seed>1")
        await shows(pilot, "34")
        lab_of(pilot).query_one("#filter", Input).value = "seed>1 tset_acc>0.9"
        await until(pilot, lambda: "did you mean test_acc?" in texts(pilot, "#filter-problem")[0])
        await until(pilot, lambda: lab_of(pilot).query_one("#filter-problem").region.area)
        assert "".join(table(pilot).keys) == "34"
        lab_of(pilot).query_one("#filter", Input).value = HOSTILE
        await pilot.pause(0.3)
        await pilot.press("escape")
        await shows(pilot, "1234")


async def test_a_filter_that_shows_nothing_leaves_nothing_selected(ended):
    async with opened(SHORT) as pilot:
        four(pilot)
        await filtered(pilot, "seed>99")
        await shows(pilot, "")
        assert lab_of(pilot).runs_area.selected is None
        await until(pilot, lambda: "No run of 4 matches the filter; Esc" in texts(pilot, "#settings-line")[0])
        await pilot.press("enter", "N")
        await until(pilot, lambda: "The filter hides all runs" in toasts(pilot))
        await pilot.press("escape")
        await shows(pilot, "1234")


async def test_many_runs_are_filtered_at_once(ended):
    async with opened(SHORT) as pilot:
        lab = lab_of(pilot)
        for seed in range(60):
            lab.session.start(replace(SHORT, seed=seed), on_change=None)
        table(pilot).rearrange()
        table(pilot).move_cursor(row=55)
        await filtered(pilot, "seed>=50")
        await until(pilot, lambda: table(pilot).row_count == 10)
        assert lab.runs_area.selected is lab.session.runs[55]
        await pilot.press("escape")
        await until(pilot, lambda: table(pilot).row_count == 60)
        assert lab.runs_area.selected is lab.session.runs[55]
        assert table(pilot).keys == [str(number) for number in range(1, 61)]


async def test_a_new_name_is_in_the_legend_at_once(ended):
    async with opened(SHORT) as pilot:
        four(pilot)
        lab = lab_of(pilot)
        await opens(pilot, PromptDialog, "F")
        pilot.app.screen.query_one(Input).value = "baseline"
        await pilot.press("enter")
        await until(pilot, lambda: lab.charts_area._charted[0][1:] and "baseline #4" in lab.charts_area._charted[0][2])


@pytest.mark.parametrize("size", [SMALL])
async def test_name_note_and_tags_are_written_and_found(ended, size):
    async with opened(SHORT, size) as pilot:
        runs = four(pilot)
        for key, written in (("F", "baseline"), ("N", "learns at last"), ("number_sign", "deep, best deep")):
            await opens(pilot, PromptDialog, key)
            pilot.app.screen.query_one(Input).value = written
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert (runs[3].name, runs[3].note, runs[3].tags) == ("baseline", "learns at last", ("deep", "best"))
        assert cell(pilot, runs[3], "network") == "baseline #4"
        if size == WIDE:
            assert cell(pilot, runs[3], "tags") == "deep best"
        assert "learns at last · #deep #best" in texts(pilot, "#settings-line")[0]
        await filtered(pilot, "tag:best name:base note:last")
        await shows(pilot, "4")
        await opens(pilot, PromptDialog, "enter", "F")
        assert pilot.app.screen.query_one(Input).value == "baseline"
        pilot.app.screen.query_one(Input).value = ""
        await pilot.press("enter", "F", "escape")
        assert runs[3].label == "2-4-2 #4"


async def test_what_was_written_is_shown_harmlessly(ended):
    async with opened(SHORT) as pilot:
        run = four(pilot)[3]
        run.name, run.note, run.tags = HOSTILE, HOSTILE, tuple(HOSTILE.split())
        run.marked = True
        table(pilot).show_run(run)
        lab_of(pilot).session.runs[0].marked = True
        for key in ("F", "N", "g", "v", "equals_sign", "Y", "D", "u"):
            await pilot.press(key)
            await pilot.pause()
            lines = pilot.app.screen._compositor.render_strips()
            shown = "".join(segment.text for line in lines for segment in line)
            assert not {"\x1b", "\x07", "\u202e"} & set(shown), key
            if pilot.app.screen is not lab_of(pilot):
                await pilot.press("escape")
        assert lab_of(pilot).session.runs[3] is run


async def test_runs_are_deleted_and_brought_back_one_by_one(ended):
    async with opened(SHORT) as pilot:
        runs = list(four(pilot))
        lab_of(pilot).runs_area.sort_by("test_score")
        await shows(pilot, "2413")
        table(pilot).move_cursor(row=0)
        await pilot.press("D")
        await shows(pilot, "413")
        assert lab_of(pilot).runs_area.selected is runs[3]
        assert "Press u to restore it" in toasts(pilot)
        await pilot.press("D", "D")
        await shows(pilot, "3")
        lab_of(pilot).run_control.start(SHORT)
        assert last_run(pilot).number == 5  # a number is given once
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: len(table(pilot).keys) == 5)
        assert lab_of(pilot).session.runs[:4] == runs
        assert lab_of(pilot).runs_area.selected is runs[1]
        await pilot.press("u")
        await until(pilot, lambda: "nothing to restore" in toasts(pilot))


async def test_the_last_run_can_be_deleted_and_brought_back(ended):
    async with opened(SHORT, SMALL) as pilot:
        lab_of(pilot).run_control.start(SHORT)
        await pilot.press("3", "D")
        await until(pilot, lambda: table(pilot).row_count == 0)
        assert texts(pilot, "#settings-line") == ["No runs yet: r trains this network, B the article's three"]
        assert lab_of(pilot).charts_area._charted == []
        await pilot.press("u")
        await until(pilot, lambda: lab_of(pilot).runs_area.selected is last_run(pilot))


async def test_a_run_alive_is_stopped_before_it_is_deleted():
    async with opened(ENDLESS) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration > 20)
        run = last_run(pilot).run
        await opens(pilot, Question, "D")
        await pilot.press("escape")
        assert last_run(pilot).run is run
        await opens(pilot, Question, "D")
        await pilot.press("d")
        await until(pilot, lambda: run.state is RunState.STOPPED and not lab_of(pilot).session.runs)
        await pilot.press("u")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        assert cell(pilot, last_run(pilot), "state").startswith("■ ")


@pytest.mark.parametrize("size", [SMALL])
async def test_what_differs_stands_side_by_side(ended, size):
    async with opened(SHORT, size) as pilot:
        runs = four(pilot)
        await pilot.press("equals_sign")
        await until(pilot, lambda: "a comparison needs two" in toasts(pilot))
        runs[0].marked = runs[2].marked = True
        await opens(pilot, DiffScreen, "equals_sign")
        shown = pilot.app.screen.query_one(DataTable)

        def rows():
            return {
                str(shown.get_row_at(row)[0]): [str(c) for c in shown.get_row_at(row)[1:]]
                for row in range(shown.row_count)
            }

        assert [str(column.label) for column in shown.ordered_columns] == [
            "",
            "2-4-2 #1",
            "2-4-2 #3",
            "2-4-2 #4",
        ]
        assert rows()["seed"] == ["0", "2", "3"]
        assert rows()["optimizer"] == ["adam", "adam", "momentum"]
        assert rows()["test accuracy"] == ["0.7000", "–", "0.8000"]
        assert list(rows())[:2] == ["test cost", "test accuracy"]
        assert "epochs" not in rows()
        await pilot.press("a")
        assert rows()["epochs"] == ["3", "3", "3"]
        await click_key(pilot, "a shows only what differs")
        assert "epochs" not in rows()
        await pilot.press("c")
        assert "seed\t0\t2\t3" in pilot.app.clipboard
        assert shown.virtual_size.width <= shown.size.width
        await click_key(pilot, "Esc closes")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


async def test_a_runs_settings_as_yaml_read_back(ended):
    async with opened(SHORT, SMALL) as pilot:
        runs = four(pilot)
        await opens(pilot, YamlDialog, "v")
        assert parse_experiment(str(pilot.app.screen.query_one(".passage", Label).content)) == runs[3].run.experiment
        await pilot.press("c", "escape")
        assert parse_experiment(pilot.app.clipboard) == runs[3].run.experiment


async def test_cells_the_row_and_the_table_are_copied_as_text(ended):
    async with opened(SHORT) as pilot:
        four(pilot)
        await filtered(pilot, "opt:mom")
        await shows(pilot, "24")
        await pilot.press("enter")

        async def copied(*keys):
            await opens(pilot, SearchDialog, "Y")
            await pilot.press(*keys, "enter")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
            return pilot.app.clipboard

        assert (await copied()).split("\t")[:5] == ["2-4-2 #4", "0.04", "3", "22", "Momentum 0.04"]
        lines = (await copied("down")).splitlines()
        assert lines[0].split("\t")[:3] == ["Network", "Rate", "Seed"]
        assert [line.split("\t")[0] for line in lines[1:]] == ["2-4-2 #2", "2-4-2 #4"]
        assert await copied(*["down"] * 6) == "Momentum 0.04"
        assert await copied(*"opti") == "Momentum 0.04"


async def test_the_keys_explain_themselves_without_a_run():
    async with opened(SHORT, SMALL) as pilot:
        for key, words in zip(
            ("F", "N", "number_sign", "D", "u", "v", "Y", "equals_sign"),
            ("rename", "write about", "tag", "delete", "nothing to restore", "show", "copy", "a comparison needs two"),
            strict=True,
        ):
            await pilot.press(key)
            await until(pilot, lambda words=words: words in toasts(pilot))
        await pilot.press("S", "enter", "slash", *"x", "enter", "escape")
        await pilot.pause()
        assert pilot.app.screen is lab_of(pilot)


async def test_failed_and_diverged_runs_are_runs_like_others(ended):
    async with opened(SHORT) as pilot:
        runs = four(pilot)
        for entry, state, message in zip(
            runs, (RunState.FAILED, RunState.DIVERGED), ("no file", "diverged at 3"), strict=False
        ):
            entry.run.state, entry.run.message, entry.run.history = state, message, None
            entry.run.test_accuracy = entry.run.train_cost = float("nan")
            entry.marked = True
            table(pilot).show_run(entry)
        lab_of(pilot).runs_area.sort_by("test_score")
        await shows(pilot, "4123")
        await filtered(pilot, "state:failed")
        await shows(pilot, "1")
        await opens(pilot, DiffScreen, "enter", "equals_sign")
        await opens(pilot, YamlDialog, "escape", "v")
        await pilot.press("escape")


async def test_of_much_that_is_reported_the_latest_stays_and_warnings_do(ended):
    async with opened(SHORT, SMALL) as pilot:
        lab = lab_of(pilot)
        say(lab, "This is a warning.", severity="warning")
        for number in range(8):
            say(lab, f"This is number {number}.")
            await pilot.pause()
        assert [message.message for message in pilot.app._notifications] == [
            "This is a warning.",
            "This is number 7.",
        ]
        assert [message.title for message in pilot.app._notifications] == ["▲ Warning", ""]  # not by the colour alone


# --- Columns that are chosen, groups, and the frame ---


async def test_settings_that_differ_have_columns_and_those_out_of_view_are_counted(ended):
    async with opened(SHORT, (70, 24)) as pilot:
        four(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "optimizer" in shown_columns(pilot))
        assert "seed" in shown_columns(pilot)
        area = lab_of(pilot).runs_area
        await until(pilot, lambda: ": →" in str(area.border_subtitle))
        table(pilot).focus()
        for _ in range(4):
            table(pilot).action_cursor_right()
            await pilot.pause()
        assert table(pilot).out_of_view[1] == 0
        await until(pilot, lambda: "←: +" in str(area.border_subtitle))
        await filtered(pilot, "seed=1")
        await until(pilot, lambda: "seed" not in shown_columns(pilot))


async def test_columns_are_chosen_and_remembered(ended):
    async with opened(SHORT, WIDE) as pilot:
        four(pilot)
        await pilot.press("3", "ctrl+t", *"batch_size", "enter")
        await until(pilot, lambda: "batch_size" in shown_columns(pilot))
        assert pilot.app.memory.now.columns_added == ("batch_size",)
        await pilot.press("ctrl+t", *"test cost", "enter")
        await until(pilot, lambda: "test_cost" not in shown_columns(pilot))
        assert pilot.app.memory.now.columns_removed == ("test_cost",)
        await pilot.press("ctrl+t", *"batch_size", "enter")
        await until(pilot, lambda: "batch_size" not in shown_columns(pilot))


async def test_runs_of_several_seeds_are_one_row_and_one_curve(ended):
    async with opened(SHORT, WIDE) as pilot:
        lab = lab_of(pilot)
        for seed in range(2):
            lab.run_control.start(replace(SHORT, seed=seed))
        lab.run_control.start(replace(SHORT, seed=1, optimizer=MomentumSpec()))
        await pilot.press("3", "ctrl+g")
        await until(pilot, lambda: table(pilot).row_count == 2)
        group = table(pilot).rows_shown[0]
        cells = dict(table(pilot).cells(group))
        assert cells["Network"] == "▸ 2-4-2 ×2"
        assert cells["Test acc"] == "80.00 ± 14.14 %"
        assert cells["Seed"] == "0, 1"
        table(pilot).move_cursor(row=0)
        await pilot.press("enter")
        await until(pilot, lambda: table(pilot).row_count == 4)
        assert "▾" in table(pilot).rows_shown[0].label
        await pilot.press("enter", "m")
        await until(pilot, lambda: table(pilot).row_count == 2)
        assert [entry.marked for entry in lab.session.runs] == [True, True, False]
        await until(pilot, lambda: any("×2, mean ± spread (n-1)" in label for _, _, label in lab.charts_area._charted))
        await opens(pilot, Question, "D")
        await pilot.press("d")
        await until(pilot, lambda: len(lab.session.runs) == 1)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "group seeds" in frame_title(lab.runs_area))


async def test_a_group_in_a_small_terminal_has_its_figures_in_view_and_the_rest_one_key_away(ended):
    async with opened(SHORT, SMALL) as pilot:
        lab = lab_of(pilot)
        for seed in range(5):
            lab.run_control.start(replace(SHORT, seed=seed))
        await pilot.press("3", "ctrl+g")
        await until(pilot, lambda: table(pilot).row_count == 1)
        table(pilot).focus()
        await pilot.pause()
        before = table(pilot).out_of_view
        state = shown_columns(pilot).index("state")
        assert before[1] <= len(shown_columns(pilot)) - 1 - state  # nothing of what matters most is cut
        for _ in range(before[1]):
            await pilot.press("right")
        assert table(pilot).out_of_view[1] == 0


async def test_the_frame_tells_number_filter_and_order(ended):
    async with opened(SHORT, WIDE) as pilot:
        four(pilot)
        area = lab_of(pilot).runs_area
        await until(pilot, lambda: "3 Runs ─ 4 ─ / filter ─ S sort" in frame_title(area))
        await filtered(pilot, "seed>1")
        area.sort_by("test_score")
        await until(pilot, lambda: "2 of 4 ─ / filtered ─ S sorted by test acc ▾" in frame_title(area))


@pytest.mark.parametrize(
    ("label", "width", "shown"),
    [
        ("14-100-40-4 net #5", 17, "14-100-40-4 n… #5"),
        ("2-4-2 #1", 17, "2-4-2 #1"),
        ("▸ a long name ×12", 12, "▸ a lon… ×12"),
        ("14-20-4 #2 from #1 @820", 20, "14-… #2 from #1 @820"),
        ("14-20-4 #2 from #1 @820", 12, "14-20-4 #2"),
        ("14-100-40-4 #2 from #1 @820", 12, "14-100-4… #2"),
        ("one #3 #12", 9, "one … #12"),
    ],
)
def test_a_label_that_is_too_long_keeps_its_number(label, width, shown):
    assert shortened_label(label, width) == shown
