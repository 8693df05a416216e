"""What runs predict, how they are explained, and the doctor."""

import csv
import io
import json
import sqlite3
import struct

import numpy as np
import pytest
from command_line import document, given, lines

from joml_tui.cli.exit_codes import BAD_INPUT, DONE
from joml_tui.experiment import load_data
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import unpack_state
from joml_tui.store import open_store

FLOWERS = (
    "version: 1\ndataset: {name: csv, path: PATH, label: species, standardize: true}\nlayers: [{size: 8}]\nepochs: 20\n"
)


def reference(store, number=1):
    """The run's network, with the weights that are kept."""
    with open_store(store) as opened:
        subject = build_subject(opened.experiment(number))
        subject.trainer.restore(unpack_state(opened.state(number)[1]))
    return subject


def kept(experiment, store):
    result = given("run", experiment, "--quiet", store=store)
    assert result.exit_code == DONE, result.stderr


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A run on a file whose features are far from 0 and 1, and the file."""
    folder = tmp_path_factory.mktemp("flowers")
    generator = np.random.default_rng(5)
    x = generator.normal(size=(90, 3)) * [1.0, 50.0, 1e-3] + [10.0, 1e6, 0.0]
    kinds = np.array(["setosa", "versicolor", "virginica"])[np.digitize(x[:, 0], [9.6, 10.4])]
    with (folder / "flowers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["width", "height", "species", "depth"])
        writer.writerows(
            [*map(repr, row[:2].tolist()), kind, repr(float(row[2]))] for row, kind in zip(x, kinds, strict=True)
        )
    (folder / "flowers.yaml").write_text(FLOWERS.replace("PATH", str(folder / "flowers.csv")))
    store = folder / "runs.db"
    kept(folder / "flowers.yaml", store)
    return folder, store


class TestPredicting:
    def test_a_device_is_no_file_of_rows(self, flowers):
        result = given("predict", "1", "/dev/zero", store=flowers[1])
        assert result.exit_code == BAD_INPUT
        assert "/dev/zero: is a device; a file of rows is needed" in result.stderr

    def test_predictions_are_the_networks_own_on_its_own_data(self, flowers):
        folder, store = flowers
        subject = reference(store)
        rows = lines("predict", "1", folder / "flowers.csv", store=store)
        assert len(rows) == 90
        names = [name for name in rows[0] if name.startswith("probability")]
        predictions = np.array([[row[name] for name in names] for row in rows])
        both = np.concatenate([subject.data.x_train, subject.data.x_test], axis=1)
        own = subject.network.predict(both).T
        order = np.lexsort(np.round(predictions, 4).T), np.lexsort(np.round(own, 4).T)
        assert np.allclose(predictions[order[0]], own[order[1]], atol=2e-5)
        classes = [name.removeprefix("probability ") for name in names]
        assert [row["class"] for row in rows] == [classes[place] for place in predictions.argmax(axis=1)]

    def test_columns_are_found_by_name_in_any_order_or_by_place(self, flowers, tmp_path):
        _, store = flowers
        texts = {
            "named.csv": "depth,id,height,width\n0.001,7,1000010,10.2\n",
            "whole.csv": "width;height;species;depth\n10.2;1000010;;0.001\n",
            "places.csv": "10.2,1000010,0.001\n",
            "target.csv": "10.2,1000010,0,0.001\n",
        }
        predictions = []
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
            predictions.append(lines("predict", "last", tmp_path / name, store=store))
        assert all(each == predictions[0] for each in predictions)

    def test_columns_are_kept_in_front_of_the_predictions(self, flowers, tmp_path):
        _, store = flowers
        rows = tmp_path / "rows.csv"
        rows.write_text("depth,id,class,height,width\n0.001,007,a,1000010,10.2\n\n0.002,b c,,1000010,10.2\n")
        plain = lines("predict", "1", rows, store=store)
        predictions = lines("predict", "1", rows, "--keep", "id,class", store=store)
        assert list(predictions[0])[:3] == ["id", "class (input)", "class"]
        assert [(row.pop("id"), row.pop("class (input)")) for row in predictions] == [("007", "a"), ("b c", "")]
        assert predictions == plain
        result = given("predict", "1", rows, "--keep", "idd", store=store)
        assert (result.exit_code, result.stdout) == (BAD_INPUT, "")
        assert "--keep: no column is named 'idd'; did you mean 'id'?" in result.stderr

    def test_probabilities_are_left_out_on_demand(self, flowers):
        folder, store = flowers
        plain = lines("predict", "1", folder / "flowers.csv", store=store)
        assert lines("predict", "1", folder / "flowers.csv", "--probabilities", store=store) == plain
        classes = lines("predict", "1", folder / "flowers.csv", "--no-probabilities", store=store)
        assert classes == [{"class": row["class"]} for row in plain]

    def test_the_files_name_decides_its_format(self, flowers, tmp_path):
        folder, store = flowers
        plain = lines("predict", "1", folder / "flowers.csv", "--keep", "width", store=store)
        files = [tmp_path / name for name in ("rows.csv", "rows.jsonl", "rows.parquet")]
        for path in files:
            result = given("predict", "1", folder / "flowers.csv", "--keep", "width", "--output", path, store=store)
            assert result.exit_code == DONE, result.stderr
        with files[0].open(newline="") as file:
            of_csv = list(csv.DictReader(file))
        of_parquet = pytest.importorskip("pyarrow.parquet").read_table(files[2]).to_pylist()
        assert [json.loads(line) for line in files[1].read_text().splitlines()] == of_parquet == plain
        assert [row["class"] for row in of_csv] == [row["class"] for row in plain]

    def test_values_have_no_probabilities(self, tmp_path):
        path = tmp_path / "values.csv"
        path.write_text("a,b\n" + "".join(f"{n / 7},{n / 3}\n" for n in range(30)))
        store = tmp_path / "runs.db"
        assert given("run", path, "--task", "values", "--quiet", store=store).exit_code == DONE
        assert len(lines("predict", "1", path, "--no-probabilities", store=store)) == 30
        result = given("predict", "1", path, "--probabilities", store=store)
        assert (result.exit_code, result.stdout) == (BAD_INPUT, "")
        assert "run 1 predicts values, which have no probabilities" in result.stderr

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("1,2,3\n1,2\n", ":2: 2 columns instead of 3"),
            ("1,2,3\n\n4,x5,6\n", ":3: column 2 ('height'): a number was expected, got 'x5'"),
            ("1,2,3\n1,,3\n", "the field is empty"),
            ("1,2,3\n1,nan,3\n", "a finite number"),
            ("1,2\n", ":1: 2 columns, and there are 3 features, with the target column 4"),
            ("width,heigth,depth\n1,2,3\n", "no column is named 'height'; did you mean 'heigth'?"),
            ("width,height,depth\n", "no rows beneath the header"),
            ("", "the file is empty"),
        ],
    )
    def test_wrong_rows_are_named_by_their_lines_and_nothing_is_written(self, flowers, text, message):
        _, store = flowers
        result = given("predict", "1", "-", store=store, input=text)
        assert result.exit_code == 2
        assert message in result.stderr
        assert result.stdout == ""

    def test_pixels_that_are_not_divided_yet_are_refused(self, tmp_path):
        rng = np.random.default_rng(0)
        images, kinds = rng.integers(0, 256, (30, 2, 2), np.uint8), np.arange(30, dtype=np.uint8) % 2
        for name, array in (("images", images), ("labels", kinds)):
            sizes = struct.pack(f">{array.ndim}I", *array.shape)
            (tmp_path / name).write_bytes(b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes())
        files = f"{{name: idx, images: {tmp_path / 'images'}, labels: {tmp_path / 'labels'}}}"
        (tmp_path / "run.yaml").write_text(f"version: 1\ndataset: {files}\nlayers: [{{size: 3}}]\nepochs: 1\n")
        store = tmp_path / "runs.db"
        kept(tmp_path / "run.yaml", store)
        rows = tmp_path / "rows.csv"
        np.savetxt(rows, images.reshape(30, 4) / 255, delimiter=",")
        result = given("predict", "1", rows, store=store)
        assert result.exit_code == DONE
        predicted = list(csv.reader(io.StringIO(result.stdout)))
        subject = reference(store)
        y_hat = subject.trainer.network.predict((images.reshape(30, 4) / 255).T.astype(np.float32))
        assert [row[0] for row in predicted[1:]] == [str(place) for place in y_hat.argmax(axis=0)]
        np.savetxt(rows, images.reshape(30, 4), "%d", delimiter=",")
        result = given("predict", "1", rows, store=store)
        place = int((images.reshape(-1) > 1).argmax())
        assert (result.exit_code, result.stdout) == (BAD_INPUT, "")
        assert (
            f"rows.csv: row {place // 4 + 1}: pixel {place % 4 + 1} is {images.reshape(-1)[place]}, and"
            in result.stderr
        )
        assert "divide those from 0 to 255 by 255" in result.stderr

    def test_a_file_of_another_kind_is_to_be_written_as_csv(self, flowers, tmp_path):
        np.savez(tmp_path / "rows.npz", x=np.zeros((2, 3)))
        result = given("predict", "1", tmp_path / "rows.npz", store=flowers[1])
        assert result.exit_code == BAD_INPUT
        assert "rows.npz: is an NPZ archive of arrays, not text; write its rows as CSV" in result.stderr

    def test_commas_in_numbers_are_what_they_were_in_the_data(self, tmp_path):
        rows = "".join(f'"{n},5","{n},250",{"ab"[n % 2]}\n' for n in range(20))
        (tmp_path / "data.csv").write_text("u,v,kind\n" + rows)
        data = f"{{name: csv, path: {tmp_path / 'data.csv'}, standardize: false}}"
        (tmp_path / "run.yaml").write_text(f"version: 1\ndataset: {data}\nepochs: 1\n")
        store = tmp_path / "runs.db"
        kept(tmp_path / "run.yaml", store)
        predicted = []
        for cells in ('"1,500","2,250"', "1.5,2.25"):
            (tmp_path / "rows.csv").write_text(f"u,v\n{cells}\n")
            predicted.append(given("predict", "1", tmp_path / "rows.csv", store=store).stdout)
        assert predicted[0] == predicted[1] != ""

    def test_values_have_the_unit_of_the_data(self, tmp_path):
        generator = np.random.default_rng(2)
        x = generator.normal(size=200)
        with (tmp_path / "line.csv").open("w") as file:
            file.writelines(f"{number!r},{3000 + 200 * number!r}\n" for number in x.tolist())
        (tmp_path / "line.yaml").write_text(
            f"version: 1\ndataset: {{name: csv, path: {tmp_path}/line.csv, task: regression, standardize_y: true}}\n"
            "output: {activation: identity, cost: mean-squared-error}\noptimizer: {name: adam, learning_rate: 0.05}\n"
            "epochs: 60\n"
        )
        store = tmp_path / "runs.db"
        kept(tmp_path / "line.yaml", store)
        result = given("predict", "1", "-", store=store, input="0.5\n-1\n")
        rows = list(csv.reader(io.StringIO(result.stdout)))
        assert rows[0] == ["y1"]
        assert [float(value) for (value,) in rows[1:]] == pytest.approx([3100, 2800], abs=5)

    def test_a_data_set_that_is_gone_is_not_needed(self, flowers, tmp_path):
        folder, store = flowers
        before = given("predict", "1", "-", store=store, input="1,2,3\n")
        assert before.exit_code == 0
        moved = tmp_path / "moved.csv"
        (folder / "flowers.csv").rename(moved)
        try:
            result = given("predict", "1", "-", store=store, input="1,2,3\n")
        finally:
            moved.rename(folder / "flowers.csv")
        assert (result.exit_code, result.stdout) == (0, before.stdout)

    def test_a_file_that_is_there_is_kept(self, flowers, tmp_path):
        _, store = flowers
        path = tmp_path / "out.csv"
        path.write_text("mine")
        arguments = ("predict", "1", "-", "--output", path)
        assert given(*arguments, store=store, input="1,2,3\n").exit_code == 2
        assert path.read_text() == "mine"
        assert given(*arguments, "--overwrite", store=store, input="1,2,3\n").exit_code == 0
        assert path.read_text().startswith("class,")


class TestExplaining:
    @pytest.fixture(scope="class")
    def store(self, tmp_path_factory):
        path = tmp_path_factory.mktemp("explained") / "runs.db"
        for preset in ("xor", "sine"):
            kept(preset, path)
        result = given("run", "xor", "--network", "2-4-2", "--epochs", 2, "--quiet", store=path)
        assert result.exit_code == 0
        return path

    def test_the_document_counts_as_the_network_does(self, store):
        document_of_run = document("explain", "1", store=store)
        subject = reference(store)
        y_hat = subject.network.predict(subject.data.x_test)
        right = (y_hat.argmax(axis=0) == subject.data.y_test.argmax(axis=0)).mean()
        assert document_of_run["test_accuracy"] == pytest.approx(right)
        counts = np.array(document_of_run["confusion"]["counts"])[0]
        assert counts.sum() == subject.data.test_size
        assert counts.trace() / counts.sum() == pytest.approx(right)
        low, high = document_of_run["test_accuracy_interval"]
        assert low < right < high
        article = document_of_run["accounting"]["test"]
        assert article["article_accuracy"] >= article["accuracy"] == pytest.approx(right)

    def test_the_text_says_what_how_well_and_what_went_wrong(self, store):
        output = given("explain", "1", store=store).stdout
        for part in ("2-8-2", "xor", "(95 %:", "majority class", "Confusion matrix", "article's accounting"):
            assert part in output

    def test_a_regression_has_r2_and_no_article(self, store):
        output = given("explain", "2", store=store).stdout
        assert "test R2" in output
        assert "least squares" in output
        assert "article" not in output
        assert document("explain", "2", store=store)["accounting"] is None

    def test_a_run_that_diverged_says_why(self, tmp_path):
        (tmp_path / "wild.yaml").write_text(
            "version: 1\ndataset: {name: xor}\nlayers: [{size: 20}]\noptimizer: {name: adam, learning_rate: 1e6}\n"
        )
        store = tmp_path / "runs.db"
        assert given("run", tmp_path / "wild.yaml", "--quiet", store=store).exit_code == 1
        document_of_run = document("explain", "1", store=store)
        assert document_of_run["state"] == "diverged"
        assert document_of_run["findings"][0]["kind"] == "diverged"
        assert "tenth" in given("explain", "1", store=store).stdout

    def test_a_network_without_finite_outputs_has_no_score_and_predicts_nothing(self, tmp_path):
        (tmp_path / "wild.yaml").write_text(
            "version: 1\ndataset: {name: blobs, samples: 100}\nlayers: [{size: 4}]\nepochs: 2\n"
            "optimizer: {name: gradient-descent, learning_rate: 1.0e+30}\n"
        )
        (tmp_path / "rows.csv").write_text("0.1,0.2\n3,4\n")
        store = tmp_path / "runs.db"
        result = given("run", tmp_path / "wild.yaml", "--quiet", store=store)
        assert (result.exit_code, result.stdout.splitlines()[2].split()[2:6]) == (1, ["-"] * 4)
        document_of_run, output = document("explain", "1", store=store), given("explain", "1", store=store).stdout
        assert (
            document_of_run["test_accuracy"]
            is document_of_run["test_accuracy_interval"]
            is document_of_run["train_accuracy"]
            is None
        )
        assert document_of_run["confusion"]["missing"] == document_of_run["test_samples"] == 20
        assert "20 of 20 test samples have no class: the outputs are not finite" in output
        assert "Confusion matrix" not in output
        assert "nan" not in output
        assert lines("runs", "list", store=store)[0]["test_accuracy"] is None
        predicted = given("predict", "1", tmp_path / "rows.csv", store=store)
        assert [row.split(",")[0] for row in predicted.stdout.splitlines()] == ["class", "", ""]
        assert "2 of 2 rows have no prediction" in predicted.stderr
        assert [row["class"] for row in lines("predict", "1", tmp_path / "rows.csv", store=store)] == [None, None]

    @pytest.mark.parametrize("unit", [1, 1000])
    def test_r2_without_variance_is_not_defined_wherever_it_stands(self, tmp_path, unit):
        generator = np.random.default_rng(0)
        x = generator.normal(size=(40, 1))
        np.savez(tmp_path / "same.npz", x=x[8:], y=unit * x[8:], x_test=x[:8], y_test=np.full((8, 1), 7.0 * unit))
        (tmp_path / "same.yaml").write_text(
            "version: 1\ndataset: {name: npz, path: same.npz, task: regression}\nlayers: [{size: 4}]\nepochs: 2\n"
            "output: {activation: identity, cost: mean-squared-error}\n"
        )
        store = tmp_path / "runs.db"
        output = given("run", tmp_path / "same.yaml", "--quiet", store=store).stdout
        assert "test R2 - (not defined: all values are equal)\nsame split: mean -, least squares -" in output
        for figures in (document("explain", "1", store=store), lines("runs", "list", store=store)[0]):
            assert figures["test_r2"] is None
            assert figures["train_r2"] is not None
        explained = given("explain", "1", store=store).stdout
        assert "test R2 - (not defined: all values are equal)" in explained
        assert "etter than" not in explained
        assert lines("runs", "list", "--filter", "r2<1", store=store) == []


class TestDoctor:
    @pytest.mark.slow
    def test_it_tells_of_terminal_versions_store_and_speed(self, flowers):
        _, store = flowers
        result = given("doctor", store=store)
        assert result.exit_code == 0, result.stdout
        for part in ("terminal", "numpy", "threads", "textual", "extra sklearn", "1 run,", "iterations a second"):
            assert part in result.stdout
        assert document("doctor", store=store)["fine"] is True

    def test_without_a_store_all_is_well_and_none_is_made(self, tmp_path):
        assert given("doctor", store=tmp_path / "none.db").exit_code == 0
        assert not (tmp_path / "none.db").exists()

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", ["garbage", "newer", "bits"])
    def test_a_store_that_is_broken_is_reported_and_left_as_it_is(self, flowers, tmp_path, kind):
        path = tmp_path / "runs.db"
        if kind == "garbage":
            path.write_bytes(b"no database " * 1_000)
        else:
            kept("xor", path)
            with sqlite3.connect(path) as connection:
                if kind == "newer":
                    connection.execute("PRAGMA user_version = 999")
                else:
                    connection.execute("UPDATE chunks SET checksum = checksum + 1 WHERE series = 'train_cost'")
            connection.close()
        before = path.read_bytes()
        result = given("doctor", store=path)
        assert result.exit_code == 1
        assert "BROKEN store" in " ".join(result.stdout.split())
        assert path.read_bytes() == before
        assert len(list(tmp_path.glob("*damaged*"))) == 0


class TestJson:
    def test_every_command_with_output_has_one_document_or_lines(self, tmp_path):
        assert {line["name"] for line in lines("presets")} >= {"xor", "article-14-28x6-4"}
        document_of_run = document("check", "xor")
        assert document_of_run["passed"] is True
        assert len(document_of_run["layers"]) == 2
        assert "keys" in document("config")
        trained = document("run", "xor", "--epochs", "1", "--quiet", store=tmp_path / "runs.db")
        assert trained["run"] == 1
        assert trained["test_samples"] == load_data(find_experiment("xor")).test_size

    def test_numbers_that_are_none_are_null(self, tmp_path):
        (tmp_path / "wild.yaml").write_text(
            "version: 1\ndataset: {name: xor}\nlayers: [{size: 20}]\noptimizer: {name: gradient-descent, "
            "learning_rate: 1e30}\noutput: {activation: identity, cost: mean-squared-error}\n"
        )
        load_experiment(tmp_path / "wild.yaml")
        result = given("run", tmp_path / "wild.yaml", "--json", "--quiet", store=tmp_path / "runs.db")
        assert result.exit_code == 1
        assert "NaN" not in result.stdout
        assert '"train_cost": null' in result.stdout
