"""Curves of a validation part: named so in histories, stores, files and charts; those of a test part as ever."""

import csv
import json
from threading import Event

import numpy as np
import pytest
from msgspec import structs

from joml.statistics import baselines as joml_baselines
from joml_tui.cli.headless_run import train_headless
from joml_tui.experiment import (
    Diabetes,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    MomentumSpec,
    Parity,
    SplitSpec,
    Xor,
    load_data,
)
from joml_tui.export.chart_files import charts_text
from joml_tui.export.json_lines import write_series_json_lines
from joml_tui.export.run_tables import write_series_csv
from joml_tui.inspect.baseline_scores import Baselines
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.health_report import Health
from joml_tui.inspect.regions import Regions
from joml_tui.inspect.walsh import Walsh
from joml_tui.inspect.worst_samples import Worst
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.forks import forked, moment_at
from joml_tui.runs.history import History
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.series_codec import pack_rows, unpack_rows
from joml_tui.store import Recorder, open_store, restored, resumed
from joml_tui.sweep.packed_run import pack_run, unpack_run

TWO = Experiment(
    dataset=Xor(samples=300, noise=0.4), layers=(LayerSpec(8),), optimizer=MomentumSpec(0.1), epochs=4, test_every=5
)
THREE = structs.replace(TWO, split=SplitSpec(validation=0.2))


def trained(experiment):
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    return run


@pytest.fixture(scope="module")
def three():
    return trained(THREE)


@pytest.fixture(scope="module")
def two():
    return trained(TWO)


def filled(part, checks=3, **settings):
    history = History.create(10, 100, 4, 40, checked_part=part, **settings)
    history.append(np.arange(30), np.arange(30) / 30)
    for number in range(1, checks + 1):
        history.append_check(number, 10.0 * number, number / checks)
    return history


class TestHistory:
    @pytest.mark.parametrize(("part", "other"), [("validation", "test"), ("test", "validation")])
    def test_checks_have_the_name_of_their_part_alone(self, part, other, tmp_path):
        path = tmp_path / "history"
        written = filled(part, path=path)
        for history in (written, History.open(path), written.to_memory()):
            assert (history.checked_part, history.checks) == (part, 3)
            assert history.tests == (3 if part == "test" else 0)
            for figure, values in (("cost", [10, 20, 30]), ("iteration", [1, 2, 3])):
                assert getattr(history, f"{part}_{figure}").tolist() == values
                assert getattr(history, f"check_{figure}").tolist() == values
                assert getattr(history, f"{other}_{figure}").tolist() == []
            assert history.series(f"{part}_accuracy").tolist() == history.check_accuracy.tolist()
            assert history.reduce(f"{part}_cost", 1, 30, 3).high.tolist() == [30]
            assert history.reduce(f"{other}_cost", 1, 30, 3).high.tolist() == []
            assert f"{part}_cost" in history.stored_series()
            assert f"{other}_cost" not in history.stored_series()

    def test_more_checks_than_there_was_room_for(self):
        history = filled("validation", checks=700)
        assert history.validation_iteration.tolist() == list(range(1, 701))
        assert history.check_cost[-1] == 7000

    @pytest.mark.parametrize("part", ["validation", "test"])
    def test_rows_go_on_as_the_part_that_they_are_of(self, part):
        origin = filled(part)
        same, another = (
            History.create(10, 100, 4, 40, checked_part=to) for to in (part, "test" if part != "test" else "validation")
        )
        unpack_rows(pack_rows(origin, 2), same)
        unpack_rows(pack_rows(origin, 2), another)
        assert same.check_cost.tolist() == [10, 20]
        assert another.checks == 0
        np.testing.assert_array_equal(same.train_cost, another.train_cost)


class TestRuns:
    def test_what_is_looked_at_is_the_validation_part(self, three, two):
        assert three.checked_part == "validation"
        assert (three.history.tests, len(three.history.validation_cost)) == (0, three.history.checks)
        assert two.checked_part == "test"
        assert (two.history.tests, len(two.history.validation_cost)) == (two.history.checks, 0)
        assert three.check_cost == three.history.validation_cost[-1]
        assert moment_at(three, 10).checked_part == "validation"
        assert moment_at(three, 10).check_cost == three.history.validation_cost[1]

    def test_early_stopping_takes_a_validation_part_for_itself(self):
        run = trained(structs.replace(TWO, early_stopping=EarlyStoppingSpec(3)))
        assert run.checked_part == "validation"
        asked = trained(structs.replace(TWO, early_stopping=EarlyStoppingSpec(3), split=SplitSpec(validation=0)))
        assert asked.checked_part == "test"

    def test_packed_and_unpacked(self, three):
        again = unpack_run(pack_run(three))
        assert again.checked_part == "validation"
        np.testing.assert_array_equal(again.history.validation_cost, three.history.validation_cost)

    def test_a_fork_has_the_curve_of_its_origin(self, three):
        fork = forked(three, three.iteration, epochs=6)
        run = start_run(fork.experiment, engine="thread", forked_from=(three, three.iteration), epochs=fork.epochs)
        assert run.wait(300)
        before = three.history.checks
        np.testing.assert_array_equal(run.history.validation_cost[:before], three.history.validation_cost)
        assert run.history.checks > before

    @pytest.mark.parametrize("named", [None, 0.0, 0.2])
    @pytest.mark.parametrize("first", ["constant", "reduce-on-plateau"])
    def test_a_fork_with_another_schedule_stays_on_the_same_samples(self, first, named):
        second = "constant" if first != "constant" else "reduce-on-plateau"
        experiment = structs.replace(TWO, optimizer=MomentumSpec(0.1, schedule=first), split=SplitSpec(named))
        origin = trained(experiment)
        fork = forked(origin, origin.iteration, optimizer=MomentumSpec(0.1, schedule=second), epochs=8)
        run = start_run(fork.experiment, engine="thread", forked_from=(origin, origin.iteration), epochs=fork.epochs)
        assert run.wait(300)
        assert run.state is RunState.FINISHED, run.message
        assert run.checked_part == origin.checked_part
        np.testing.assert_array_equal(run.history.check_cost[: origin.history.checks], origin.history.check_cost)


class TestStore:
    @pytest.fixture
    def store(self, tmp_path):
        with open_store(tmp_path / "runs.db") as opened:
            yield opened

    @pytest.mark.parametrize("kind", ["three", "two"])
    def test_it_keeps_the_name_and_gives_it_back(self, store, kind, request):
        run = request.getfixturevalue(kind)
        with_recorder = Recorder(store)
        with_recorder.add(run)
        assert with_recorder.close()
        series, part = store.series(1), run.checked_part
        assert {name.partition("_")[0] for name in series} == {"train", "seconds", part}
        again = restored(store, 1)
        assert again.checked_part == part
        np.testing.assert_array_equal(again.history.check_cost, run.history.check_cost)
        np.testing.assert_array_equal(again.history.check_iteration, run.history.check_iteration)

    def test_a_stopped_run_goes_on_bit_for_bit(self, store):
        experiment = structs.replace(THREE, epochs=40, early_stopping=EarlyStoppingSpec(patience=200))
        whole = trained(experiment)
        recorder = Recorder(store)
        run = start_run(experiment, engine="thread", paused=True)
        recorder.add(run)
        run.step(57)
        run.stop()
        assert run.wait(300)
        assert recorder.close()
        again, written = resumed(store, 1, engine="thread")
        recorder = Recorder(store)
        recorder.add_resumed(again, written)
        assert again.wait(300)
        assert recorder.close()
        for history in (again.history, restored(store, 1).history):
            seen = ~np.isin(history.validation_iteration, [57])  # where it was stopped, there was one look more
            np.testing.assert_array_equal(history.validation_cost[seen], whole.history.validation_cost)
            np.testing.assert_array_equal(history.train_cost, whole.history.train_cost)
        assert again.snapshots.latest is not None

    def test_one_that_never_came_to_a_check_is_named_by_its_experiment(self, store):
        recorder = Recorder(store)
        run = start_run(structs.replace(THREE, test_every=1000), engine="thread", paused=True)
        recorder.add(run)
        run.step(3)
        while run.iteration < 3:
            assert run.wait(0.01) is False
        assert recorder.flush(120)
        assert restored(store, 1).checked_part == "validation"
        run.stop()
        assert run.wait(300)
        assert recorder.close()


class TestFiles:
    @pytest.mark.parametrize("kind", ["three", "two"])
    def test_csv_and_json_lines_name_the_part(self, kind, request, tmp_path):
        run = request.getfixturevalue(kind)
        part, history = run.checked_part, run.history
        write_series_csv(run, tmp_path / "series.csv")
        write_series_json_lines(run, tmp_path / "series.jsonl")
        rows = list(csv.DictReader((tmp_path / "series.csv").read_text().splitlines()))
        names = ["iteration", "epoch", "train_cost", "train_accuracy", f"{part}_cost", f"{part}_accuracy"]
        assert list(rows[0]) == names
        checked = [row for row in rows if row[f"{part}_cost"]]
        assert [int(row["iteration"]) for row in checked] == history.check_iteration.tolist()
        assert [np.float32(row[f"{part}_cost"]) for row in checked] == history.check_cost.tolist()
        objects = [json.loads(line) for line in (tmp_path / "series.jsonl").read_text().splitlines()]
        assert list(objects[0]) == names
        assert [one[f"{part}_cost"] for one in objects if one[f"{part}_cost"] is not None] == [
            float(value) for value in history.check_cost
        ]

    def test_replicas_have_their_spread_under_it(self, tmp_path):
        run = trained(structs.replace(THREE, replicas=2))
        write_series_csv(run, tmp_path / "series.csv")
        rows = list(csv.DictReader((tmp_path / "series.csv").read_text().splitlines()))
        assert [name for name in rows[0] if name.endswith("_spread")] == [
            "train_cost_spread",
            "train_accuracy_spread",
            "validation_cost_spread",
            "validation_accuracy_spread",
        ]
        last = float(rows[-1]["validation_cost_spread"])
        assert np.float32(last) == run.history.series("check_cost_spread")[-1] > 0

    def test_parquet_names_the_part(self, three, two, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        from joml_tui.export.parquet import write_series_parquet

        for run in (three, two):
            path = tmp_path / f"{run.checked_part}.parquet"
            write_series_parquet(run, path)
            column = parquet.read_table(path).column(f"{run.checked_part}_cost").to_pylist()
            assert [value for value in column if value is not None] == run.history.check_cost.tolist()

    def test_charts_name_the_part(self, three, two, tmp_path):
        for run, other in ((three, "test"), (two, "validation")):
            text = charts_text([AnnotatedRun(run)], 100, 40)
            assert f" {run.checked_part}" in text.splitlines()[0]
            assert f" {other}" not in text

    @pytest.mark.slow
    def test_figures_name_the_part(self, three, two, tmp_path):
        pytest.importorskip("matplotlib")
        from joml_tui.export.chart_files import write_charts_svg

        # Letters are drawn as paths; matplotlib writes what they are beside them.
        for run, other in ((three, "test"), (two, "validation")):
            write_charts_svg([AnnotatedRun(run)], tmp_path / f"{run.checked_part}.svg")
            drawn = (tmp_path / f"{run.checked_part}.svg").read_text()
            assert f"<!-- {run.checked_part} -->" in drawn or f": {run.checked_part} -->" in drawn
            assert f"{other} -->" not in drawn


@pytest.mark.parametrize(("experiment", "part"), [(THREE, "validation"), (TWO, "test")])
def test_progress_without_a_screen_names_the_part(experiment, part, capsys):
    train_headless(experiment)
    assert f"{part} accuracy 0." in capsys.readouterr().err


def test_baselines_and_chance_are_of_the_part_whose_curves_they_are_held_against(three, two):
    for run, part in ((three, "validation"), (two, "test")):
        data = load_data(run.experiment)
        x, y = (getattr(data, f"{name}_{part}") for name in "xy")
        most = np.argmax(data.y_train.sum(axis=1))
        baselines, health = answers(run, Baselines(part), Health())
        assert baselines.baselines[0].accuracy == health.majority == (y.argmax(axis=0) == most).mean()
        assert health.checked_samples == x.shape[1]
    assert "this data set has none" in answers(two, Baselines("validation"))[0]
    values = Experiment(dataset=Diabetes(), split=SplitSpec(validation=0.2))
    data = load_data(values)
    mean, line = joml_baselines.baselines(data, "validation")
    errors = np.square(data.y_validation - data.y_train.mean(axis=1, keepdims=True, dtype=np.float64))
    assert mean.cost == pytest.approx(errors.mean(), rel=1e-5)
    rows = np.vstack([data.x_train, np.ones(data.train_size)]).T.astype(np.float64)
    solution = np.linalg.lstsq(rows, data.y_train[0].astype(np.float64), rcond=None)[0]
    predicted = np.vstack([data.x_validation, np.ones(data.validation_size)]).T @ solution
    assert line.cost == pytest.approx(np.square(predicted - data.y_validation[0]).mean(), rel=1e-5)


def answers(run, *questions):
    replies = []
    for question in questions:
        answered = Event()
        run.ask(question, lambda answer, answered=answered: (replies.append(answer), answered.set()))
        assert answered.wait(300)
    return replies


def test_what_is_looked_into_has_the_validation_part_too(three, two):
    data = load_data(THREE)
    x, y = data.x_validation, data.y_validation
    confusion, worst, regions = answers(three, Confusion("validation"), Worst(part="validation"), Regions(10, 10))
    assert (confusion.part, confusion.samples, confusion.counts.sum()) == ("validation", y.shape[1], y.shape[1])
    assert confusion.score == pytest.approx(three.check_accuracy)  # the last look was at the end
    assert confusion.parts == worst.parts == ("train", "validation", "test")
    assert (worst.samples, worst.wrong) == (y.shape[1], y.shape[1] - np.trace(confusion.counts[0]))
    np.testing.assert_array_equal(worst.x, x[:, worst.indices].T)
    every = np.concatenate([data.x_train, x, data.x_test], axis=1)
    assert regions.bounds.left < every[0].min() < every[0].max() < regions.bounds.right
    refused, tested = answers(two, Confusion("validation"), Confusion())
    assert "these data have no validation part" in refused
    assert tested.parts == ("train", "test")


def test_a_walsh_spectrum_is_of_all_points_of_three_parts():
    parity = Experiment(dataset=Parity(bits=6), layers=(LayerSpec(4),), epochs=1)
    spectra = [
        answers(trained(structs.replace(parity, split=split)), Walsh())[0]
        for split in (SplitSpec(), SplitSpec(validation=0.2))
    ]
    np.testing.assert_array_equal(spectra[0].target, spectra[1].target)
