import asyncio

import pytest
from laboratory import ENDLESS, SHORT, SMALL, lab_of, last_run, opened, opens, settled, texts, toasts, until
from msgspec.structs import replace
from test_snapshots import finished_run
from textual.widgets import DataTable, Input

from joml_tui.experiment import AdamSpec, CsvFile
from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.run import RunState
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.queue.grid_dialog import GridBuilder
from joml_tui.ui.queue.queue import Queue, Queued
from joml_tui.ui.queue.queue_screen import QueueScreen, fitting_columns
from joml_tui.ui.runs import session
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.widgets.form_field import ChoiceField


class Started:
    """Runs that go on until a test lets them end."""

    def __init__(self, monkeypatch):
        self.runs, self._tell = [], []
        monkeypatch.setattr(session, "start_run", self.start)

    def start(self, experiment, *, on_change=None, **_):
        if experiment.name == "impossible":
            raise OSError("no process [/]")
        run = finished_run(experiment)
        run.state, run.progress, run.eta_seconds = RunState.RUNNING, 0.5, 1.0
        run.adjustments, run.forked_from, run.id = [], None, f"run-{len(self.runs) + 1}"
        run.wait = lambda timeout: True
        run.stop = lambda: self.become(run, RunState.STOPPED)
        run.pause = lambda: self.become(run, RunState.PAUSED)
        run.resume = lambda: self.become(run, RunState.RUNNING)
        self.runs.append(run)
        self._tell.append(on_change)
        return run

    def become(self, run, state, message=""):
        if not run.state.ended:
            run.state, run.message = state, message
            self._tell[self.runs.index(run)](run)

    def seeds(self):
        return [run.experiment.seed for run in self.runs]


@pytest.fixture
def started(monkeypatch):
    return Started(monkeypatch)


def queued(*seeds, base=SHORT):
    return [Queued(replace(base, seed=seed), note=f"seed {seed}") for seed in seeds]


def fill(pilot, *seeds):
    lab_of(pilot).queue.add(queued(*seeds))
    lab_of(pilot).queue_control.advance()


def count(pilot):
    shown = lab_of(pilot).query_one("#queue-count")
    return str(shown.content) if shown.display else ""


# --- The queue without a screen ---------------------------------------------------------------------------------------


def test_only_those_that_wait_change_places():
    queue = Queue()
    first, second, third = queued(0, 1, 2)
    queue.add([first, second, third])
    first.refused = "no"
    assert queue.move(third, -1)
    assert queue.entries == [first, third, second]
    assert not queue.move(third, -1)
    assert not queue.move(second, 1)
    assert not queue.move(first, 1)
    queue.cancel(third)
    assert queue.entries == [first, second]
    assert queue.clear() == 1
    assert queue.ended


def test_a_queue_that_has_ended_begins_anew():
    queue = Queue()
    (first,) = queued(0)
    queue.add([first])
    first.refused = "no"
    queue.add(queued(1, 2))
    assert [entry.experiment.seed for entry in queue.entries] == [1, 2]
    assert queue.count == "0 of 2"


# --- In the lab -------------------------------------------------------------------------------------------------------


@pytest.mark.quick
async def test_one_after_another_and_a_failure_stops_none(started):
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1, 2, 3)
        assert started.seeds() == [0]
        assert count(pilot) == "queue: 1 of 4"
        started.become(started.runs[0], RunState.FAILED, "no file")
        await until(pilot, lambda: started.seeds() == [0, 1])
        started.become(started.runs[1], RunState.DIVERGED, "diverged at iteration 3")
        await until(pilot, lambda: started.seeds() == [0, 1, 2])
        started.become(started.runs[2], RunState.FINISHED)
        await until(pilot, lambda: started.seeds() == [0, 1, 2, 3])
        assert count(pilot) == "queue: 4 of 4"
        assert pilot.app.screen is lab_of(pilot)  # no dialog is in the way
        started.become(started.runs[3], RunState.FINISHED)
        await until(pilot, lambda: count(pilot) == "")
        assert "4 runs: 2 finished, 1 diverged, 1 failed" in toasts(pilot)
        assert [entry.note for entry in lab_of(pilot).session.runs] == ["seed 0", "seed 1", "seed 2", "seed 3"]


async def test_one_that_cannot_begin_is_passed_over(started):
    async with opened(SHORT) as pilot:
        impossible = Queued(replace(SHORT, name="impossible"))
        lab_of(pilot).queue.add([impossible, *queued(1)])
        lab_of(pilot).queue_control.advance()
        assert started.seeds() == [1]
        assert impossible.state == "refused"
        await until(pilot, lambda: "no process [/]" in toasts(pilot))


async def test_the_composed_network_is_queued_behind_the_run_at_work(started):
    async with opened(SHORT) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: started.runs)
        await pilot.press("a")
        await until(pilot, lambda: count(pilot) == "queue: 0 of 1")
        await pilot.press("a")
        await until(pilot, lambda: count(pilot) == "queue: 0 of 2")
        assert len(started.runs) == 1
        started.become(started.runs[0], RunState.FINISHED)
        await until(pilot, lambda: len(started.runs) == 2)
        assert started.runs[1].experiment == started.runs[0].experiment


async def test_what_cannot_train_is_not_queued(started):
    async with opened(replace(SHORT, dataset=CsvFile(path="gone.csv"))) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: "Cannot queue" in toasts(pilot))
        assert lab_of(pilot).queue.entries == []
        await pilot.press("escape", "asterisk")
        await settled(pilot)
        assert pilot.app.screen is lab_of(pilot)


async def test_a_pause_holds_the_queue_until_it_is_over(started):
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1)
        started.runs[0].pause()
        await until(pilot, lambda: count(pilot) == "queue: 1 of 2 (held)")
        assert len(started.runs) == 1
        started.runs[0].resume()
        await until(pilot, lambda: count(pilot) == "queue: 1 of 2")
        started.runs[0].pause()
        await until(pilot, lambda: "held" in count(pilot))
        started.runs[0].stop()
        await until(pilot, lambda: started.seeds() == [0, 1])


async def test_the_users_own_run_comes_first(started):
    async with opened(replace(SHORT, seed=7)) as pilot:
        fill(pilot, 0, 1)
        await opens(pilot, Question, "r")
        # Meanwhile the run that was asked about ends, and the queue goes on: the answer is about what trains now.
        started.become(started.runs[0], RunState.FINISHED)
        await until(pilot, lambda: started.seeds() == [0, 1])
        await pilot.press("p")
        await until(pilot, lambda: started.seeds() == [0, 1, 7])
        assert [run.state for run in started.runs] == [RunState.FINISHED, RunState.PAUSED, RunState.RUNNING]
        started.become(started.runs[2], RunState.FINISHED)
        await pilot.pause(0.1)
        assert started.runs[1].state is RunState.PAUSED


async def test_one_key_queues_the_articles_three_networks(started):
    async with opened() as pilot:
        await pilot.press("B")
        await until(pilot, lambda: count(pilot) == "queue: 1 of 3")
        for done in range(3):
            await until(pilot, lambda done=done: len(started.runs) == done + 1)
            started.become(started.runs[done], RunState.FINISHED)
        names = ("article-14-100-40-4", "article-14-28x6-4", "article-14-14x28-4")
        assert [run.experiment for run in started.runs] == [find_experiment(name) for name in names]
        assert {entry.tags for entry in lab_of(pilot).session.runs} == {("benchmark",)}


async def test_whoever_looks_at_another_run_goes_on_looking_at_it(started):
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1, 2)
        started.become(started.runs[0], RunState.FINISHED)
        await until(pilot, lambda: len(started.runs) == 2)
        assert lab_of(pilot).runs_area.selected is last_run(pilot)
        lab_of(pilot).queue.cancel(lab_of(pilot).queue.entries[2])
        lab_of(pilot).run_control.start(replace(SHORT, seed=9))
        fill(pilot, 3)
        own = lab_of(pilot).runs_area.selected
        for run in started.runs:
            started.become(run, RunState.FINISHED)
        await until(pilot, lambda: started.seeds() == [0, 1, 9, 3])
        assert lab_of(pilot).runs_area.selected is own


async def test_leaving_with_a_queue_asks(started):
    async with opened(SHORT) as pilot:
        lab_of(pilot).queue.hold()
        fill(pilot, 0, 1)
        await opens(pilot, Question, "q")
        assert "2 queued would not be trained" in "".join(texts(pilot, ".dialog-text"))
        await pilot.press("escape", "q", "q")
        await until(pilot, lambda: pilot.app._exit)
        assert started.runs == []


async def test_a_deleted_run_lets_the_next_begin(started):
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1)
        await pilot.pause()
        await opens(pilot, Question, "D")
        await pilot.press("d")
        await until(pilot, lambda: started.seeds() == [0, 1])
        assert started.runs[0].state is RunState.STOPPED


async def test_what_tells_the_queued_apart_is_in_view_in_a_small_terminal(started):
    async with opened(SHORT, SMALL) as pilot:
        lab_of(pilot).queue.add([Queued(SHORT, "learning_rate 0.003, seed 12")])
        await pilot.press("Q")
        await until(pilot, lambda: pilot.app.screen.query("#queue-table"))
        table = pilot.app.screen.query_one("#queue-table", DataTable)
        await pilot.pause()
        seen = 0
        for column in table.ordered_columns:
            seen += column.get_render_width(table)
            if column.key.value == "note":
                assert column.width >= len("learning_rate 0.003, seed 12")
            if column.key.value == "accuracy":
                assert seen <= table.size.width
                return


@pytest.mark.parametrize("size", [SMALL])
async def test_the_queues_screen_orders_holds_and_cancels(started, size):
    async with opened(SHORT, size) as pilot:
        fill(pilot, 0, 1, 2, 3)
        await opens(pilot, QueueScreen, "Q")
        shown = pilot.app.screen.query_one(DataTable)
        queue = lab_of(pilot).queue

        def states():
            return [str(shown.get_row_at(row)[0])[2:] for row in range(shown.row_count)]

        def waiting():
            return [entry.experiment.seed for entry in queue.waiting]

        assert states() == ["running", "waiting", "waiting", "waiting"]
        assert "1 of 4 · 12 % · 3 waiting" in texts(pilot, "#queue-head")[0]
        await pilot.press("down", "down", "down", "shift+up", "shift+up", "shift+up")
        assert waiting() == [3, 1, 2]
        assert shown.cursor_row == 1
        await pilot.press("shift+down")
        assert waiting() == [1, 3, 2]
        notes = [str(shown.get_cell(row.key, "note")) for row in shown.ordered_rows]
        assert notes == ["seed 0", "seed 1", "seed 3", "seed 2"]
        await pilot.press("delete")
        assert waiting() == [1, 2]
        await pilot.press("p")
        assert "held: p continues it" in texts(pilot, "#queue-head")[0]
        started.become(started.runs[0], RunState.FINISHED)
        await until(pilot, lambda: states() == ["finished", "waiting", "waiting"])
        await pilot.press("p")
        await until(pilot, lambda: started.seeds() == [0, 1])
        await pilot.press("up", "up", "delete")
        await until(pilot, lambda: "has ended" in toasts(pilot))
        await pilot.press("down", "delete")  # the one at work is stopped, its result stays
        await until(pilot, lambda: started.runs[1].state is RunState.STOPPED)
        await until(pilot, lambda: started.seeds() == [0, 1, 2])
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert lab_of(pilot).runs_area.selected is lab_of(pilot).session.runs[1]


async def test_the_empty_queue_says_how_to_fill_it_and_clear_empties(started):
    async with opened(SHORT, SMALL) as pilot:
        await pilot.press("Q", "delete", "C", "shift+up", "p", "enter")
        await until(pilot, lambda: "The queue is empty" in texts(pilot, "#queue-said")[0])
        await pilot.press("escape")
        fill(pilot, 0, 1, 2)
        await opens(pilot, QueueScreen, "Q")
        await pilot.press("C")
        await until(pilot, lambda: pilot.app.screen.query_one(DataTable).row_count == 1)
        await pilot.press("Q")
        assert pilot.app.screen is lab_of(pilot)
        assert count(pilot) == "queue: 1 of 1"


async def test_a_click_on_the_count_shows_the_queue(started):
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1)
        await pilot.pause()
        await pilot.click("#queue-count")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueScreen))


# --- Grids ------------------------------------------------------------------------------------------------------------


def count_line(pilot):
    return texts(pilot, "#form-line")[0]


async def choose(pilot, place, path, values):
    field = pilot.app.screen.query_one(f"#field-grid-setting-{place}", ChoiceField)
    field.select.value = [choice.value for choice in field.choices].index(path)
    await pilot.pause()
    pilot.app.screen.query_one(f"#grid-values-{place}", Input).value = values
    await pilot.pause()


@pytest.mark.parametrize("size", [SMALL])
async def test_a_grid_is_queued_with_a_note_and_a_tag_for_each_run(started, size):
    async with opened(SHORT, size) as pilot:
        await opens(pilot, GridBuilder, "asterisk")
        await pilot.press("0", "full_stop", "1", "comma", "1")
        await until(pilot, lambda: count_line(pilot) == "2 runs")
        await choose(pilot, 1, "layers", "4, 3-2, 5x2")
        await choose(pilot, 2, "seed", "0..4")
        assert count_line(pilot) == "2 × 3 × 5 = 30 runs"
        await pilot.click("#accept")
        await until(pilot, lambda: count(pilot) == "queue: 1 of 30")
        entries = lab_of(pilot).queue.entries
        assert entries[7].note == "learning rate 0.1, layers 3-2, seed 2"
        assert entries[7].experiment.optimizer == AdamSpec(0.1)
        assert entries[7].network == "2-3-2-2"
        (tags,) = {entry.tags for entry in entries}
        assert tags[0].startswith("grid-")
        assert last_run(pilot).note == entries[0].note


async def test_a_grid_that_cannot_be_says_which_setting_and_why(started):
    async with opened(SHORT, SMALL) as pilot:
        await opens(pilot, GridBuilder, "asterisk")
        for path, values, words in (
            ("seed", "0..2000", "more than 1,000 values"),
            ("seed", "", "write the values"),
            ("optimizer", "adm", "did you mean adam"),
            ("optimizer.learning_rate", "-1", "Learning rate: expected a number > 0"),
            ("batch_size", "16, 10000", "batch size 10000: Batch size: a mini-batch of 10,000 is larger"),
            ("layers", "[/] x", "are not hidden layers"),
            ("optimizer.warm_up", "99", "takes the whole run"),
        ):
            await choose(pilot, 0, path, values)
            pilot.app.screen.query_one("#accept").press()
            await until(pilot, lambda words=words: words in count_line(pilot))
        await choose(pilot, 0, "seed", "0..99")
        await choose(pilot, 1, "epochs", "1..20")
        await until(pilot, lambda: "would make 2,000 runs; at most 1,000" in count_line(pilot))
        await choose(pilot, 1, "seed", "1")
        await until(pilot, lambda: "chosen twice" in count_line(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is lab_of(pilot))
        assert lab_of(pilot).queue.entries == []


async def test_a_real_queue_trains_to_its_end():
    async with opened(SHORT) as pilot:
        fill(pilot, 0, 1, 2)
        await until(pilot, lambda: lab_of(pilot).queue.ended)
        runs = lab_of(pilot).session.runs
        assert [entry.run.state for entry in runs] == [RunState.FINISHED] * 3
        assert [entry.run.experiment.seed for entry in runs] == [0, 1, 2]
        lab_of(pilot).queue.add(queued(0, 1, base=ENDLESS))
        lab_of(pilot).queue_control.advance()
        await until(pilot, lambda: last_run(pilot).run.iteration > 20)
        last_run(pilot).run.stop()
        await until(pilot, lambda: len(runs) == 5 and runs[4].run.iteration > 20)
        assert sum(entry.training for entry in runs) == 1
        assert lab_of(pilot).query_one(RunsTable).row_count == 5
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("width", "last"), [(60, "note"), (80, "accuracy"), (100, "network"), (121, "seed"), (250, "seed")]
)
def test_the_queue_shows_the_columns_that_fit(width, last):
    shown = fitting_columns(width)
    assert list(shown)[-1] == last
    assert sum(cells + 2 for cells in shown.values()) < width
    assert 28 <= shown["note"] <= 44
