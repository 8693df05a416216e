"""Several label columns of one table: answers or values together."""

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.preparation import Split
from joml.data.readers.csv_file import read_csv, read_csv_samples
from joml.data.tables.cell_meanings import number_column, text_column
from joml.data.tables.target_columns import answers_of, content_of

ROWS = [
    {
        "x": f"{n / 7:.3f}",
        "colour": ["red", "blue"][n % 3 % 2],
        "a": "" if n == 4 else str(n % 2),
        "b": "NA" if n in (4, 9) else ["no", "Yes"][n % 5 % 2],
        "c": ["f", "t"][n % 4 // 2],
        "p": f"{n * 100}",
        "q": f"{(n - 20) ** 2 / 10:.2f}",
    }
    for n in range(60)
]


def content(*columns, rows=ROWS):
    return ",".join(columns) + "\n" + "".join(",".join(row[column] for column in columns) + "\n" for row in rows)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text, name="data.csv"):
        (tmp_path / name).write_text(text)
        return name

    return write


def message(path, **options):
    with pytest.raises(DatasetError) as caught:
        read_csv(path, **options)
    return str(caught.value)


def test_columns_of_yes_and_no_are_answers(write):
    samples = read_csv_samples(write(content(*ROWS[0])), ("c", "a", "b"), task="multilabel", ignore=["p", "q"])
    assert samples.class_names == ("c", "a", "b")
    kept = [row for row in ROWS if row["a"] and row["b"] != "NA"]
    assert samples.y[:, 0].tolist() == [float(row["c"] == "t") for row in kept]
    assert samples.y[:, 1].tolist() == [float(row["a"]) for row in kept]
    assert samples.y[:, 2].tolist() == [float(row["b"] == "Yes") for row in kept]
    assert samples.notes[:3] == (
        "a: 1 row without a value is left out, as there is nothing to learn from it",
        "b: 2 rows without a value are left out, as there is nothing to learn from them",
        "2 rows are left out in all, as 2 label columns have missing cells",
    )
    assert samples.file_format["label_positions"] == [4, 2, 3]


def test_columns_of_numbers_are_values_by_name_or_position(write):
    path = write(content("x", "colour", "p", "q"))
    data = read_csv(path, (2, "q"), task="regression", standardize_y=True)
    assert (data.class_names, data.feature_names) == (("p", "q"), ("x", "colour=blue", "colour=red"))
    values = data.preparation.unscale_y(np.concatenate([data.y_train, data.y_test], axis=1).T)
    written = {(float(row["p"]), float(row["q"])) for row in ROWS}
    assert {(round(p, 1), round(q, 2)) for p, q in values.tolist()} == written
    assert read_csv(path, (-2, -1), task="values").class_names == ("p", "q")


def test_numbers_alone_without_a_header_are_read_too(write):
    rows = "".join(f"{n},{n % 7},{n % 2},{n // 2 % 2}\n" for n in range(30))
    data = read_csv(write(rows), (2, 3), task="multilabel", ignore=[])
    assert (data.class_names, data.input_size, data.output_size) == (("y1", "y2"), 2, 2)


def test_columns_that_do_not_go_together_are_described_in_one_message(write):
    path = write(content(*ROWS[0]))
    mixture = message(path, label=("a", "c", "p", "colour"), task="multilabel")
    for part in (
        "the 4 label columns do not go together: column 3 ('a') holds 0 and 1; column 5 ('c') holds t and f",
        "column 6 ('p') holds numbers such as 100; column 2 ('colour') holds texts such as 'red'",
        "all hold yes or no (task: multilabel) or that all hold numbers (task: regression), or one column of classes",
    ):
        assert part in mixture.replace("numbers such as 0;", "numbers such as 100;")
    assert message(path, label=("p", "q"), task="multilabel").endswith("write task: regression for these")
    assert message(path, label=("a", "b"), task="regression").endswith("write task: multilabel for these")


def test_a_label_that_is_no_list_of_columns_is_refused(write):
    path = write(content(*ROWS[0]))
    assert "column 3 ('a') is named twice" in message(path, label=("a", 2), task="multilabel")
    assert "no column is named 'd'" in message(path, label=("a", "d"), task="multilabel")
    assert "the list of label columns is empty" in message(path, label=(), task="classes")
    assert "the task classes takes one label column, and 2 are named" in message(path, label=("a", "b"))
    assert "is a label column" in message(path, label=("a", "b"), task="multilabel", ignore=["b"])
    assert "is a label column" in message(path, label=("a", "b"), task="multilabel", columns={"a": "number"})
    assert "names all 2 columns" in message(write(content("a", "c")), label=("a", "c"), task="multilabel")


def test_missing_and_faulty_cells_are_refused_by_column(write):
    refused = message(write(content("x", "a", "b")), label=("a", "b"), task="multilabel", missing="error")
    assert "column 2 ('a'): 1 missing, the first in line 6" in refused
    assert "column 3 ('b'): 2 missing, the first in line 6" in refused
    assert refused.endswith("write 0 or 1 in every row; missing: fill leaves out the rows without an answer")
    rows = [{**row, "c": "maybe" if number == 3 else row["c"]} for number, row in enumerate(ROWS)]
    faulty = message(write(content("x", "a", "c", rows=rows)), label=("a", "c"), task="multilabel")
    assert "column 3 ('c'): 1 cell with neither yes nor no, such as 'maybe' in line 5" in faulty
    assert faulty.endswith("write 0 or 1, or leave the cells empty, so that their rows are left out")
    rows = [{**row, "q": "many" if number == 3 else row["q"]} for number, row in enumerate(ROWS)]
    faulty = message(write(content("x", "colour", "p", "q", rows=rows)), label=("p", "q"), task="regression")
    assert "column 4 ('q'): a number was expected, got 'many'" in faulty


def test_leaks_are_judged_against_each_target(write):
    rows = [{**row, "copy": "01"[row["c"] == "t"], "half": str(n * 50)} for n, row in enumerate(ROWS)]
    notes = read_csv_samples(write(content("x", "copy", "a", "c", rows=rows)), ("a", "c"), task="multilabel").notes
    assert any(note.startswith("copy gives the answer away: it has one value for each value of c;") for note in notes)
    notes = read_csv_samples(write(content("x", "half", "q", "p", rows=rows)), ("q", "p"), task="regression").notes
    assert any(note.startswith("half gives the answer away: it has one value for each value of p;") for note in notes)


def test_an_answer_that_never_changes_is_noted(write):
    rows = [{**row, "c": "f"} for row in ROWS]
    notes = read_csv_samples(write(content("x", "a", "c", rows=rows)), ("a", "c"), task="multilabel").notes
    assert "c is no in all rows: there is nothing to learn about it" in notes


def test_the_test_part_may_be_a_file_of_its_own(write):
    write(content("c", "b", "a", "x", rows=ROWS[40:]), "test.csv")
    path = write(content("x", "a", "b", "c", rows=ROWS[:40]))
    data = read_csv(path, ("a", "b", "c"), task="multilabel", test_path="test.csv")
    assert (data.test_size, data.class_names) == (20, ("a", "b", "c"))
    assert data.y_test[2].tolist() == [float(row["c"] == "t") for row in ROWS[40:]]
    write(content("x", "a", "c", rows=ROWS[40:]), "test.csv")
    refused = message(path, label=("a", "b", "c"), task="multilabel", test_path="test.csv")
    assert "test.csv has no column 'b', of the labels, which data.csv has" in refused


def test_only_classes_can_be_stratified(write):
    path = write(content("x", "a", "c"))
    refused = message(path, label=("a", "c"), task="multilabel", split=Split(stratified=True))
    assert refused == "stratified: only classes can be stratified, and the data set has none"


def test_the_content_of_a_column_is_that_of_most_cells():
    assert content_of(text_column("a", ["yes", "no", "", "yes", "maybe"])).kind == "texts"
    assert content_of(text_column("a", ["yes"] * 20 + ["maybe"])).kind == "answers"  # with a fault
    assert content_of(text_column("a", ["Yes", "no", "NA"])).kind == "answers"
    assert content_of(number_column("a", np.array([0.0, 1, 1]))).kind == "answers"
    assert content_of(text_column("a", ["1,5", "2,5"])).kind == "numbers"
    assert content_of(text_column("a", ["", "NA"])).kind == "numbers"


def test_answers_are_one_for_yes():
    answers, faulty = answers_of(text_column("a", ["True", "off", "", "2", "y"]))
    assert np.nan_to_num(answers, nan=-1).tolist() == [1, 0, -1, -1, 1]
    assert faulty.tolist() == [False, False, False, True, False]


def test_targets_of_one_name_are_told_apart_by_their_columns(write):
    path = write("a,height,width,height\n" + "".join(f"{row},{row},{2 * row},{3 * row}\n" for row in range(9)))
    samples = read_csv_samples(path, (1, 2, 3), task="regression")
    assert samples.class_names == ("height (column 2)", "width", "height (column 4)")
