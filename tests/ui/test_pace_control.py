"""The pace of runs in the lab: of two features to watch, changed by keys, remembered, and full where nobody watches."""

import pytest
from laboratory import ENDLESS, compose_of, lab_of, last_run, opened, until
from msgspec.structs import replace

from joml_tui.experiment import Experiment, SpinGlass, Xor
from joml_tui.runs.pace import Pace
from joml_tui.ui.runs import pace_control
from joml_tui.ui.runs.pace_control import starting_pace

PLANE, CUBE = Experiment(dataset=Xor(samples=200), epochs=40), Experiment(dataset=SpinGlass(), epochs=40)


@pytest.mark.parametrize(
    ("speed", "plane", "cube"),
    [
        ("automatic", Pace(5, "epoch"), None),
        ("watch", Pace(5, "epoch"), Pace(5, "epoch")),
        ("full", None, None),
    ],
)
def test_data_of_two_features_are_watched(speed, plane, cube):
    assert (starting_pace(speed, PLANE), starting_pace(speed, CUBE)) == (plane, cube)


def test_an_experiment_that_cannot_be_read_is_left_to_its_run():
    assert starting_pace("automatic", replace(PLANE, input_size=3)) is None


@pytest.mark.quick
async def test_keys_change_the_pace_of_the_run_at_work_and_of_no_other(monkeypatch):
    monkeypatch.setattr(pace_control, "DEFAULT_SPEED", "automatic")
    async with opened(ENDLESS) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iterations_per_epoch)
        run = last_run(pilot).run
        assert run.pace is None  # it takes far longer than a few seconds
        await until(pilot, lambda: run.iteration > 10)
        for _ in range(30):
            await pilot.press("less_than_sign")
        assert run.pace == Pace(1, "iteration")
        assert "1 iteration/s" in lab_of(pilot).transport.query_one("#progress").render().plain
        await pilot.press("greater_than_sign")
        assert run.pace == Pace(2, "iteration")
        await pilot.press("X")
        assert run.pace is None
        await pilot.press("X")
        assert run.pace is not None
        assert lab_of(pilot).pace_control.speed == "automatic"
        assert run.adjustments == [] and run.experiment.epochs == ENDLESS.epochs


async def test_a_newcomers_first_run_is_watched(monkeypatch):
    monkeypatch.setattr(pace_control, "DEFAULT_SPEED", "automatic")
    async with opened(CUBE) as pilot:
        control = lab_of(pilot).pace_control
        assert control.of_new_run(CUBE) is None
        pilot.app.shows_tour = True
        assert control.of_new_run(CUBE) == Pace(5, "epoch")
        control.choose("full")
        assert control.of_new_run(CUBE) is None


async def test_without_a_run_the_keys_choose_the_speed_of_the_next(monkeypatch):
    async with opened(PLANE) as pilot:
        control = lab_of(pilot).pace_control
        assert control.speed == "full"
        await pilot.press("less_than_sign")
        assert control.speed == pilot.app.memory.now.pace == "watch"
        assert compose_of(pilot).form.speed.value == "watch"
        assert control.of_new_run(CUBE) == Pace(5, "epoch")
        await pilot.press("X")
        assert control.speed == pilot.app.memory.now.pace == "full"


async def test_the_speed_is_chosen_among_the_settings_and_is_no_part_of_them():
    async with opened(PLANE) as pilot:
        compose = compose_of(pilot)
        before = compose.draft.read().experiment
        compose.form.speed.select.value = 1
        await until(pilot, lambda: lab_of(pilot).pace_control.speed == "watch")
        assert pilot.app.memory.now.pace == "watch"
        assert compose.draft.read().experiment == before
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        assert last_run(pilot).run.pace == Pace(5, "epoch")
        await pilot.press("X")


async def test_the_queue_trains_at_full_speed(monkeypatch):
    monkeypatch.setattr(pace_control, "DEFAULT_SPEED", "watch")
    async with opened(PLANE) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        assert last_run(pilot).run.pace is None
