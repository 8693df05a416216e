"""Metrics of an experiment, built in and of one's own: in YAML, in runs and their exports, in the store."""

import csv
import math

import numpy as np
import pytest
from command_line import document
from msgspec import structs

from joml_tui.experiment import metric_name, metrics_of, problems
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, load_experiment, parse_experiment
from joml_tui.export.chart_files import charts_text, write_charts_png, write_charts_svg
from joml_tui.export.run_tables import series_table, table_fields, table_row
from joml_tui.reports.explanation import explain
from joml_tui.reports.standing import result_table
from joml_tui.runs.annotated_run import AnnotatedRun
from joml_tui.runs.diagnosis import diagnose_run
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.run_fields import facts_of, json_values
from joml_tui.runs.run_filter import FilterError, parse_filter
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.store import Recorder, Store, restored, resumed
from joml_tui.sweep.packed_run import pack_run, unpack_run

METRICS = """
from pathlib import Path

(Path(__file__).parent / "imported").touch()


def f_beta(y_hat, y, beta: float = 1.0):
    predicted, true = y_hat.argmax(axis=0) == 1, y.argmax(axis=0) == 1
    return (1 + beta**2) * (predicted & true).sum() / (predicted.sum() + beta**2 * true.sum())


def largest(y, y_hat):
    return abs(y_hat - y).max()


def broken(y, y_hat):
    raise RuntimeError("no ruler")


def other(predictions):
    return 1.0
"""
EXPERIMENT = """
version: 1
dataset: {name: moons, samples: 300}
split: {validation: 0.2}
layers: [{size: 6}]
epochs: 4
metrics:
- macro-f1
- {own: "metrics:f_beta", beta: 2, label: f2}
- {own: "metrics:broken"}
"""
VALUES = """
version: 1
dataset: {name: csv, path: values.csv, task: regression, standardize_y: true}
output: {activation: identity, cost: mean-squared-error}
epochs: 3
metrics: [{own: "metrics:largest", better: lower}, largest-error, mae]
early_stopping: {metric: largest-error, patience: 2}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "metrics.py").write_text(METRICS)
    (tmp_path / "run.yaml").write_text(EXPERIMENT)
    generator = np.random.default_rng(0)
    rows = [f"{x:.6f},{y:.6f},{1_000 * x - 500 * y + 2_000:.6f}" for x, y in generator.normal(size=(120, 2))]
    (tmp_path / "values.csv").write_text("a,b,target\n" + "\n".join(rows))
    return tmp_path


@pytest.fixture
def experiment(folder):
    return load_experiment(folder / "run.yaml")


def trained(experiment, engine="thread"):
    run = start_run(experiment, engine=engine)
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    return run


class TestExperiment:
    def test_it_reads_back_without_importing_anything(self, folder, experiment):
        assert [metric_name(metric) for metric in experiment.metrics] == ["macro-f1", "f2", "broken"]
        assert parse_experiment(dump_experiment(experiment)) == experiment
        assert not (folder / "imported").exists()
        assert problems(experiment) == []

    def test_early_stopping_brings_the_built_in_metric_that_it_waits_for(self):
        text = "version: 1\ndataset: {name: xor}\nearly_stopping: {metric: matthews}"
        experiment = parse_experiment(text)
        assert problems(experiment) == []
        assert metrics_of(experiment) == ("matthews",)
        assert "metrics" not in dump_experiment(experiment)

    @pytest.mark.parametrize(
        ("metrics", "stopping", "field", "message"),
        [
            ("[r2]", "{}", "metrics[0]", "r2 measures values, and the data set has classes: choose accuracy, "),
            ("[macro-f1, matthews, macro-f1]", "{}", "metrics[2]", "two metrics are called macro-f1"),
            ('[{own: "metrics:f_beta", label: accuracy}]', "{}", "metrics[0]", "give this metric another label"),
            ('[{own: "metrics:f_bta"}]', "{}", "metrics[0]", "did you mean f_beta?"),
            ('[{own: "metrics:f_beta", gamma: 1}]', "{}", "metrics[0]", "has no setting 'gamma'; its settings: beta"),
            ('[{own: "metrics:other"}]', "{}", "metrics[0]", "other is not a function of y_hat and y"),
            ('[{own: "metrics:f_beta", label: "f 2"}]', "{}", "metrics[0].label", "letters, digits, - and _"),
            ("[]", "{metric: macro-f2}", "early_stopping.metric", "did you mean macro-f1?"),
        ],
    )
    def test_what_does_not_go_together_is_said_with_its_place(self, folder, metrics, stopping, field, message):
        text = f"version: 1\ndataset: {{name: xor}}\nmetrics: {metrics}\nearly_stopping: {stopping}"
        (problem,) = problems(parse_experiment(text, folder=folder))
        assert problem.field == field
        assert message in problem.message

    @pytest.mark.parametrize(
        ("metrics", "message"),
        [
            ("[macrof2]", "metrics[0]: expected accuracy, "),
            ("[{name: top-k-accuracy, k: 0}]", "metrics[0].k: expected an integer >= 1, got 0"),
            ('[{own: "m:f", better: up}]', "metrics[0].better: expected higher or lower, got 'up'"),
            ("macro-f1", "metrics: expected a list, got 'macro-f1'"),
        ],
    )
    def test_what_is_no_metric_is_said_with_its_line(self, metrics, message):
        with pytest.raises(ExperimentError, match="experiment:3: ") as raised:
            parse_experiment(f"version: 1\ndataset: {{name: xor}}\nmetrics: {metrics}")
        assert message in str(raised.value)


class TestRun:
    @pytest.mark.parametrize("engine", ["thread", "process"])
    def test_its_metrics_are_those_of_the_kept_weights_on_each_part(self, experiment, engine):
        run = trained(experiment, engine)
        trainer = build_trainer(experiment)
        trainer.advance(10_000)
        for part in ("train", "validation", "test"):
            (evaluation,) = trainer.evaluate(part)
            assert run.metrics[f"{part}_f2"] == evaluation.metrics["f2"]
        assert run.history.metrics == ("macro-f1", "f2", "broken")
        assert run.history.metric("f2")[-1] == np.float32(run.metrics["validation_f2"])
        assert math.isnan(run.metrics["test_broken"])

    def test_values_are_judged_in_the_units_of_the_data(self, folder):
        run = trained(parse_experiment(VALUES, folder=folder))
        assert run.metrics["test_largest"] == run.metrics["test_largest_error"] > 100
        assert run.metrics["test_mean_absolute_error"] == pytest.approx(run.results.test.mean_absolute_error)

    def test_its_table_its_fields_and_its_explanation_have_them(self, experiment):
        run = trained(experiment)
        value = run.metrics["test_f2"]
        assert f"f2: train {run.metrics['train_f2']:.4f}, validation" in result_table([run])
        listed = AnnotatedRun(run)
        assert json_values(facts_of(listed))["test_f2"] == value
        fields = table_fields([listed])
        place = [field.name for field in fields].index("test_f2")
        assert table_row(listed, fields)[place] == value
        assert dict(zip((field.name for field in fields), table_row(listed, fields), strict=True))["test_broken"] == ""
        facts = facts_of(listed, lambda: experiment)
        assert parse_filter("test_f2>0 test_macro_f1<=1").accepts(facts)
        assert not parse_filter("test_broken>=0").accepts(facts)
        assert not parse_filter("test_other>=0").accepts(facts)
        (finding,) = explain(run).findings
        assert finding.what == f"The metric broken could not be measured after iteration {run.iterations_per_epoch}."
        assert "no ruler" in finding.why
        assert diagnose_run(run) == [finding]

    def test_a_name_that_is_almost_a_figure_is_a_slip(self):
        for slip in ("test_acuracy>0", "test_costs>0", "val_f1>0"):
            with pytest.raises(FilterError, match="There is no field"):
                parse_filter(slip)

    def test_its_series_have_a_column_each(self, experiment):
        run = trained(experiment)
        columns, rows = series_table(run)
        table = [dict(zip(columns, row, strict=True)) for row in rows]
        assert columns[-3:] == ("validation_macro_f1", "validation_f2", "validation_broken")
        assert table[0]["validation_f2"] == ""
        assert table[run.iterations_per_epoch - 1]["validation_f2"] == run.history.metric("f2")[0]

    @pytest.mark.slow
    def test_its_exported_charts_have_one_each(self, experiment, tmp_path):
        run, plain = trained(experiment), trained(structs.replace(experiment, metrics=(), epochs=1))
        runs = [AnnotatedRun(run, "first"), AnnotatedRun(plain, "second")]
        lines = charts_text(runs, 80, 30).split("\n")
        titles = [line.strip() for line in lines if "first: " in line or "second: " in line]
        charts = [f"first: {name}" for name in ("cost", "accuracy", "macro F1", "f2", "broken")]
        charts += ["second: cost", "second: accuracy"]
        assert [title[: len(chart)] for title, chart in zip(titles, charts, strict=True)] == charts
        assert "train" in titles[1]
        assert "train" not in titles[2]
        assert "validation" in titles[2]
        assert f"{run.history.metric('f2')[-1]:.3g}" in "\n".join(lines[30 + 15 : 30 + 30])
        write_charts_svg(runs, tmp_path / "a.svg")
        write_charts_png(runs[:1], tmp_path / "a.png")
        drawn = (tmp_path / "a.svg").read_text()
        assert all(f"<!-- {name} -->" in drawn for name in ("macro F1", "f2", "broken", "first: validation"))
        assert drawn.count("<!-- first: validation -->") == 4  # nothing of the broken one
        assert drawn.count("<!-- second: training -->") == 2
        assert int.from_bytes((tmp_path / "a.png").read_bytes()[20:24]) == 5 * 525

    def test_early_stopping_by_a_metric_ends_it(self, experiment):
        stopping = '{own: "metrics:f_beta", label: never}'
        text = dump_experiment(structs.replace(experiment, metrics=(), epochs=50))
        folder = experiment.metrics[1].own.rpartition("metrics.py")[0]
        run = trained(
            parse_experiment(
                text
                + f"metrics: [{stopping.replace('metrics:', folder + 'metrics.py:')}]\n"
                + "early_stopping: {metric: never, patience: 1, least_improvement: 1}\n"
            )
        )
        assert run.stopped_early
        assert run.iteration == 2 * run.iterations_per_epoch


class TestKeeping:
    def test_the_store_has_them_with_its_series(self, experiment, tmp_path):
        with Store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            run = start_run(experiment, engine="thread")
            recorder.add(run)
            assert run.wait(300)
            recorder.close()
            again = restored(store, 1)
            assert again.metrics.keys() == run.metrics.keys()
            assert again.metrics["test_f2"] == run.metrics["test_f2"]
            assert again.metric_faults == run.metric_faults
            np.testing.assert_array_equal(again.history.metric("f2"), run.history.metric("f2"))
            assert json_values(facts_of(store.run(1)))["test_f2"] == run.metrics["test_f2"]
            assert store.check() == []

    def test_an_interrupted_run_goes_on_with_them(self, experiment, tmp_path):
        whole = trained(experiment)
        with Store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            run = start_run(experiment, engine="thread", paused=True)
            recorder.add(run)
            run.step(2 * 6 + 1)
            run.stop()
            assert run.wait(300)
            recorder.close()
            again, _ = resumed(store, 1, engine="thread")
            assert again.wait(300)
        np.testing.assert_array_equal(again.history.metric("f2")[-2:], whole.history.metric("f2")[-2:])
        assert again.metrics["test_f2"] == whole.metrics["test_f2"]

    def test_a_sweeps_worker_hands_them_over(self, experiment):
        run = trained(experiment)
        again = unpack_run(pack_run(run))
        np.testing.assert_array_equal(again.history.metric("f2"), run.history.metric("f2"))
        assert again.metrics["test_f2"] == run.metrics["test_f2"]

    def test_a_run_goes_on_from_one_without_them(self, experiment):
        origin = trained(structs.replace(experiment, metrics=()))
        more = start_run(structs.replace(experiment, epochs=6), engine="thread", forked_from=(origin, origin.iteration))
        assert more.wait(300)
        assert more.state is RunState.FINISHED, more.message
        f2 = more.history.metric("f2")
        assert np.isnan(f2[:4]).all()
        assert np.isfinite(f2[4:]).all()


def test_the_command_prints_them(folder):
    document_of_run = document(
        "run", str(folder / "run.yaml"), "--json", "--quiet", "--no-store", "--csv", str(folder / "s.csv")
    )
    assert document_of_run["test_f2"] > 0
    assert document_of_run["test_broken"] is None
    assert [each["kind"] for each in document_of_run["findings"]] == ["metric"]
    with (folder / "s.csv").open() as file:
        assert "validation_f2" in next(csv.reader(file))
