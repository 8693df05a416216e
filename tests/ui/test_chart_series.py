"""From histories to descriptions: what is shown, and what is reduced again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from joml_tui.experiment import CostScale
from joml_tui.plots.chart_model import Picture
from joml_tui.plots.drawing import draw
from joml_tui.plots.geometry import dot_columns
from joml_tui.plots.palette import ink_for
from joml_tui.runs.history import History
from joml_tui.ui.charts.chart_series import ChartedRun, Describer, View, figures_of

INK = ink_for(0x101010, 0xE0E0E0)


def text_of(picture: Picture) -> list[str]:
    return ["".join(piece.text for piece in row) for row in picture.rows]


def has_curve(picture: Picture) -> bool:
    return any(0x2800 < ord(character) <= 0x28FF for row in text_of(picture) for character in row)


class TestDescriber:
    VIEW = View("cost", 80, 20, INK, dark=True, smoothing=10)

    @staticmethod
    def run(key="1", rows=450, **options) -> ChartedRun:
        history = History.create(10, 1_000, 32, 320)
        history.append(np.linspace(2, 1, rows), np.zeros(rows))
        history.append_check(10, 1.5, 0.5)
        return ChartedRun(key, f"run {key}", 0, history, live=False, **options)

    def test_a_run_has_a_smoothed_curve_in_a_band_and_a_test_curve(self):
        description = Describer().describe([self.run()], self.VIEW)
        assert sorted(each.kind for each in description.curves) == ["band", "check", "smooth"]
        assert "⢕ 8 of 10 mini-batches" in text_of(draw(structs.replace(description, width=120)))[0]
        assert description.last == 500
        assert len(description.curves[0].points()[0]) <= dot_columns(80, 20)
        assert has_curve(draw(description))

    def test_the_title_says_of_which_part_the_checks_are(self):
        validated = History.create(10, 1_000, 32, 320, checked_part="validation")
        validated.append(np.linspace(2, 1, 450), np.zeros(450))
        validated.append_check(10, 1.25, 0.5)
        validated = ChartedRun("2", "run 2", 1, validated, live=False)
        for runs, part, costs in (
            ([self.run()], "test", [1.5]),
            ([validated], "validation", [1.25]),
            ([self.run(), validated], "test / validation", [1.5, 1.25]),
        ):
            description = Describer().describe(runs, self.VIEW)
            assert description.checked == part
            assert [each.points()[1][0] for each in description.curves if each.kind == "check"] == costs
            assert f"━ train  ● {part} " in text_of(draw(description))[0]

    def test_costs_of_a_standardised_value_are_shown_in_its_units(self):
        scale = CostScale("price", 1000.0, is_squared=True)
        run = self.run(cost_unit="squared error, standardised", cost_scale=scale)
        view = replace(self.VIEW, cursor=10.0, levels=(("mean", 1.0, 0.0),))
        description = Describer().describe([run], view)
        assert description.title == "root mean squared error of price"
        band = next(each for each in description.curves if each.kind == "band").points()[2]
        assert band.max() == pytest.approx(1000 * 2**0.5, rel=1e-2)
        (check,) = [each.points()[1][0] for each in description.curves if each.kind == "check"]
        assert check == description.best[0].value == pytest.approx(1000 * 1.5**0.5)
        assert description.levels[0].value == 1000
        assert description.cursor.readings[0].check == pytest.approx(1000 * 1.5**0.5)
        assert Describer().describe([run], replace(view, figure="accuracy")).levels[0].value == 0

    def test_the_band_of_replicas_has_the_roots_of_its_ends(self):
        history = History.create(10, 1_000, 32, 320, spread=True)
        history.append(np.full(50, 5.0), np.zeros(50), spreads=(np.full(50, 4.0), np.zeros(50)))
        history.append_check(10, 5.0, 0.5, spreads=(4.0, 0.0))
        scale = CostScale("price", 10.0, is_squared=True)
        run = ChartedRun("1", "run 1", 0, history, live=False, cost_scale=scale)
        description = Describer().describe([run], replace(self.VIEW, cursor=20.0))
        for kind in ("band", "whisker"):
            low, high = next(each for each in description.curves if each.kind == kind).points()[1:]
            assert (low[0], high[0]) == (10, 30)
        assert description.cursor.readings[0].spread == 10
        assert description.cursor.readings[0].train == pytest.approx(10 * 5**0.5)

    def test_several_units_are_mixed(self):
        scaled = self.run(cost_unit="squared error, standardised", cost_scale=CostScale("price", 10.0, is_squared=True))
        other = self.run("2", cost_unit="nats")
        assert Describer().describe([scaled, other], self.VIEW).title == "cost (mixed units)"
        assert Describer().describe([other], self.VIEW).title == "cost (nats)"

    def test_without_a_window_the_raw_curve_is_alone(self):
        view = View("accuracy", 80, 20, INK, dark=True)
        description = Describer().describe([self.run()], view)
        assert [each.kind for each in description.curves] == ["raw", "check"]
        assert description.bounds == (0, 1)

    def test_only_a_changed_run_is_reduced_again(self):
        describer, still, live = Describer(), self.run("1"), self.run("2")
        before = describer.describe([still, live], self.VIEW)
        live.history.append([1], [1])
        after = describer.describe([still, live], self.VIEW)
        assert after.last == before.last
        assert all(new is old for new, old in zip(after.curves[:2], before.curves[:2], strict=True))
        assert after.curves[2] is not before.curves[2]

    def test_several_runs_have_no_bands_and_a_hidden_one_no_curves(self):
        runs = [self.run(), self.run("2"), self.run("3")]
        several = Describer().describe(runs, self.VIEW)
        assert [each.kind for each in several.curves] == ["smooth", "check"] * 3
        assert [each.run for each in several.curves] == [0, 0, 1, 1, 2, 2]
        hidden = replace(self.VIEW, hidden=frozenset({"1", "3"}), cursor=10.0)
        describer = Describer()
        for _ in range(2):
            alone = describer.describe(runs, hidden)
            assert [(each.kind, each.run) for each in alone.curves] == [("smooth", 1), ("check", 1)]
            assert [entry.hidden for entry in alone.legend] == [True, False, True]
            assert len(alone.best) == len(alone.cursor.readings) == 1
        assert describer.describe(runs, self.VIEW).curves == several.curves
        none = describer.describe(runs, replace(self.VIEW, hidden=frozenset("123")))
        assert any("All curves are hidden" in row for row in text_of(draw(none)))

    def test_dashes_do_not_depend_on_the_run_in_front(self):
        first, second = self.run(), replace(self.run("2"), colour_index=4)
        for runs in ([first, second], [second, first]):
            strokes = {entry.label: entry.stroke for entry in Describer().describe(runs, self.VIEW).legend}
            assert strokes == {"run 1": 0, "run 2": 1}

    def test_a_marked_run_is_marked_at_its_end(self):
        description = Describer().describe([self.run(mark="diverged at iteration 450")], self.VIEW)
        assert [(mark.across, mark.text) for mark in description.marks] == [(450, "diverged at iteration 450")]

    def test_the_title_says_how_much_is_in_view(self):
        def title(window):
            return Describer().describe([self.run()], replace(self.VIEW, window=window)).title

        whole = title(None)
        end = Describer().describe([self.run()], self.VIEW).last
        assert title((0, end / 4)) == f"{whole}, 25 % in view"
        assert title((0, end * 0.999)) == f"{whole}, 100 % in view"
        assert title((end / 2, end / 2 + end / 300)) == f"{whole}, 0.33 % in view"

    def test_a_spike_in_a_long_run_is_on_the_picture(self):
        costs = np.zeros(400_000, np.float32)
        costs[123_456] = 7
        history = History.create(410, 400_000, 32, 13_107)
        history.append(costs, costs)
        run = ChartedRun("1", "long", 0, history, live=False)
        rows = text_of(draw(Describer().describe([run], replace(self.VIEW, smoothing=0))))
        spike = rows[5][8:].strip(" ─")
        assert len(spike) == 1
        assert abs(rows[5].index(spike) - 8 - 123_456 / 400_000 * 63) <= 1


class TestMetrics:
    VIEW = View("metric:f2", 80, 20, INK, dark=True, smoothing=10)

    @staticmethod
    def run(key="1", metrics=("f2",), values=(0.25, 0.75, 0.5), **options):
        history = History.create(10, 100, 32, 320, metrics=metrics)
        history.append(np.full(100, 1.0), np.full(100, 0.5))
        for place, value in enumerate(values, start=1):
            history.append_check(10 * place, 1.5, 0.5, metrics=dict.fromkeys(metrics, value))
        return ChartedRun(key, f"run #{key}", int(key), history, live=False, **options)

    def test_the_score_and_every_metric_of_the_runs_can_be_shown(self):
        runs = [self.run(metrics=("f2", "accuracy")), self.run("2", metrics=("matthews", "f2")), self.run("3", ())]
        assert figures_of(runs) == ("accuracy", "metric:f2", "metric:matthews")
        assert figures_of([]) == ("accuracy",)

    def test_a_metric_has_the_curve_of_its_checks(self):
        description = Describer().describe([self.run()], self.VIEW)
        (check,) = description.curves
        assert description.title == "f2"
        assert check.kind == "check"
        assert check.value == 0.5
        assert [axis.tolist() for axis in check.points()[:2]] == [[10, 20, 30], [0.25, 0.75, 0.5]]
        assert description.bounds is None
        title = text_of(draw(description))[0]
        assert "● test" in title
        assert "━ train" not in title

    def test_the_best_is_the_highest_or_the_lowest(self):
        highest = Describer().describe([self.run()], self.VIEW).best
        lowest = Describer().describe([self.run(lower_is_better=frozenset({"f2"}))], self.VIEW).best
        assert [(best.across, best.value) for best in (*highest, *lowest)] == [(20, 0.75), (10, 0.25)]

    def test_a_run_without_it_has_no_curve_and_no_reading(self):
        runs = [self.run(), self.run("2", metrics=("other",))]
        description = Describer().describe(runs, replace(self.VIEW, cursor=25.0, levels=(("majority", 1.0, 0.5),)))
        assert len(description.curves) == len(description.best) == 1
        assert [reading.check for reading in description.cursor.readings] == [0.75, pytest.approx(np.nan, nan_ok=True)]
        assert {reading.train for reading in description.cursor.readings} == {None}
        assert "run #1 ●0.75" in "\n".join(text_of(draw(description)))
        assert np.isnan(description.levels[0].value)
        assert any("●" in row for row in text_of(draw(description))[2:])

    def test_replicas_have_their_mean_of_it(self):
        history = History.create(10, 100, 32, 320, metrics=("f2",), spread=True)
        history.append([1.0], [0.5], spreads=([0.1], [0.1]))
        history.append_check(1, 1.5, 0.5, spreads=(0.1, 0.1), metrics={"f2": 0.5})
        (check,) = Describer().describe([ChartedRun("1", "a #1", 0, history, live=False)], self.VIEW).curves
        assert check.value == 0.5


class TestTasks:
    VIEW = View("accuracy", 100, 20, INK, dark=True, smoothing=10)

    @staticmethod
    def run(key, task, score, cost_unit=""):
        history = History.create(10, 100, 32, 320)
        history.append(np.full(100, 1.0), np.full(100, score))
        history.append_check(10, 1.5, score)
        return ChartedRun(key, f"2-4-1 #{key}", int(key), history, live=False, task=task, cost_unit=cost_unit)

    def titles(self, *runs):
        views = [replace(self.VIEW, figure="cost"), self.VIEW, replace(self.VIEW, log=True)]
        return [Describer().describe(runs, view).title for view in views]

    def test_a_chart_is_named_by_the_task(self):
        assert self.titles() == ["cost", "accuracy", "error"]
        assert self.titles(self.run("1", "classes", 0.5)) == ["cost", "accuracy", "error"]
        assert self.titles(self.run("1", "multilabel", 0.5)) == ["cost", "right answers", "wrong answers"]
        assert self.titles(self.run("1", "regression", 0.5)) == ["cost", "R2", "1 - R2"]

    def test_costs_have_their_unit(self):
        nats = self.run("1", "classes", 0.5, "nats")
        squared = self.run("2", "regression", 0.5, "squared error, standardised")
        assert self.titles(nats, nats)[0] == "cost (nats)"
        assert self.titles(squared)[0] == "cost (squared error, standardised)"
        assert self.titles(nats, squared)[0] == "cost (mixed units)"

    def test_different_tasks_in_one_chart_are_told_apart(self):
        runs = self.run("1", "classes", 0.5), self.run("2", "regression", 0.25)
        assert self.titles(*runs) == ["cost", "accuracy / R2", "error / 1 - R2"]
        description = Describer().describe(runs, replace(self.VIEW, cursor=50.0))
        assert [entry.label for entry in description.legend] == ["accuracy: 2-4-1 #1", "R2: 2-4-1 #2"]
        assert [each.label for each in description.cursor.readings] == ["accuracy: 2-4-1 #1", "R2: 2-4-1 #2"]
        assert "R2: 2-4-1 #2" in text_of(draw(description))[0]
        alone = Describer().describe(runs[:1], self.VIEW)
        assert [entry.label for entry in alone.legend] == ["2-4-1 #1"]

    def test_r2_below_zero_is_on_the_chart_and_far_below_does_not_flatten_it(self):
        for score, low in ((-0.5, -0.7), (-1e6, -1.0)):
            run = self.run("1", "regression", score)
            run.history.append(np.full(100, 1.0), np.full(100, 0.9))
            labels = [row[:7].strip() for row in text_of(draw(Describer().describe([run], self.VIEW)))]
            ticks = [float(label) for label in labels if label]
            assert low - 0.3 <= min(ticks) <= -0.4
            assert max(ticks) <= 1
