"""The pace of a training, as it is written, chosen and shown."""

import pytest

from joml_tui.runs.pace import Pace, faster, pace_to_watch, parse_pace, require_pace, slower


@pytest.mark.parametrize(
    ("written", "pace"),
    [
        ("5", Pace(5, "epoch")),
        ("5/s", Pace(5, "epoch")),
        ("0.5 epochs/s", Pace(0.5, "epoch")),
        ("1 epoch/s", Pace(1, "epoch")),
        ("100i", Pace(100, "iteration")),
        ("100i/s", Pace(100, "iteration")),
        (" 1,000 iterations / s", Pace(1_000, "iteration")),
        ("2 Steps/sec", Pace(2, "iteration")),
        ("full", None),
        ("FULL", None),
    ],
)
def test_a_pace_is_read_as_people_write_it(written, pace):
    assert parse_pace(written) == pace


@pytest.mark.parametrize("pace", [Pace(1, "epoch"), Pace(0.2, "epoch"), Pace(2_000, "iteration")])
def test_what_is_shown_may_be_written(pace):
    assert parse_pace(str(pace)) == pace


@pytest.mark.parametrize("written", ["", "fast", "5/min", "-5", "5 batches/s", "nan", "1e3"])
def test_what_is_no_pace_is_refused_with_what_is(written):
    with pytest.raises(ValueError, match=r"5 or 5/s for epochs a second, 100i/s"):
        parse_pace(written)


@pytest.mark.parametrize("written", ["0", "0.0001i"])
def test_a_pace_that_would_be_a_pause_is_refused(written):
    with pytest.raises(ValueError, match="too slow"):
        parse_pace(written)


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 10, 24, 99, 100, 300, 10_000])
def test_a_training_that_is_watched_takes_five_to_fifteen_seconds(epochs):
    assert 5 <= epochs / pace_to_watch(epochs, 2).per_second <= 15


def test_a_training_that_takes_longer_by_itself_is_not_slowed_down():
    assert pace_to_watch(1_000_000, 10) is None
    assert pace_to_watch(500, 25) == Pace(100, "epoch")


def test_a_pace_counts_in_iterations():
    assert Pace(5, "epoch").iterations_per_second(32) == 160
    assert Pace(5, "iteration").iterations_per_second(32) == 5
    assert str(Pace(1, "iteration")) == "1 iteration/s"


def test_a_pace_made_in_python_is_checked_too():
    for per_second in (0, -1, "5", float("nan")):
        with pytest.raises(ValueError, match=r"per_second must be a (finite )?number"):
            Pace(per_second, "epoch")
    with pytest.raises(ValueError, match="unit must be epoch or iteration, got 'hour'"):
        Pace(1, "hour")
    assert require_pace(None) is None
    with pytest.raises(TypeError, match=r"a Pace such as Pace\(20, 'iteration'\) was expected.*got 20"):
        require_pace(20)


@pytest.mark.parametrize("iterations_per_epoch", [1, 7, 25, 410, 20_000])
def test_faster_and_slower_go_the_same_way_by_round_paces(iterations_per_epoch):
    pace, up = slower(Pace(0.001, "iteration"), iterations_per_epoch, 9_999), []
    while pace is not None:
        up.append(pace)
        pace = faster(pace, iterations_per_epoch)
    rates = [each.iterations_per_second(iterations_per_epoch) for each in up]
    assert rates[0] == 1 and rates == sorted(set(rates)) and rates[-1] <= 5_000
    down = [slower(None, iterations_per_epoch, 9_999)]
    while down[-1] != up[0]:
        down.append(slower(down[-1], iterations_per_epoch, 9_999))
    assert down == up[::-1]
    assert slower(up[0], iterations_per_epoch, 9_999) == up[0]


def test_slower_than_full_is_slower_than_the_computer():
    assert slower(None, 410, 900) == Pace(2, "epoch")
    assert slower(None, 410, 0.5) == Pace(1, "iteration")


def test_a_pace_between_the_usual_ones_has_its_neighbours():
    assert slower(Pace(3, "epoch"), 25, 9_999) == Pace(2, "epoch")
    assert faster(Pace(3, "epoch"), 25) == Pace(5, "epoch")
    assert str(slower(Pace(1, "epoch"), 25, 9_999)) == "20 iterations/s"
