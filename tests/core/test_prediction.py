"""Rows of tables of mixed columns are predicted with the columns in any order, as in training."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from command_line import given, lines
from term_table import NEW, expected_outputs, run_on_terms

from joml.data.preparation import Preparation
from joml.data.readers.csv_file import read_csv
from joml_tui.experiment import AdamSpec, CsvFile, Experiment, ImageFolder, LayerSpec, TableFile, load_data
from joml_tui.reports.explanation import explain
from joml_tui.reports.prediction import RowsError, build_predictor, read_rows, reading_columns, reading_rows
from joml_tui.runs.run import start_run
from joml_tui.store import open_store, restored

ROWS = [
    f"{n},{'' if n % 9 == 4 else 20 + n % 7},{['male', 'female'][n % 2]},2021-03-{n % 28 + 1:02},{['no', 'yes'][n % 2]}"
    for n in range(80)
]
HEADER = "id,age,sex,day,survived"


def write(path, rows, header=HEADER):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@dataclass
class Kept:
    """A stored run, and the file that it was trained on."""

    store: object
    data: Path

    @property
    def preparation(self):
        return self.store.preparation(1)

    def read(self, source):
        return read_rows(source, "rows", self.preparation)

    def predict(self, source):
        predictor = build_predictor(self.store.experiment(1), self.store.state(1)[1], self.preparation)
        return predictor.predict(self.read(source))


@pytest.fixture
def kept(tmp_path):
    data = write(tmp_path / "people.csv", ROWS)
    dataset = CsvFile(str(data), label="survived", ignore=("id",), columns={"sex": "category"})
    run = start_run(Experiment(dataset=dataset, layers=(LayerSpec(4),), epochs=2), engine="thread")
    assert run.wait(300), run.message
    with open_store(tmp_path / "runs.db") as store:
        store.keep(run)
        yield Kept(store, data)


def test_the_data_s_own_rows_are_the_features_of_the_training(kept):
    data = load_data(kept.store.experiment(1))
    x = kept.preparation.scale_x(kept.read(kept.data)).astype(np.float32)
    parts = np.concatenate([data.x_train, data.x_test], axis=1).T
    assert sorted(map(tuple, x.tolist())) == sorted(map(tuple, parts.tolist()))


def test_columns_in_any_order_without_the_target(kept, tmp_path):
    shuffled = []
    for row in ROWS:
        number, age, sex, day, _ = row.split(",")
        shuffled.append(f"{day},{sex},{number},{age},9")
    other = write(tmp_path / "other.csv", shuffled, "day,sex,id,age,shoe size")
    assert np.array_equal(kept.predict(other), kept.predict(kept.data))
    with reading_rows(other, "rows", kept.preparation) as rows:
        assert rows.notes == ("columns that the training data do not have are ignored: shoe size",)


def test_rows_without_a_header_are_read_by_position(kept, tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("\n".join(ROWS))
    assert np.array_equal(kept.read(path), kept.read(kept.data))
    path.write_text("\n".join(row.rpartition(",")[0] for row in ROWS))
    assert np.array_equal(kept.read(path), kept.read(kept.data))


def test_unseen_categories_and_missing_cells_are_predicted(kept, tmp_path):
    path = write(tmp_path / "new.csv", [",robot,", "30,,2021-03-01"], "age,sex,day")
    with reading_rows(path, "rows", kept.preparation) as rows:
        assert rows.count == 2
        assert len(rows.notes) == 3
    assert np.isfinite(kept.predict(path)).all()


def test_all_faults_are_reported_at_once(kept, tmp_path):
    path = write(tmp_path / "bad.csv", ["x,male,2021-03-01", "30,male,soon"], "age,sex,day")
    with pytest.raises(RowsError) as caught:
        kept.read(path)
    assert str(caught.value) == (
        "rows: column 1 ('age'): no number: 'x' in line 2; column 3 ('day'): no date: 'soon' in line 3"
    )
    path = write(tmp_path / "few.csv", ["30"], "age")
    with pytest.raises(RowsError, match=r"rows:1: 2 columns are missing: 'sex', 'day'$"):
        kept.read(path)
    path = write(tmp_path / "other.csv", ["30"], "years")
    missing = "3 columns are missing: 'age', 'sex', 'day'; the columns are 'years'"
    with pytest.raises(RowsError, match=f"rows:1: {missing}$"):
        kept.read(path)


def test_rows_of_a_table_s_columns_are_predicted(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    table = pa.table({"sex": ["f", "m"] * 10, "age": [20, None] * 10, "kind": ["a", "b"] * 10})
    parquet.write_table(table, tmp_path / "people.parquet")
    dataset = TableFile(str(tmp_path / "people.parquet"))
    run = start_run(Experiment(dataset=dataset, layers=(LayerSpec(4),), epochs=2), engine="thread")
    assert run.wait(300), run.message
    path = write(tmp_path / "rows.csv", ["5,m", ",f"], "age,sex")
    assert read_rows(path, "rows", run.preparation).tolist() == [[0, 1, 5, 0], [1, 0, 20, 1]]
    whole = write(tmp_path / "whole.csv", ["5,m,a"], "age,sex,kind")
    with reading_rows(whole, "rows", run.preparation) as rows:
        assert rows.notes == ("columns that are no features of the run are ignored: kind",)
    other = pa.table({"age": [5, None], "size": [1, 2], "sex": ["m", "f"]})
    parquet.write_table(other, tmp_path / "rows.parquet")
    assert read_rows(tmp_path / "rows.parquet", "rows", run.preparation).tolist() == [[0, 1, 5, 0], [1, 0, 20, 1]]


def test_a_table_s_rows_of_numbers_are_predicted(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    data = tmp_path / "numbers.csv"
    data.write_text("u,v,kind\n" + "".join(f"{n},{n % 2},{'ab'[n % 3 % 2]}\n" for n in range(20)))
    run = start_run(Experiment(dataset=CsvFile(str(data)), layers=(LayerSpec(4),), epochs=2), engine="thread")
    assert run.wait(300), run.message
    parquet.write_table(pa.table({"v": [True, False], "w": ["x", "y"], "u": [3, 4.5]}), tmp_path / "rows")
    assert read_rows(tmp_path / "rows", "rows", run.preparation).tolist() == [[3, 1], [4.5, 0]]
    (tmp_path / "rows").write_text('{"u": 3, "v": 1}\n{"u": null, "v": 2}\n')
    with pytest.raises(RowsError, match="rows: column 1 \\('u'\\): no number: '' in row 2"):
        read_rows(tmp_path / "rows", "rows", run.preparation)


def test_columns_of_a_table_are_kept(kept, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    parquet.write_table(pa.table({"id": [7, None], "name": ["a", "b"]}), tmp_path / "rows.parquet")
    with reading_columns(tmp_path / "rows.parquet", "rows", kept.preparation, ["name", "0"]) as columns:
        assert columns.names == ("name", "id")
        assert list(columns.rows) == [("a", "7"), ("b", "")]


def test_a_run_of_mixed_columns_is_explained(kept):
    run = restored(kept.store, 1)
    assert "sex=female" in run.preparation.feature_names
    assert explain(run)


def test_rows_in_the_dialect_of_the_training_data(tmp_path):
    data = tmp_path / "data.txt"
    data.write_text("länge   größe  art\n" + "  1.5   2  süß\n 2.5   3  öl\n" * 5, "latin-1")
    preparation = read_csv(data, label="art", encoding="latin-1").preparation
    preparation = Preparation.from_json(preparation.to_json())
    rows = tmp_path / "rows.txt"
    rows.write_text(" größe  länge\n  7   8\n", "latin-1")
    assert read_rows(rows, "rows", preparation).tolist() == [[8, 7]]
    with gzip.open(tmp_path / "rows.gz", "wt", encoding="latin-1") as file:
        file.write("größe|länge\n7|8\n9|10\n")
    assert read_rows(tmp_path / "rows.gz", "rows", preparation).tolist() == [[8, 7], [10, 9]]


def test_rows_may_be_in_another_encoding_than_the_training_data(tmp_path):
    text = "größe,ort,art\n" + "1,Köln,a\n2,Düren,b\n" * 5
    rows = "ort,größe\nKöln,3\n"
    for encoding, other in (("utf-8", "cp1252"), ("cp1252", "utf-8"), ("utf-8", "utf-16")):
        data, new = tmp_path / f"{encoding}.csv", tmp_path / "rows.csv"
        data.write_text(text, encoding)
        new.write_text(rows, other)
        preparation = read_csv(data, encoding="auto" if encoding == "utf-8" else encoding).preparation
        with reading_rows(new, "rows", preparation) as read:
            (block,) = read.blocks()
            assert not any("unseen" in note for note in read.notes)
            assert ("read as Windows-1252, as it is not UTF-8, with words such as 'größe'" in read.notes) == (
                other == "cp1252"
            )
        np.testing.assert_array_equal(block, read_rows(rows.encode(encoding), "rows", preparation))
        with reading_columns(new, "rows", preparation, ["ort"]) as columns:
            assert list(columns.rows) == [("Köln",)]


def test_columns_with_one_name_are_taken_in_their_order(tmp_path):
    data = write(tmp_path / "data.csv", ["1,2,3,x", "4,5,7,y"] * 5, "a,b,a,kind")
    preparation = read_csv(data).preparation
    assert read_rows(b"a,b,a\n1,2,3\n", "rows", preparation).tolist() == [[1, 2, 3]]
    assert read_rows(b"kind,b,a,a\nx,2,1,3\n", "rows", preparation).tolist() == [[1, 2, 3]]
    with pytest.raises(RowsError, match="3 columns are named 'a'"):
        read_rows(b"a,a,a,c\n1,2,3,4\n", "rows", preparation)


@pytest.mark.parametrize("sex", ["", ";sex"])
def test_a_point_that_may_separate_thousands_is_refused_as_in_training(tmp_path, sex):
    rows = [f"{n},5{';' + 'fm'[n % 2] if sex else ''};{'ab'[n % 2]}" for n in range(40)]
    dataset = CsvFile(str(write(tmp_path / "d.csv", rows, f"v{sex};y")))
    run = start_run(Experiment(dataset=dataset, layers=(LayerSpec(4),), epochs=1), engine="thread")
    assert run.wait(300), run.message
    cells = ("1,5", "36.5", "36.000", "36000", "-1,25")
    new = write(tmp_path / "new.csv", [cell + (";f" if sex else "") for cell in cells], f"v{sex}")
    message = r"'v'.*'36.000'.* may be either where commas are decimal points; write 36000 or 36,000"
    with pytest.raises(RowsError, match=message) as caught:
        read_rows(new, "new.csv", run.preparation)
    assert "more" not in str(caught.value)
    write(new, [cell + (";f" if sex else "") for cell in cells if cell != "36.000"], f"v{sex}")
    assert read_rows(new, "new.csv", run.preparation)[:, 0].tolist() == [1.5, 36.5, 36000, -1.25]


def test_faults_of_several_kinds_are_counted_each(tmp_path):
    rows = [f"{n % 7},{n % 5},{'ab'[n % 2]}" for n in range(40)]
    dataset = CsvFile(str(write(tmp_path / "d.csv", rows, "v,w,y")))
    run = start_run(Experiment(dataset=dataset, layers=(LayerSpec(4),), epochs=1), engine="thread")
    assert run.wait(300), run.message
    new = write(tmp_path / "new.csv", [",1", "abc,2", "nan,3", "4,5"], "v,w")
    with pytest.raises(RowsError) as caught:
        read_rows(new, "new.csv", run.preparation)
    assert str(caught.value).endswith(
        "column 1 ('v'): a number was expected, the field is empty; 3 fields of the column cannot be read: 1 with no "
        "number, such as 'abc' in line 3 and 2 missing: write numbers"
    )


@pytest.mark.parametrize("sex", ["", ";sex"])
def test_points_between_thousands_mean_the_same_in_rows_to_predict(tmp_path, sex):
    more = ";f" if sex else ""
    rows = [f"{n + 1}.{n + 100},5{';' + 'fm'[n % 2] if sex else ''};{'ab'[n % 2]}" for n in range(40)]
    rows[3:5] = [f"7.250{more};a", f"900{more};b"]
    dataset = CsvFile(str(write(tmp_path / "d.csv", rows, f"v{sex};y")), columns={"v": "number"})
    run = start_run(Experiment(dataset=dataset, layers=(LayerSpec(4),), epochs=1), engine="thread")
    assert run.wait(300), run.message
    assert 20_000 < run.preparation.x_mean[0] < 25_000
    new = write(
        tmp_path / "new.csv", [each + more for each in ("1.200", "1.200,5", "3.580.801", "-7,5", "12")], f"v{sex}"
    )
    assert read_rows(new, "new.csv", run.preparation)[:, 0].tolist() == [1200, 1200.5, 3580801, -7.5, 12]


@pytest.mark.parametrize(("label", "task"), [(2, "classes"), ((2, 4), "multilabel")])
def test_rows_without_names_may_lack_the_targets_or_the_columns_left_out(tmp_path, label, task):
    rows = [[f"{n}", f"{n % 7}.5", f"{n % 2}", f"{n * n % 11}.25", f"{n % 3 // 2}", f"{n % 5}"] for n in range(60)]
    data = tmp_path / "plain.csv"
    data.write_text("".join(",".join(row) + "\n" for row in rows))
    preparation = read_csv(data, label=label, task=task, ignore=[0]).preparation
    features = [1, 3, 5] if task == "multilabel" else [1, 3, 4, 5]
    expected = np.array([[float(row[place]) for place in features] for row in rows])
    # Of one target and one column left out, the target is taken for the missing one.
    for places in (range(6), [0, *features], features, *([range(1, 6)] if task == "multilabel" else [])):
        content = "".join(",".join(row[place] for place in places) + "\n" for row in rows).encode()
        np.testing.assert_array_equal(read_rows(content, "rows", preparation), expected)


@pytest.mark.parametrize("kind", ["", ";r{}"])
def test_a_point_in_a_column_of_whole_numbers_is_refused_beside_decimal_commas(tmp_path, kind):
    data = tmp_path / "data.csv"
    cells = [f"{row};{row},5{kind.format(row % 3)};{'xy'[row % 2]}" for row in range(30)]
    data.write_text(f"a;w{';c' if kind else ''};label\n" + "\n".join(cells) + "\n")
    preparation = Preparation.from_json(read_csv(data).preparation.to_json())
    rows = tmp_path / "rows.csv"
    header = f"a;w{';c' if kind else ''}\n"
    rows.write_text(f"{header}36.000;3,5{kind.format(1)}\n")
    with pytest.raises(RowsError, match=r"'36\.000' may be either where commas are decimal points"):
        read_rows(rows, "rows", preparation)
    rows.write_text(f"{header}36;3,5{kind.format(1)}\n")
    assert read_rows(rows, "rows", preparation)[0, :2].tolist() == [36, 3.5]


@pytest.mark.parametrize(("task", "settings"), [("classes", {}), ("regression", {"standardize_y": True})])
def test_terms_of_features_are_computed_of_the_columns(tmp_path, task, settings):
    run = run_on_terms(tmp_path, task, **settings)
    rows = write(tmp_path / "rows.csv", [f"{mass},x,{length}" for length, mass in NEW.tolist()], "mass,note,length")
    with open_store(tmp_path / "runs.db") as store:
        store.keep(run)
        predictor = build_predictor(store.experiment(1), store.state(1)[1], store.preparation(1))
        predicted = predictor.predict(read_rows(rows, "rows", store.preparation(1)))
    np.testing.assert_allclose(predicted, expected_outputs(run, NEW), rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of dark and bright images of 4 x 4 pixels, and a store with a run on it."""
    image = pytest.importorskip("PIL.Image", reason="folders of images need Pillow")
    folder = tmp_path_factory.mktemp("photos")
    for name, grey in (("dark", 20), ("bright", 220)):
        (folder / "photos" / name).mkdir(parents=True)
        for place in range(6):
            image.new("L", (4, 4), grey + place).save(folder / "photos" / name / f"{place}.png")
    dataset = ImageFolder(str(folder / "photos"))
    experiment = Experiment(dataset=dataset, optimizer=AdamSpec(0.1), epochs=60, batch_size=4)
    run = start_run(experiment, engine="thread")
    assert run.wait(300)
    with open_store(folder / "runs.db") as store:
        store.keep(run)
    return folder


def test_a_folder_of_images_is_predicted_with_the_names_of_its_files(photos):
    rows = lines("predict", "1", photos / "photos", store=photos / "runs.db")
    assert [row["file"] for row in rows] == [f"{name}/{n}.png" for name in ("bright", "dark") for n in range(6)]
    assert all(row["class"] == row["file"].partition("/")[0] for row in rows)
    kept = given("predict", "1", photos / "photos", "--keep", "a", store=photos / "runs.db")
    assert kept.exit_code == 2 and "is a folder of images, which have no columns" in kept.stderr


def test_a_folder_is_refused_where_the_run_has_no_images(kept, tmp_path):
    with pytest.raises(RowsError, match="has images, and the run was not trained on images"):
        kept.read(tmp_path)
