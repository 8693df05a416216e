"""History: what is written is read, whole, in any process, at a cost that the run's length does not change."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml_tui.runs.history import History


def filled(costs: np.ndarray, *, path: Path | None = None, per_epoch: int = 10) -> History:
    history = History.create(per_epoch, max(1, len(costs)), 32, 32 * per_epoch, path=path)
    history.append(costs, costs)
    return history


@pytest.fixture(params=["memory", "file"])
def path(request, tmp_path) -> Path | None:
    return tmp_path / "history" if request.param == "file" else None


class TestWriting:
    def test_rows_come_back_as_float32(self, path):
        history = History.create(10, 20, 32, 300, path=path)
        history.append([1.5, 0.5], [0.25, 0.75])
        history.append(np.array([0.25]), np.array([1.0]))
        history.append_check(2, 0.125, 0.5)
        assert history.iterations == 3
        assert history.train_cost.dtype == np.float32
        assert history.train_cost.tolist() == [1.5, 0.5, 0.25]
        assert history.train_accuracy.tolist() == [0.25, 0.75, 1.0]
        assert history.tests == 1
        assert (history.test_iteration.tolist(), history.test_cost.tolist(), history.test_accuracy.tolist()) == (
            [2],
            [0.125],
            [0.5],
        )

    def test_views_cannot_be_written(self, path):
        history = filled(np.ones(3), path=path)
        with pytest.raises(ValueError, match="read-only"):
            history.train_cost[0] = 2

    def test_unequal_lengths_are_refused_and_nothing_is_written(self, path):
        history = History.create(10, 20, 32, 300, path=path)
        with pytest.raises(ValueError, match=r"\(2,\) and \(1,\)"):
            history.append([1, 2], [1])
        assert history.iterations == 0

    def test_more_rows_and_tests_than_foreseen(self, path):
        history = History.create(10, 5, 32, 300, path=path)
        early = history.train_cost
        for start in range(0, 3_000, 100):
            history.append(np.arange(start, start + 100), np.zeros(100))
            history.append_check(start + 100, start, 0.5)
            for k in range(20):
                history.append_check(start + 100, k, 0.5)
        assert np.array_equal(history.train_cost, np.arange(3_000))
        assert history.tests == 30 * 21
        assert history.test_cost[0] == 0
        assert early.shape == (0,)

    def test_not_a_history(self, tmp_path):
        wrong = tmp_path / "wrong"
        wrong.write_bytes(b"x" * 200)
        with pytest.raises(ValueError, match="wrong: not a history"):
            History.open(wrong)
        wrong.write_bytes(b"x")
        with pytest.raises(ValueError, match="too few"):
            History.open(wrong)


class TestReader:
    def test_sees_growth_after_the_file_is_unlinked(self, tmp_path):
        writer = filled(np.arange(5), path=tmp_path / "history")
        reader = History.open(tmp_path / "history")
        (tmp_path / "history").unlink()
        assert (reader.iterations_per_epoch, reader.batch_size, reader.train_size) == (10, 32, 320)
        seen = reader.train_cost
        writer.append(np.arange(5, 200_000), np.zeros(199_995))
        for index in range(1_000):
            writer.append_check(index, index, 0)
        assert np.array_equal(reader.train_cost, np.arange(200_000, dtype=np.float32))
        assert np.array_equal(reader.test_iteration, np.arange(1_000))
        assert np.array_equal(seen, np.arange(5))

    @pytest.mark.slow
    def test_in_memory_copy_outlives_the_file(self, tmp_path):
        writer = filled(np.arange(100), path=tmp_path / "history")
        writer.append_check(100, 7, 0.5)
        reader = History.open(tmp_path / "history")
        before = reader.reduce("train_cost", 1, 100, 10)
        copy = reader.to_memory()
        del reader, writer
        gc.collect()
        (tmp_path / "history").unlink()
        assert np.array_equal(copy.train_cost, np.arange(100))
        assert copy.test_cost.tolist() == [7]
        after = copy.reduce("train_cost", 1, 100, 10)
        assert np.array_equal(before.high, after.high)
        assert copy.iterations_per_epoch == 10

    @pytest.mark.slow
    def test_another_process_never_announces_rows_it_has_not_written(self, tmp_path):
        path = tmp_path / "history"
        script = (
            "import sys, numpy as np\n"
            "from pathlib import Path\n"
            "from joml_tui.runs.history import History\n"
            "history = History.create(10, 1_000, 32, 320, path=Path(sys.argv[1]))\n"
            "print('ready', flush=True)\n"
            "while history.iterations < 300_000:\n"
            "    rows = np.arange(history.iterations + 1, history.iterations + 138)\n"
            "    history.append(rows, rows)\n"
            "    history.append_check(history.iterations, 1 + history.tests, 1)\n"
        )
        with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout.readline() == "ready\n"
            reader = History.open(path)
            path.unlink()
            looks = 0
            while (running := writer.poll() is None) or looks == 0:
                costs, accuracies, tests = reader.train_cost, reader.train_accuracy, reader.test_cost
                assert np.array_equal(costs, np.arange(1, len(costs) + 1, dtype=np.float32))
                assert not len(accuracies) or accuracies[-1] == len(accuracies)
                assert np.array_equal(tests, np.arange(1, len(tests) + 1, dtype=np.float32))
                looks += 1
            assert not running
        assert writer.returncode == 0
        assert reader.iterations >= 300_000
        assert reader.reduce("train_cost", 1, reader.iterations, 1).high[0] == reader.iterations


class TestEpochMean:
    def test_the_last_mini_batch_weighs_its_samples(self):
        history = History.create(3, 6, 10, 24, path=None)  # mini-batches of 10, 10 and 4
        history.append([1, 2, 9, 4], [0, 0, 0, 0.5])
        assert history.epoch_mean("train_cost", 1) == pytest.approx((10 * 1 + 10 * 2 + 4 * 9) / 24)
        assert history.epoch_mean("train_cost", 2) == history.last_epoch_mean("train_cost") == 4
        assert history.last_epoch_mean("train_accuracy") == 0.5

    def test_the_latest_mean_follows_each_iteration(self):
        history = History.create(3, 6, 10, 24)
        for cost, mean in ((1, 1), (3, 2), (2, (10 * 1 + 10 * 3 + 4 * 2) / 24), (7, 7)):
            history.append([cost], [0])
            for _ in range(2):
                assert history.last_epoch_mean("train_cost") == pytest.approx(mean)
            assert history.last_epoch_mean("train_accuracy") == 0

    def test_no_iteration_yet(self):
        history = History.create(3, 6, 10, 24)
        assert np.isnan(history.last_epoch_mean("train_cost"))
        assert np.isnan(history.epoch_mean("train_cost", 2))

    def test_a_diverged_epoch_has_no_mean(self):
        history = History.create(3, 6, 10, 24)
        history.append([1, np.inf], [0, 0])
        assert np.isnan(history.epoch_mean("train_cost", 1))
        assert history.epoch_mean("train_accuracy", 1) == 0


values = st.one_of(
    st.floats(-10, 10, width=32), st.sampled_from([float("nan"), float("inf"), float("-inf"), 1e30, -1e30])
)
chunks = st.lists(st.integers(0, 700), min_size=1, max_size=5)


@st.composite
def series(draw) -> tuple[History, np.ndarray]:
    """Draw a history that was read between its appends, as a live one is."""
    base = np.array(draw(st.lists(values, min_size=1, max_size=40)), np.float32)
    history = History.create(10, 100, 32, 320)
    written = [np.empty(0, np.float32)]
    for length in draw(chunks):
        part = np.roll(np.resize(base, length), length)
        history.append(part, part)
        history.reduce("train_cost", 1, 50, 7)
        written.append(part)
    return history, np.concatenate(written)


class TestReduce:
    @settings(max_examples=60, deadline=None)
    @given(series(), st.integers(1, 120), st.data())
    def test_minimum_and_maximum_of_every_column_survive(self, drawn, columns, data):
        history, rows = drawn
        first = data.draw(st.integers(1, len(rows) + 5))
        last = data.draw(st.integers(first, len(rows) + 50))
        reduced = history.reduce("train_cost", first, last, columns)
        part = rows[first - 1 : last]
        finite = part[np.isfinite(part)]
        assert len(reduced.iteration) <= columns
        assert np.all(np.diff(reduced.iteration) > 0)
        assert np.all(reduced.low <= reduced.high)
        if len(finite):
            assert (reduced.low.min(), reduced.high.max()) == (finite.min(), finite.max())
            assert first <= reduced.iteration[0] <= reduced.iteration[-1] <= min(last, len(rows))
        else:
            assert len(reduced.iteration) == 0

    @settings(max_examples=40, deadline=None)
    @given(st.integers(100, 40_000), st.integers(1, 200), st.data())
    def test_a_spike_stays_where_it_is(self, length, columns, data):
        spike = data.draw(st.integers(0, length - 1))
        costs = np.zeros(length)
        costs[spike] = 5
        reduced = filled(costs).reduce("train_cost", 1, length, columns)
        peak = np.flatnonzero(reduced.high == 5)
        assert len(peak) == 1
        assert abs(reduced.iteration[peak[0]] - (spike + 1)) <= length / columns

    def test_finished_columns_do_not_change_while_the_run_goes_on(self):
        costs = np.random.default_rng(1).normal(size=5_000)
        history = History.create(10, 10_000, 32, 320)
        history.append(costs[:3_000], costs[:3_000])
        early = history.reduce("train_cost", 1, 10_000, 100)
        history.append(costs[3_000:], costs[3_000:])
        late = history.reduce("train_cost", 1, 10_000, 100)
        assert (len(early.iteration), len(late.iteration)) == (30, 50)
        assert np.array_equal(early.low, late.low[:30])
        assert np.array_equal(early.iteration, late.iteration[:30])

    def test_tests_are_placed_by_their_iteration(self):
        history = filled(np.zeros(1_000))
        for iteration, cost in [(100, 3), (200, 2), (990, np.nan), (1_000, 1)]:
            history.append_check(iteration, cost, 0.5)
        reduced = history.reduce("test_cost", 1, 1_000, 50)
        assert reduced.iteration.tolist() == [100, 200, 990]
        assert reduced.low.tolist() == [3, 2, 1]
        assert history.reduce("test_cost", 150, 250, 50).iteration.tolist() == [200]

    def test_cost_does_not_follow_the_length(self):
        def touched(length: int) -> int:
            history = filled(np.ones(length, np.float32))
            history.reduce("train_cost", 1, length, 200)
            pyramid = history._pyramids["train_cost"]
            before = pyramid.touched
            history.append([1], [1])
            history.reduce("train_cost", 1, length, 200)
            history.smooth("train_cost", np.linspace(1, length, 200), length // 50)
            return pyramid.touched - before

        assert touched(4_000_000) <= 2 * touched(40_000)

    def test_a_long_run_can_be_met_ahead(self):
        history = filled(np.ones(100_000, np.float32))
        assert history.unread == 100_000
        history.catch_up()
        assert history.unread == 0
        before = history._pyramids["train_cost"].touched
        history.reduce("train_cost", 1, 100_000, 100)
        assert history._pyramids["train_cost"].touched - before < 100_000
        history.append([1], [1])
        assert history.unread == 1


class TestSmooth:
    @settings(max_examples=60, deadline=None)
    @given(series(), st.integers(1, 2_000))
    def test_is_the_moving_average_of_the_finite_values(self, drawn, window):
        history, rows = drawn
        iterations = np.unique(np.linspace(1, len(rows), 30).astype(int)) if len(rows) else np.empty(0, int)
        smoothed = history.smooth("train_cost", iterations, window)
        assert smoothed.shape == iterations.shape
        for iteration, value in zip(iterations, smoothed, strict=True):
            start = max(0, iteration - 1 - window // 2)
            part = rows[start : iteration - 1 - window // 2 + window].astype(float)
            part = part[np.isfinite(part)]
            if len(part):
                assert value == pytest.approx(part.mean(), rel=1e-6, abs=1e-6 * np.abs(part).max())
            else:
                assert np.isnan(value)

    def test_one_huge_value_spoils_only_its_own_window(self):
        costs = np.full(10_000, 0.5)
        costs[3_000] = 1e30
        smoothed = filled(costs).smooth("train_cost", [1_000, 3_001, 9_000], 100)
        assert smoothed[0] == smoothed[2] == 0.5
        assert smoothed[1] == pytest.approx(1e28)


def test_the_last_value_is_the_latest_finite_one_in_a_window():
    history = History.create(4, 12, 3, 10)
    history.append([5, 4, 3, 2, 6, np.nan], [0] * 6)
    for iteration, cost in ((2, 0.9), (4, 0.4), (6, 0.7)):
        history.append_check(iteration, cost, 0)
    assert [history.last_value("train_cost", 1, last) for last in (1, 4, 5, 6, 9)] == [5, 2, 6, 6, 6]
    assert np.isnan(history.last_value("train_cost", 6, 9))
    last_values = [history.last_value("check_cost", 1, last) for last in (2, 3, 5, 6, 100)]
    np.testing.assert_allclose(last_values, [0.9, 0.9, 0.4, 0.7, 0.7], rtol=1e-6)
    assert np.isnan(history.last_value("check_cost", 5, 5))
    assert np.isnan(history.last_value("check_cost", 1, 1))


def test_a_mean_before_an_iteration_is_over_samples():
    history = History.create(4, 12, 3, 10)  # mini-batches of 3, 3, 3 and 1 samples
    history.append([1, 1, 1, 5, 2], [0] * 5)
    assert history.mean_before("train_cost", 4, 4) == pytest.approx((9 + 5) / 10)
    assert history.mean_before("train_cost", 5, 2) == pytest.approx((5 + 6) / 4)
    assert history.mean_before("train_cost", 4, 100) == history.epoch_mean("train_cost", 1)
    assert np.isnan(history.mean_before("train_cost", 0, 100))


def test_quantiles_leave_out_the_extremes_of_a_window():
    history = History.create(10, 1_000, 32, 320)
    values = np.resize(np.arange(10.0), 1_000)
    values[500] = 1e30
    values[501] = np.nan
    history.append(values, np.zeros(1_000))
    low, high = history.quantiles("train_cost", [1, 500, 1_000], 100, (0.1, 0.9))
    assert ((low >= 0) & (low <= 2)).all()
    assert ((high >= 7) & (high <= 9)).all()
    low, high = history.quantiles("train_cost", [4], 1, (0.1, 0.9))
    assert low == high == [3]


def test_quantiles_of_nothing_finite_are_nan():
    history = History.create(10, 1_000, 32, 320)
    history.append(np.full(20, np.inf), np.zeros(20))
    assert all(np.isnan(each).all() for each in history.quantiles("train_cost", [5, 20], 10, (0.1, 0.9)))
    assert all(len(each) == 0 for each in history.quantiles("train_cost", [], 10, (0.1, 0.9)))
