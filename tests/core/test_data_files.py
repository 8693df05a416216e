"""Data files as experiments: which data set reads them, and what their target is."""

import gzip
import json
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from joml_tui.experiment import CsvFile, Xor, load_data
from joml_tui.experiment.data_files import describe_data_file, is_data_file, list_columns, with_codes
from joml_tui.experiment.opening import open_experiment
from joml_tui.experiment.yaml_text import ExperimentError

FLOWERS = "length,width,species\n" + "1.5,2.5,iris\n2.5,3.5,rose\n" * 6
HOUSES = "size,worth,rooms\n" + "".join(f"{60 + row},{1000 * row + 0.5},{row % 4 + 1}\n" for row in range(40))


def write(path, text):
    path.write_text(text)
    return str(path)


def dataset_of(path, **given):
    described = describe_data_file(str(path), given)
    assert described.data["version"] == 1
    return described.data["dataset"], described.target


def test_the_last_column_is_the_target_where_none_is_called_so(tmp_path):
    path = write(tmp_path / "houses.csv", HOUSES.replace("size", "area"))
    assert dataset_of(path) == (
        {"name": "csv", "path": path, "label": "rooms"},
        "'rooms', the last column: 4 classes of whole numbers (task: values predicts them as numbers)",
    )


@pytest.mark.parametrize("name", ["target", "Label", "class", "y", "Species", "outcome"])
def test_a_column_called_like_a_target_is_the_target(tmp_path, name):
    path = write(tmp_path / "flowers.csv", f"a,{name},b\n" + "1,x,3\n2,y,4\n" * 5)
    dataset, target = dataset_of(path)
    assert dataset["label"] == name
    assert target == f"'{name}', by its name: 2 classes"


def test_a_price_is_the_target_where_no_column_is_called_like_one(tmp_path):
    diamonds = write(tmp_path / "diamonds.csv", HOUSES.replace("worth", "price"))
    assert dataset_of(diamonds)[1] == "'price', by its name: values to predict"
    labelled = write(tmp_path / "labelled.csv", HOUSES.replace("worth,rooms", "price,label"))
    assert dataset_of(labelled)[0]["label"] == "label"
    two = write(tmp_path / "two.csv", HOUSES.replace("size,worth", "price,medv"))
    assert dataset_of(two)[0]["label"] == "rooms"


def test_two_such_columns_are_refused_unless_one_is_the_last(tmp_path):
    path = write(tmp_path / "ships.csv", "survived,class,age\n" + "yes,first,3\nno,third,4\n" * 5)
    with pytest.raises(ExperimentError, match="may be 'survived' or 'class': choose one with --target"):
        describe_data_file(path, {})
    named = dataset_of(path, label="survived")
    assert named == ({"name": "csv", "path": path, "label": "survived"}, "'survived': 2 classes")
    last = write(tmp_path / "last.csv", "age,class,label\n" + "3,1,a\n4,2,b\n" * 5)
    assert dataset_of(last)[0]["label"] == "label"


def test_a_position_is_one_unless_a_column_is_called_so(tmp_path):
    flowers = write(tmp_path / "flowers.csv", FLOWERS)
    assert dataset_of(flowers, label="2")[0]["label"] == 2
    years = write(tmp_path / "years.csv", "2019,2020,kind\n" + "1,2,a\n3,4,b\n" * 4)
    assert dataset_of(years, label="2020", header="yes", ignore=["1", "kind"])[0]["ignore"] == [1, "kind"]
    assert dataset_of(years, label="2020", header="yes")[0]["label"] == "2020"


def test_a_file_without_names_has_its_target_last(tmp_path):
    path = write(tmp_path / "plain.data", "1.5,2.5,a\n2.5,3.5,b\n" * 5)
    dataset, target = dataset_of(path)
    assert (dataset["label"], target) == (-1, "the last column: 2 classes")


def test_a_target_that_looks_like_values_is_predicted(tmp_path):
    path = write(tmp_path / "houses.csv", HOUSES)
    dataset, target = dataset_of(path, label="worth")
    assert (dataset["task"], target) == ("regression", "'worth': values to predict")
    by_default = write(tmp_path / "worths.csv", HOUSES.replace("worth,rooms", "rooms,worth"))
    assert "task" not in dataset_of(path, label="rooms")[0]
    assert dataset_of(by_default)[0]["label"] == "worth"


def test_one_value_only_is_no_target_of_values(tmp_path):
    path = write(tmp_path / "constant.csv", "a,b,c\n" + "1,2,0\n2,3,0\n" * 5)
    assert "task" not in dataset_of(path)[0]


def test_arrays_and_folders_have_the_task_that_y_fits(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(tmp_path / "values.npz", x=x, y=x.sum(axis=1))
    assert dataset_of(tmp_path / "values.npz")[0]["task"] == "regression"
    np.savez(tmp_path / "answers.npz", x=x, y=(x[:, :2] > 0).astype(int))
    assert dataset_of(tmp_path / "answers.npz")[0]["task"] == "multilabel"
    np.save(tmp_path / "plain.npy", np.column_stack([x, x.sum(axis=1)]))
    assert dataset_of(tmp_path / "plain.npy") == (
        {"name": "npz", "path": str(tmp_path / "plain.npy"), "task": "regression"},
        "y: values to predict",
    )
    sparse = write(tmp_path / "sparse.txt", "1 1:0.5 3:2\n-1 2:1.5\n" * 5)
    assert dataset_of(sparse)[0] == {"name": "npz", "path": sparse}
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x_train.csv").write_text("a,b\n" + "1.5,2\n2.5,3\n" * 4)
    (folder / "y_train.csv").write_text("kind\n" + "up\ndown\n" * 4)
    assert dataset_of(folder) == ({"name": "csv-folder", "path": str(folder)}, "")


def test_images_are_found_with_their_labels_and_their_test_part(tmp_path):
    for part in ("train", "t10k"):
        images = struct.pack(">4B3I", 0, 0, 8, 3, 6, 2, 2) + bytes(range(24))
        labels = struct.pack(">4BI", 0, 0, 8, 1, 6) + bytes([0, 1] * 3)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(images)
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    expected = {
        "name": "idx",
        "images": str(tmp_path / "train-images-idx3-ubyte"),
        "labels": str(tmp_path / "train-labels-idx1-ubyte.gz"),
        "test_images": str(tmp_path / "t10k-images-idx3-ubyte"),
        "test_labels": str(tmp_path / "t10k-labels-idx1-ubyte.gz"),
    }
    assert dataset_of(tmp_path)[0] == expected
    assert dataset_of(tmp_path / "train-images-idx3-ubyte")[0] == expected


def test_tables_are_recognised_by_content_also_under_another_name(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet files need pyarrow")
    import pyarrow as pa

    path = tmp_path / "flowers.bin"
    parquet.write_table(pa.table({"a": [1.0, 2.0] * 4, "kind": ["x", "y"] * 4, "__index_level_0__": range(8)}), path)
    assert is_data_file(str(path))
    assert dataset_of(path)[0] == {"name": "table", "path": str(path), "label": "kind"}
    lines = write(tmp_path / "flowers.json", "".join(json.dumps({"a": row, "y": row % 2}) + "\n" for row in range(8)))
    assert dataset_of(lines)[0]["name"] == "table"
    assert list_columns(str(path)) == ("a", "kind")


def test_experiments_are_no_data_files(tmp_path):
    assert not is_data_file(write(tmp_path / "some.yaml", FLOWERS))
    assert not is_data_file(write(tmp_path / "experiment", "# mine\nversion: 1\ndataset: {name: xor}\n"))
    assert not is_data_file(write(tmp_path / "experiment.json", '{"version": 1, "dataset": {"name": "xor"}}'))
    assert not is_data_file("article-14-100-40-4")
    assert is_data_file(write(tmp_path / "flowers", FLOWERS))
    assert is_data_file("not-there.tsv")
    assert is_data_file(str(tmp_path))
    assert not is_data_file("not\0there")


def test_columns_are_listed_for_completion(tmp_path):
    assert list_columns(write(tmp_path / "flowers.csv", FLOWERS)) == ("length", "width", "species")
    assert list_columns(write(tmp_path / "empty.csv", "")) == ()
    assert list_columns("xor") == ()


SHOPS = "zip,opens,number,sold\n" + "".join(
    f"{('01170', '90210', '02210')[row % 3]},0{row % 10}30,{row:05},{row * 7.5}\n" for row in range(40)
)


def test_codes_are_categories_unless_the_user_says_otherwise(tmp_path):
    path = write(tmp_path / "shops.csv", SHOPS)
    described = describe_data_file(path, {})
    # Times are in order, and numbers of rows are no categories.
    assert described.data["dataset"]["columns"] == {"zip": "category"}
    assert described.codes == "'zip' such as 01170"
    for columns in ({"zip": "number"}, {"0": "number"}):
        assert describe_data_file(path, {"columns": columns}).data["dataset"]["columns"] == columns
    assert "columns" not in dataset_of(path, ignore=["zip"])[0]
    assert "columns" not in dataset_of(path, label="zip")[0]
    nameless = write(tmp_path / "nameless.csv", SHOPS.partition("\n")[2])
    assert dataset_of(nameless)[0]["columns"] == {"0": "category"}
    assert describe_data_file(nameless, {}).codes == "column 1 such as 01170"


def test_codes_of_a_data_set_are_those_of_the_file_alone(tmp_path):
    path = write(tmp_path / "shops.csv", SHOPS)
    dataset, phrase = with_codes(CsvFile(path=path, columns={"sold": "number"}))
    assert dataset.columns == {"zip": "category", "sold": "number"}
    assert phrase == describe_data_file(path, {}).codes
    unchanged = CsvFile(path=path, columns={"zip": "number"})
    assert with_codes(unchanged) == (unchanged, "")
    assert with_codes(CsvFile(path=path, label="zip")) == (CsvFile(path=path, label="zip"), "")
    assert with_codes(CsvFile(path=str(tmp_path / "none.csv"))) is None
    assert with_codes(Xor()) == (Xor(), "")


def test_codes_in_a_table_of_texts_are_categories(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    names, *rows = (line.split(",") for line in SHOPS.splitlines())
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns["sold"] = [float(cell) for cell in columns["sold"]]
    parquet.write_table(arrow.table(columns), tmp_path / "shops.parquet")
    assert dataset_of(tmp_path / "shops.parquet")[0]["columns"] == {"zip": "category"}


def test_a_file_of_another_kind_says_what_it_is(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    with pytest.raises(ExperimentError, match="is a PDF document"):
        describe_data_file(str(path), {})


HEADS = [
    b"",
    b"a,b\n1,x\n2,y\n",
    b"\x1f\x8b",
    b"PAR1",
    b"PK\x03\x04",
    b"{",
    b"\0\0\x08\x03",
    b"\xff\xfea\0",
    b"1 1:2\n",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    strategies.sampled_from(HEADS), strategies.binary(max_size=60), strategies.sampled_from(["csv", "npz", "bin", "gz"])
)
def test_any_file_is_described_or_refused_in_a_sentence(tmp_path, head, rest, suffix):
    path = tmp_path / f"any.{suffix}"
    path.write_bytes(head + rest)
    assert is_data_file(str(path)) in (True, False)
    try:
        data = describe_data_file(str(path), {}).data
    except ExperimentError as error:
        assert str(error)
    else:
        assert data["dataset"]["name"]


def test_a_folder_without_data_says_what_was_looked_for(tmp_path):
    (tmp_path / "notes").mkdir()
    with pytest.raises(ExperimentError, match=r"no data: neither x_train\.csv with y_train\.csv nor MNIST's files"):
        describe_data_file(str(tmp_path / "notes"), {})


def test_a_folder_with_sub_folders_of_images_is_a_data_set_of_images(tmp_path):
    for name in ("cat/a.png", "dog/b.JPG", "empty/notes.txt", ".cache/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert dataset_of(tmp_path) == ({"name": "images", "path": str(tmp_path)}, "")
    with pytest.raises(ExperimentError, match="images lie in the folder itself, and each class needs a sub-folder"):
        describe_data_file(str(tmp_path / "cat"), {})


def test_sub_folders_of_images_in_train_and_test_are_recognised(tmp_path):
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
            (tmp_path / part / name / "a.png").touch()
    assert dataset_of(tmp_path)[0]["name"] == "images"


class TestTextsOfWindows:
    ROWS = "".join(f"{170 + row};{('Köln', 'Düren')[row % 2]};{('ja', 'nein')[row % 3 == 0]}\n" for row in range(30))

    @pytest.mark.parametrize(("head", "word"), [("Größe;Ort;Art\n", "Größe"), ("size;town;kind\n", "Köln")])
    def test_they_are_read_as_windows_1252_and_this_is_said(self, tmp_path, head, word):
        path = tmp_path / "people.csv"
        path.write_bytes((head + self.ROWS).encode("cp1252"))
        described = describe_data_file(str(path), {})
        assert described.data["dataset"]["encoding"] == "cp1252"
        assert described.encoding == f"Windows-1252, as it is not UTF-8, with words such as '{word}'"
        assert list_columns(str(path)) == tuple(head.strip().split(";"))
        opened = open_experiment(str(path))
        assert opened.experiment.dataset.encoding == "cp1252" and opened.encoding == described.encoding
        town = head.split(";")[1]
        assert f"{town}=Köln" in load_data(opened.experiment).feature_names

    def test_an_encoding_that_is_set_is_kept(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(("size;town;kind\n" + self.ROWS).encode("cp1252"))
        described = describe_data_file(str(path), {"encoding": "latin-1"})
        assert (described.data["dataset"]["encoding"], described.encoding) == ("latin-1", "")
        with pytest.raises(ExperimentError, match="is not UTF-8 text; if it is Windows-1252 or Latin-1"):
            describe_data_file(str(path), {"encoding": "utf-8"})

    def test_damaged_utf_8_is_refused(self, tmp_path):
        path = tmp_path / "people.csv"
        path.write_bytes(("size;town;kind\n" + self.ROWS).encode() + b"180;K\xf6ln;ja\n")
        with pytest.raises(ExperimentError, match=r"people\.csv:32: byte 6 of the line is not UTF-8"):
            describe_data_file(str(path), {})
