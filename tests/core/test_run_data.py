"""A run that stands on its own: its names, scale and parts are its record's, whatever becomes of its data file."""

import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from command_line import given
from msgspec import structs

import joml.files.weights
from joml.data.dataset import split_indices
from joml.data.preparation import Preparation
from joml_tui.experiment import (
    AdamSpec,
    CsvFile,
    EarlyStoppingSpec,
    Experiment,
    LayerSpec,
    OutputSpec,
    SplitSpec,
    Xor,
)
from joml_tui.export import (
    ExportError,
    write_experiment,
    write_joml_script,
    write_npz,
    write_onnx,
    write_safetensors,
    write_torch_script,
)
from joml_tui.inspect.collapse import Collapsing
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.health_report import Health
from joml_tui.reports import prediction
from joml_tui.reports.explanation import as_document, describe, explain
from joml_tui.reports.prediction import build_predictor, read_rows
from joml_tui.runs.differences import adjustments_of
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.run_data import PreparationUnknownError, describe_left_out, preparation_of
from joml_tui.store import DataChangedError, Recorder, open_store, restored, resumed
from joml_tui.sweep.packed_run import pack_run, unpack_run

HERE = Path(__file__).parent
HEADER = "when,width,kind"


def rows_of(count=150):
    """Return rows of a time in milliseconds since 1970, a width, and a kind that both decide."""
    rng = np.random.default_rng(4)
    times, widths = 1.7e12 + np.arange(count), rng.normal(3, 0.01, count)
    kinds = np.where((times - times[0] > count / 2) ^ (widths > 3), "late", "early")
    return [f"{time:.0f},{width!r},{kind}" for time, width, kind in zip(times, widths.tolist(), kinds, strict=True)]


def write(path, rows, header=HEADER):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


EXPERIMENT = Experiment(
    dataset=CsvFile("", label="kind"),
    split=SplitSpec(validation=0.1),
    layers=(LayerSpec(8),),
    optimizer=AdamSpec(learning_rate=0.02),
    epochs=15,
    batch_size=16,
)


@dataclass
class Kept:
    """A run in a store, and the file that it was trained on."""

    store: object
    data: Path
    rows: list[str]

    def predict(self, source):
        preparation = self.store.preparation(1)
        predictor = build_predictor(self.store.experiment(1), self.store.state(1)[1], preparation)
        y_hat = predictor.predict(read_rows(source, "rows", preparation))
        return [list(row) for row in predictor.rows(y_hat)]


@pytest.fixture
def kept(tmp_path):
    data = write(tmp_path / "times.csv", rows_of())
    experiment = structs.replace(EXPERIMENT, dataset=CsvFile(str(data), label="kind"))
    run = start_run(experiment, engine="thread")
    assert run.wait(300), run.message
    with open_store(tmp_path / "runs.db") as store:
        store.keep(run)
        yield Kept(store, data, rows_of())


@pytest.fixture
def old(tmp_path):
    data = tmp_path / "flowers.csv"
    kinds = [("a", "b", "c")[(n * n % 23 + n % 17) // 14] for n in range(120)]
    write(data, [f"{1000 + n % 17},{n * n % 23},{kinds[n]}" for n in range(120)], "width,height,kind")
    path = tmp_path / "runs.db"
    shutil.copy(HERE / "stores" / "version-2-flowers.db", path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE descriptions SET experiment = replace(experiment, '/data/flowers.csv', ?)", (str(data),))
    connection.commit()
    connection.close()
    with open_store(path) as store:
        yield store, data


def changed_files(rows):
    """Return what may become of a file: each with what is said of it."""
    ten = [",".join([str(float(row.split(",")[0]) * 10), *row.split(",")[1:]]) for row in rows]
    shuffled = [",".join([*row.split(",")[:2], rows[-1 - place].split(",")[2]]) for place, row in enumerate(rows)]
    return {
        "20 rows more": [*rows, *rows[:20]],
        "1 row fewer": rows[:-1],
        "no class 'late' any more, a new class 'A'": [row.replace("late", "A") for row in rows],
        "other values of 'when' (the mean of 'when' was 1.7e+12 and is 1.7e+13)": ten,
        "other labels": shuffled,
    }


class TestWhatIsKept:
    def test_a_stored_run_has_its_preparation(self, kept):
        preparation = restored(kept.store, 1).preparation
        train = 1.7e12 + split_indices(150, 0.2, 0)[0][: 150 - 30 - 15]
        assert (preparation.train_size, preparation.validation_size, preparation.test_size) == (105, 15, 30)
        assert preparation.x_mean[0] == pytest.approx(train.mean(), rel=1e-15)
        assert preparation.x_deviation[0] == pytest.approx(train.std(), rel=1e-12)
        assert preparation.class_names == ("early", "late")
        assert preparation.feature_names == ("when", "width")
        assert preparation.file_format["format"]["delimiter"] == ","

    def test_it_comes_from_the_engine_s_process_too_and_through_a_packed_run(self):
        run = start_run(Experiment(dataset=Xor(samples=100), epochs=1, split=SplitSpec(validation=0.1)))
        assert run.wait(300)
        assert run.preparation.validation_size == 10
        assert unpack_run(pack_run(run)).preparation.to_json() == run.preparation.to_json()

    def test_it_is_written_while_the_run_is_under_way(self, tmp_path):
        with open_store(tmp_path / "runs.db") as store:
            recorder = Recorder(store)
            run = start_run(Experiment(dataset=Xor(samples=100)), engine="thread", paused=True)
            recorder.add(run)
            run.step(1)
            while run.iteration < 1:
                run.wait(0.01)
            assert recorder.flush(120)
            assert store.preparation(1).samples == 100
            run.stop()
            assert run.wait(300)
            assert recorder.close()


class TestWithoutTheFile:
    def test_predictions_are_the_same(self, kept):
        rows = write(kept.data.with_name("new.csv"), kept.rows)
        before = kept.predict(rows)
        assert len(before) == 150
        kept.data.unlink()
        assert kept.predict(rows) == before
        for changed in changed_files(kept.rows).values():
            write(kept.data, changed)
            assert kept.predict(rows) == before

    def test_exports_are_the_same(self, kept, tmp_path):
        pytest.importorskip("safetensors"), pytest.importorskip("onnx")
        formats = {
            "n.npz": write_npz,
            "n.safetensors": write_safetensors,
            "n.onnx": write_onnx,
            "n.py": write_joml_script,
            "t.py": write_torch_script,
            "n.yaml": write_experiment,
        }
        for name, write_one in formats.items():
            (tmp_path / "with").mkdir(exist_ok=True)
            write_one(restored(kept.store, 1), tmp_path / "with" / name)
        kept.data.unlink()
        for name, write_one in formats.items():
            (tmp_path / "without").mkdir(exist_ok=True)
            write_one(restored(kept.store, 1), tmp_path / "without" / name)
            if name == "n.safetensors":  # its header has no order of its own
                first, second = (joml.files.weights.read(tmp_path / folder / name) for folder in ("with", "without"))
                assert first.metadata == second.metadata
                assert all((first.arrays[each] == array).all() for each, array in second.arrays.items())
                continue
            first, second = ((tmp_path / folder / name).read_bytes() for folder in ("with", "without"))
            assert first == second, name
        metadata = joml.files.weights.read(tmp_path / "without" / "n.npz").metadata
        preparation = kept.store.preparation(1)
        assert json.loads(metadata["inputs_mean"]) == preparation.x_mean.tolist()
        assert json.loads(metadata["inputs_deviation"]) == preparation.x_deviation.tolist()
        assert json.loads(metadata["outputs"]) == ["early", "late"]
        comments = (tmp_path / "without" / "n.yaml").read_text()
        assert "# Data: times.csv, 105 samples to train on, 15 to validate, 30 to test on" in comments
        assert preparation.fingerprint[:16] in comments

    @pytest.mark.slow
    @pytest.mark.parametrize("values", [False, True])
    def test_a_script_gives_what_predict_gives(self, kept, tmp_path, values):
        if values:
            write(kept.data, [row.rsplit(",", 1)[0] + f",{n * 7e5}" for n, row in enumerate(kept.rows)])
            dataset = CsvFile(str(kept.data), label="kind", task="regression", standardize_y=True)
            output = OutputSpec(activation="identity", cost="mean-squared-error")
            run = start_run(structs.replace(EXPERIMENT, dataset=dataset, output=output), engine="thread")
            assert run.wait(300)
            assert run.state is RunState.FINISHED, run.message
            kept.store.delete([1])
            number = kept.store.keep(run)
            assert number == 2
            state, preparation = kept.store.state(2)[1], kept.store.preparation(2)
            predictor = build_predictor(kept.store.experiment(2), state, preparation)
        else:
            number, preparation = 1, kept.store.preparation(1)
            predictor = build_predictor(kept.store.experiment(1), kept.store.state(1)[1], preparation)
        kept.data.unlink()
        raw = [row.rsplit(",", 1)[0] for row in kept.rows]
        (tmp_path / "raw.csv").write_text("\n".join(raw) + "\n")
        expected = predictor.predict(np.loadtxt(raw, delimiter=","))
        scale = np.abs(expected).max()
        write_joml_script(restored(kept.store, number), tmp_path / "net.py")
        done = subprocess.run(
            [sys.executable, tmp_path / "net.py", tmp_path / "raw.csv"], capture_output=True, text=True, check=True
        )
        outputs = np.loadtxt(done.stdout.splitlines(), delimiter=",", ndmin=2)
        np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-6 * scale)
        onnxruntime = pytest.importorskip("onnxruntime")
        write_onnx(restored(kept.store, number), tmp_path / "net.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
        metadata = session.get_modelmeta().custom_metadata_map
        mean, deviation = (np.array(json.loads(metadata[f"inputs_{name}"])) for name in ("mean", "deviation"))
        x = (np.loadtxt(raw, delimiter=",") - mean) / deviation
        y_hat = session.run(None, {"x": x.astype(np.float32)})[0].astype(np.float64)
        if values:
            y_hat = y_hat * json.loads(metadata["outputs_deviation"]) + json.loads(metadata["outputs_mean"])
        np.testing.assert_allclose(y_hat, expected, rtol=0, atol=1e-6 * scale)

    def test_explain_says_what_needs_the_data_and_tells_the_rest(self, kept):
        whole = explain(restored(kept.store, 1))
        assert whole.baselines
        assert not whole.data_trouble
        kept.data.unlink()
        explanation = explain(restored(kept.store, 1))
        assert (explanation.predicted, explanation.baselines, explanation.trouble) == (None, (), "")
        assert explanation.data_trouble == f"{kept.data}: no such file"
        text = describe(explanation, "Run 1")
        assert "Its data set is needed for the confusion matrix and the baselines" in text
        assert "105 samples to train on, 15 to validate, 30 to test on" in text
        assert as_document(explanation)["data"]["validation_samples"] == 15

    @pytest.mark.parametrize("case", range(5))
    def test_other_data_are_not_taken_for_the_run_s_own(self, kept, case):
        change, rows = list(changed_files(kept.rows).items())[case]
        write(kept.data, rows)
        explanation = explain(restored(kept.store, 1))
        assert explanation.data_trouble == f"times.csv has changed: {change}"
        assert explanation.predicted is None

    def test_questions_that_need_no_sample_are_answered(self, kept):
        def asked(question):
            answers = []
            run.ask(question, answers.append, at=run.iteration)
            while not answers:
                run.wait(0.01)
            return answers[0]

        kept.data.unlink()
        run = restored(kept.store, 1)
        run._engine = "thread"
        refused = asked(Confusion())
        assert refused == f"this needs the data set that the run was trained on; {kept.data}: no such file"
        assert len(asked(Health()).series.iterations)
        assert "linear" in asked(Collapsing())  # its own reason, not the data


class TestResuming:
    @pytest.fixture
    def stopped(self, kept):
        dataset = CsvFile(str(kept.data), label="kind")
        run = start_run(structs.replace(EXPERIMENT, dataset=dataset, epochs=30), engine="thread", paused=True)
        run.step(40)
        while run.iteration < 40:
            run.wait(0.01)
        run.stop()
        assert run.wait(300)
        kept.store.delete([1])
        assert kept.store.keep(run) == 2
        return kept

    @pytest.mark.parametrize("case", range(5))
    def test_changed_data_are_refused_by_name_and_gone_on_with_knowingly(self, stopped, case):
        change, rows = list(changed_files(stopped.rows).items())[case]
        write(stopped.data, rows)
        before = stopped.store.run(2)
        with pytest.raises(DataChangedError) as error:
            resumed(stopped.store, 2, engine="thread")
        assert str(error.value) == f"times.csv has changed since run 2 was trained: {change}"
        assert stopped.store.run(2) == before
        recorder = Recorder(stopped.store)
        run, written = resumed(stopped.store, 2, engine="thread", changed_data=True)
        recorder.add_resumed(run, written)
        assert run.wait(300)
        assert run.state is RunState.FINISHED, run.message
        assert recorder.close()
        assert stopped.store.preparation(2).samples == len(rows)
        # Its earlier states would be given the names and the scale of the later data, and its file would say the same.
        assert [(each.iteration, each.setting) for each in stopped.store.adjustments(2)] == [(40, "data")]
        assert all(iteration >= 40 for iteration in stopped.store.checkpoint_iterations(2))
        again = restored(stopped.store, 2)
        assert "after iteration 40 it continued with changed data" in describe(explain(again), "it")
        write_experiment(again, stopped.data.parent / "again.yaml")
        comments = (stopped.data.parent / "again.yaml").read_text()
        assert "The fingerprint is of the changed data: this file cannot repeat the run." in comments
        assert "as it would have been" not in comments
        assert "bit for bit" not in comments
        assert "adjusted.data" in adjustments_of(again)
        assert stopped.store.run(2).summary.iteration == 30 * -(-run.preparation.train_size // 16)

    def test_the_same_data_go_on_bit_for_bit(self, stopped):
        whole = start_run(stopped.store.experiment(2), engine="thread")
        assert whole.wait(300)
        stopped.data.touch()
        recorder = Recorder(stopped.store)
        run, written = resumed(stopped.store, 2, engine="thread")
        recorder.add_resumed(run, written)
        assert run.wait(300)
        assert recorder.close()
        assert (whole.history.train_cost == run.history.train_cost).all()

    def test_a_fork_is_refused_too(self, stopped):
        origin = restored(stopped.store, 2)
        write(stopped.data, stopped.rows[:-1])
        run = start_run(origin.experiment, engine="thread", forked_from=(origin, 40))
        assert run.wait(300)
        assert run.state is RunState.FAILED
        assert run.message == "the run to continue was trained on other data: times.csv has changed: 1 row fewer"


class TestCommands:
    def test_changed_data_are_gone_on_with_only_by_the_option(self, tmp_path):
        data = write(tmp_path / "times.csv", rows_of())
        run = start_run(
            structs.replace(EXPERIMENT, dataset=CsvFile(str(data), label="kind"), epochs=20),
            engine="thread",
            paused=True,
        )
        run.step(10)
        while run.iteration < 10:
            run.wait(0.01)
        run.stop()
        assert run.wait(300)
        path = tmp_path / "runs.db"
        with open_store(path) as store:
            store.keep(run)
        write(data, rows_of()[:-1])
        refused = given("run", "--resume", "1", store=path)
        assert refused.exit_code == 2
        assert "times.csv has changed since run 1 was trained: 1 row fewer" in refused.stderr
        assert "--changed-data" in refused.stderr
        gone_on = given("run", "--resume", "1", "--changed-data", "--quiet", store=path)
        assert gone_on.exit_code == 0, gone_on.stderr
        assert given("run", "xor", "--changed-data", store=path).exit_code == 2

    def test_what_was_decided_about_the_data_is_told_when_a_run_begins_and_by_explain(self, tmp_path):
        (tmp_path / "a.yaml").write_text(
            "version: 1\ndataset: {name: xor, samples: 100}\nepochs: 2\nearly_stopping: {patience: 1}\n"
        )
        note = "early stopping uses a validation part: 10 of the training samples"
        done = given("run", tmp_path / "a.yaml", store=tmp_path / "runs.db")
        assert f"Note: {note}" in done.stderr
        assert note in given("explain", "1", store=tmp_path / "runs.db").stdout
        quiet = given("run", tmp_path / "a.yaml", "--quiet", "--no-store")
        assert note not in quiet.stderr

    def test_an_older_run_predicts_and_says_where_the_scale_is_from(self, old):
        store, data = old
        done = given("predict", "1", data, store=store.path)
        assert done.exit_code == 0, done.stderr
        assert "flowers.csv as it is now" in done.stderr
        assert len(done.stdout.splitlines()) == 121
        data.unlink()
        gone = given("predict", "1", "-", store=store.path, input="1,2\n")
        assert gone.exit_code == 1
        assert "without the names, the scale and the fingerprint of its data" in gone.stderr
        assert "no such file" in gone.stderr


class TestOlderRuns:
    """Of a store that a version before wrote: two runs on a file, one finished, one stopped; with early stopping."""

    def test_they_have_no_preparation_and_no_validation_part(self, old):
        store, _ = old
        assert [run.number for run in store.runs()] == [2, 1]
        run = restored(store, 1)
        assert run.preparation is None
        assert run.experiment.early_stopping == EarlyStoppingSpec(patience=50)
        assert run.experiment.split == SplitSpec(validation=0)
        assert preparation_of(run).validation_size == 0
        assert run.history.checked_part == "test"

    def test_they_are_explained_and_what_they_lack_is_said(self, old):
        store, data = old
        explanation = explain(restored(store, 1))
        assert explanation.predicted is not None
        assert explanation.predicted.score == pytest.approx(explanation.run.test_accuracy)
        text = describe(explanation, "Run 1")
        assert "an earlier version recorded this run, without the names, the scale and the fingerprint" in text
        assert "flowers.csv as it is now" in text
        data.unlink()
        assert "no such file" in explain(restored(store, 1)).trouble

    def test_they_predict_while_their_file_is_there(self, old):
        store, data = old
        run = restored(store, 1)
        preparation = preparation_of(run)
        predictor = build_predictor(run.experiment, store.state(1)[1], preparation)
        x = np.loadtxt(data, delimiter=",", skiprows=1, usecols=(0, 1))
        train, test = split_indices(120, 0.2, 0)
        scaled = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
        expected = predictor.network.predict(scaled.T.astype(np.float32)).T
        predictions = predictor.predict(read_rows(data, "flowers.csv", preparation))
        np.testing.assert_allclose(predictions, expected, atol=1e-6)
        kinds = np.array([line.rsplit(",", 1)[1] for line in data.read_text().splitlines()[1:]])
        right = np.array(preparation.class_names)[predictions.argmax(axis=1)] == kinds
        assert right[test].mean() == pytest.approx(run.test_accuracy)

    def test_exports_are_refused_where_nobody_knows_the_scale(self, old, tmp_path):
        store, data = old
        write_joml_script(restored(store, 1), tmp_path / "with.py")
        assert "X_MEAN" in (tmp_path / "with.py").read_text()
        kept = data.read_text()
        for change, message in (
            (data.unlink, "no such file"),
            (lambda: data.write_text(kept + "1,2,a\n" * 9), "has changed"),
        ):
            change()
            run = restored(store, 1)
            with pytest.raises(PreparationUnknownError, match=message):
                preparation_of(run)
            for write_one, name in ((write_npz, "n.npz"), (write_joml_script, "n.py"), (write_torch_script, "t.py")):
                with pytest.raises(ExportError, match=rf"not written: .*means and deviations.*{message}"):
                    write_one(run, tmp_path / name)
                assert not (tmp_path / name).exists()

    def test_they_resume(self, old):
        store, _ = old
        recorder = Recorder(store)
        run, written = resumed(store, 2, engine="thread")
        recorder.add_resumed(run, written)
        assert run.wait(300)
        assert run.state is RunState.FINISHED, run.message
        assert recorder.close()
        assert run.history.checked_part == "test"
        assert run.history.iterations == 40 * 3
        # From now on its preparation is kept; that it has no validation part still holds.
        assert isinstance(store.preparation(2), Preparation)
        assert store.experiment(2).split == SplitSpec(validation=0)
        whole = start_run(store.experiment(2), engine="thread")
        assert whole.wait(300)
        # Its first part was trained on another machine, whose processor may round otherwise.
        np.testing.assert_allclose(whole.history.train_cost, run.history.train_cost, rtol=1e-3)


@pytest.mark.parametrize("plain", [True, False])
def test_rows_are_read_and_predicted_in_blocks_as_at_once(kept, tmp_path, monkeypatch, plain):
    """With blocks of a few rows: the same features in the same order, whatever else stands in the file."""
    from joml.data.readers import csv_text

    source = write(
        tmp_path / "more.csv", [f"{row.split(',')[1]},{row.split(',')[0]},7" for row in kept.rows], "width,when,other"
    )
    whole = read_rows(source, "rows", kept.store.preparation(1))
    monkeypatch.setattr(prediction, "_BLOCK_ROWS", 7)
    monkeypatch.setattr(csv_text, "_BLOCK_CELLS", 30)
    monkeypatch.setattr(csv_text, "_PLAIN_BYTES", 0 if plain else 1 << 40)
    with prediction.reading_rows(source, "rows", kept.store.preparation(1)) as rows:
        blocks = list(rows.blocks())
        assert rows.count == len(whole)
        assert max(map(len, blocks)) == 7
        assert np.array_equal(np.concatenate(blocks), whole)
        assert np.array_equal(np.concatenate(list(rows.blocks())), whole)
    assert [float(value) for value in kept.rows[-1].split(",")[:2]] == whole[-1].tolist()


@pytest.mark.parametrize("plain", [True, False])
def test_a_fault_in_the_last_of_many_blocks_is_reported_before_any_row_is_used(kept, tmp_path, monkeypatch, plain):
    from joml.data.readers import csv_text

    monkeypatch.setattr(csv_text, "_BLOCK_CELLS", 30)
    monkeypatch.setattr(csv_text, "_PLAIN_BYTES", 0 if plain else 1 << 40)
    source = write(tmp_path / "faulty.csv", [*kept.rows, "five,3,early"])
    with (
        pytest.raises(prediction.RowsError, match="five"),
        prediction.reading_rows(source, "rows", kept.store.preparation(1)),
    ):
        raise AssertionError("rows were given out")


def test_numbers_with_commas_are_read_from_the_first_block_on(kept, tmp_path, monkeypatch):
    from joml.data.readers import csv_text

    monkeypatch.setattr(csv_text, "_BLOCK_CELLS", 30)
    lines = [";".join((row.split(",")[0], row.split(",")[1].replace(".", ","))) for row in kept.rows]
    plain = write(tmp_path / "points.csv", [row.rsplit(",", 1)[0] for row in kept.rows], "when,width")
    commas = write(tmp_path / "commas.csv", lines, "when;width")
    preparation = kept.store.preparation(1)
    assert np.array_equal(read_rows(commas, "rows", preparation), read_rows(plain, "rows", preparation))


def left_out_of(path, text, **settings):
    path.write_text(text)
    run = start_run(Experiment(dataset=CsvFile(path=str(path), **settings), epochs=1), engine="thread")
    assert run.wait(300)
    return describe_left_out(run.experiment, run.preparation)


def test_what_was_left_out_is_named_with_the_way_to_use_it(tmp_path):
    rows = [f"{row},name {row},{row % 7},1,{'ab'[row % 2]}" for row in range(40)]
    text = "\n".join(["id,name,age,constant,kind", *rows, ""])
    note = left_out_of(tmp_path / "people.csv", text, label="kind", ignore=("id",))
    assert note == (
        "left out: id, name, constant; to use them, set them under columns: in the experiment, or by Columns in the "
        "lab (K)"
    )
    numbers = "\n".join(f"{row},{row % 7},{row % 2}" for row in range(40))
    assert left_out_of(tmp_path / "numbers.csv", numbers) == ""
    data = "\n".join(["a,b,kind", numbers])
    assert left_out_of(tmp_path / "all.csv", data, label="kind") == ""
    note = left_out_of(tmp_path / "one.csv", data, label="kind", ignore=(0,))
    assert note.startswith("left out: a; to use it, set it under columns")
