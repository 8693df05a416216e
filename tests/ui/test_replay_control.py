"""The replay of an ended run: curves' cursor and views of the network go together, by keys, and as a film."""

from types import SimpleNamespace

import pytest
from laboratory import SHORT, lab_of, last_run, opened, toasts, trained, until
from msgspec.structs import replace

from joml_tui.inspect.health_report import Health
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.ui.replay import replay_control
from joml_tui.ui.replay.replay_control import ReplayControl
from joml_tui.ui.runs.session import LabRun


class Film(SimpleNamespace):
    """A timer that a test moves on."""

    def stop(self):
        self.stopped = True


@pytest.fixture
def parts(monkeypatch):
    """What a control is made of, with what it was asked for."""
    parts = SimpleNamespace(moments=[], cursors=[], sentences=[], film=None)

    def call_every(_, seconds, callback):
        parts.film = Film(seconds=seconds, on=callback, stopped=False)
        return parts.film

    monkeypatch.setattr(replay_control, "call_every", call_every)
    monkeypatch.setattr(replay_control, "say", lambda _, sentence, **__: parts.sentences.append(sentence))
    parts.runs = SimpleNamespace(selected_for=lambda doing: parts.lab_run)
    parts.charts = SimpleNamespace(point_at=parts.cursors.append)
    parts.inside = SimpleNamespace(replay=parts.moments.append, show_run=lambda lab_run: None, waits=False)
    parts.arrangement = SimpleNamespace(screen=None)
    parts.control = ReplayControl(parts.runs, parts.charts, parts.inside, parts.arrangement)
    return parts


def lab_run(*iterations, state=RunState.FINISHED):
    ring = SnapshotRing()
    for iteration in iterations:
        ring.add(iteration, b"state")
    run = SimpleNamespace(state=state, snapshots=ring, architecture="2-4-2", forked_from=None, iteration=12)
    return LabRun(run, 1, 1)


def test_a_paused_run_is_replayed_up_to_where_it_stands(parts):
    parts.lab_run = lab_run(0, 5, state=RunState.PAUSED)
    for steps in (-1, -1, 1, 1):
        parts.control.action_step(steps)
    assert parts.moments == [5, 0, 5, None]
    assert parts.cursors == [5, 0, 5, 12]


def test_a_run_that_trains_on_shows_its_present_again(parts):
    parts.lab_run = lab_run(0, 5, 9, state=RunState.PAUSED)
    parts.control.action_play()
    parts.lab_run.run.state = RunState.RUNNING
    parts.control.follow_run(parts.lab_run)
    assert not parts.control.plays
    assert parts.moments[-1] is None


def test_steps_go_from_the_end_to_the_start_and_back(parts):
    parts.lab_run = lab_run(0, 5, 9)
    for steps in (-1, -1, -1, 1, 1, 1):
        parts.control.action_step(steps)
    assert parts.moments == parts.cursors == [5, 0, 0, 5, 9, 9]


@pytest.mark.parametrize(("area", "moments", "pans"), [("inside", [5], []), ("charts", [], [-1]), ("runs", [], [-1])])
def test_the_keys_to_look_aside_are_of_the_area_in_use(parts, area, moments, pans):
    parts.lab_run, panned = lab_run(0, 5, 9), []
    parts.charts.action_pan = panned.append
    parts.arrangement.area_in_use = area
    parts.control.action_pan(-1)
    assert (parts.moments, panned) == (moments, pans)


def test_the_views_follow_the_cursor_to_the_snapshot_before_it(parts):
    parts.control.follow_run(lab_run(2, 5, 9))
    for iteration in (7, 5, 1, None):
        parts.control.follow_cursor(iteration)
    assert parts.moments == [5, 5, None, None]
    assert parts.cursors == []


def test_the_cursor_of_a_run_that_trains_moves_nothing(parts):
    parts.control.follow_run(lab_run(0, 5, state=RunState.RUNNING))
    parts.control.follow_cursor(5)
    assert parts.moments == []


def test_a_film_waits_for_each_picture_and_ends_at_the_end(parts):
    parts.lab_run = lab_run(0, 5, 9)
    parts.control.action_play()
    assert parts.moments == [0] and parts.film.seconds == 0.5
    parts.inside.waits = True
    parts.film.on()
    assert parts.moments == [0]
    parts.inside.waits = False
    for _ in range(3):
        parts.film.on()
    assert parts.moments == [0, 5, 9]
    assert parts.film.stopped and not parts.control.plays


def test_a_film_of_many_snapshots_takes_seconds(parts):
    parts.lab_run = lab_run(*range(250))
    parts.control.action_play()
    while parts.control.plays:
        parts.film.on()
    assert parts.moments[-1] == 249
    assert 4 <= len(parts.moments) * parts.film.seconds <= 9


def test_a_film_is_halted_by_its_key_a_step_another_run_or_the_end_of_the_cursor(parts):
    parts.lab_run = lab_run(0, 5, 9)
    for halt in (
        parts.control.action_play,
        lambda: parts.control.action_step(1),
        lambda: parts.control.follow_cursor(None),
        lambda: parts.control.follow_run(lab_run(0, 5)),
    ):
        parts.control.action_play()
        assert parts.control.plays
        halt()
        assert not parts.control.plays


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (
            lab_run(0, 5, state=RunState.RUNNING),
            "It is training. p pauses it, then 9 replays it up to there.",
        ),
        (lab_run(5), "It has one snapshot only, so there is nothing to replay."),
    ],
)
def test_a_run_that_cannot_be_replayed_says_why(parts, run, why):
    parts.lab_run = run
    parts.control.action_play()
    parts.control.action_step(-1)
    assert parts.sentences == [why, why]
    assert parts.moments == []


async def test_an_ended_run_is_replayed_by_keys_and_stored_weights_answer(monkeypatch):
    asked = []
    ask = Run.ask

    def noted(run, question, on_answer, at=None):
        if not isinstance(question, Health):  # which the charts ask in their own time
            asked.append(at)
        ask(run, question, on_answer, at)

    async with opened(replace(SHORT, epochs=40)) as pilot:
        run = (await trained(pilot)).run
        there, done = run.snapshots.iterations, run.iteration
        area = lab_of(pilot).inside_area
        await pilot.press("4")
        while area.panel.title != "Regions":
            await pilot.press("right_curly_bracket")
        await until(pilot, lambda: str(area.border_subtitle).endswith(f"iteration {done}"))
        monkeypatch.setattr(Run, "ask", noted)
        await pilot.press("left")
        await until(pilot, lambda: str(area.border_subtitle).endswith(f"iteration {there[-2]} of {done}"))
        charts = lab_of(pilot).charts_area.query_one("#charts")
        assert charts.cursor == there[-2]
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: str(area.border_subtitle).endswith(f"iteration {there[-3]} of {done}"))
        assert set(asked) == {there[-2], there[-3]}
        await pilot.press("2", "c", "c")  # away, and to the end
        charts.focus()
        await pilot.press(*["left"] * 200)
        await until(pilot, lambda: lab_of(pilot).replay.moment == 0)
        assert run.iteration == done and run.state is RunState.FINISHED
        await pilot.press("r")
        await until(pilot, lambda: len(lab_of(pilot).session.runs) == 2 and last_run(pilot).run.state.ended)
        assert lab_of(pilot).replay.moment is None


async def test_a_film_plays_from_any_area(monkeypatch):
    async with opened(replace(SHORT, epochs=40)) as pilot:
        await pilot.press("9")
        assert "No run yet" in toasts(pilot)
        run = (await trained(pilot)).run
        area, moments = lab_of(pilot).inside_area, []
        show = area.replay

        def noted(moment):
            moments.append(moment)
            show(moment)

        monkeypatch.setattr(area, "replay", noted)
        await pilot.press("3", "9")
        await until(pilot, lambda: moments and not lab_of(pilot).replay.plays)
        assert moments[0] == 0 and len(moments) > 2
        assert lab_of(pilot).charts_area.query_one("#charts").cursor == run.iteration
