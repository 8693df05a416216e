import csv

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joml.data.dataset_error import DatasetError
from joml.data.labels import LabelError
from joml.data.preparation import Preparation, Split
from joml.data.readers.csv_file import read_csv, read_csv_samples

ROWS = [
    (f"{n}", "" if n % 7 == 3 else f"{20 + n % 13}", ["male", "female"][n % 3 % 2], f"Ms. {n}", ["S", "C", "Q"][n % 3])
    for n in range(60)
]
PASSENGERS = "number,age,sex,name,port,survived\n" + "".join(
    ",".join(row) + f",{['no', 'yes'][n * 7 % 5 % 2]}\n" for n, row in enumerate(ROWS)
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content):
        (tmp_path / "data.csv").write_text(content)
        return "data.csv"

    return write


def message(path, **options):
    with pytest.raises(DatasetError) as caught:
        read_csv(path, **options)
    return str(caught.value)


def test_a_table_as_people_have_it(write):
    data = read_csv(write(PASSENGERS), ignore=["number"])
    assert data.feature_names == ("age", "age missing", "sex=female", "sex=male", "port=C", "port=Q", "port=S")
    assert data.class_names == ("no", "yes")
    assert data.train_size + data.test_size == 60
    assert data.notes == (
        "read as categories, with a feature for each value: sex (2), port (3)",
        "name is text that differs in all 60 rows: it is left out; columns: {name: category} keeps it",
        f"age: 9 of 60 cells are missing: filled with the median {data.preparation.columns[0].fill:g} of the training "
        "part; a feature 'age missing' marks them",
    )


def test_marks_and_categories_are_not_scaled(write):
    data = read_csv(write(PASSENGERS), ignore=["number"])
    assert data.x_train[0].mean() == pytest.approx(0, abs=1e-6)
    assert set(np.unique(data.x_train[1:])) == {0, 1}
    assert data.preparation.x_mean[1:].tolist() == [0] * 6
    assert data.preparation.x_deviation[1:].tolist() == [1] * 6


def test_the_preparation_encodes_rows_as_the_training_did(write):
    path = write(PASSENGERS)
    data = read_csv(path, split=Split(0.25, 0.25), seed=3)
    samples = read_csv_samples(path)
    again = Preparation.from_json(data.preparation.to_json())
    x = again.scale_x(again.encode(samples.table)).astype(np.float32)
    parts = np.concatenate([data.x_train, data.x_validation, data.x_test], axis=1).T
    assert sorted(map(tuple, x.tolist())) == sorted(map(tuple, parts.tolist()))


def test_fills_come_from_the_training_part(write):
    data = read_csv(write(PASSENGERS), ignore=["number"], standardize=False)
    ages = data.x_train[0][data.x_train[1] == 0]
    assert data.preparation.columns[0].fill == np.median(ages)


def test_rows_without_a_target_are_left_out(write):
    data = read_csv(write("a,kind\n" + "1,x\n2,y\n1,y\n3,\n4,NA\n" * 5))
    assert data.train_size + data.test_size == 15
    assert data.class_names == ("x", "y")
    assert data.notes == ("kind: 10 rows without a value are left out, as there is nothing to learn from them",)
    # Without texts and missing cells among the features it is a plain data set.
    assert data.preparation.columns == ()


@pytest.mark.parametrize("mark", ["", "NA", "n/a", "NaN", "null", "?"])
@pytest.mark.parametrize("features", ["1,2", "1,x"])
def test_a_missing_label_is_no_class_whatever_the_features_are(write, mark, features):
    path = write("a,b,kind\n" + f"{features},0\n2,3,1\n3,4,{mark}\n" * 5)
    data = read_csv(path)
    assert data.class_names == ("0", "1")
    assert "kind: 5 rows without a value are left out, as there is nothing to learn from them" in data.notes
    with pytest.raises(DatasetError, match="label"):
        read_csv(path, missing="error")


def test_a_minus_or_none_is_a_class(write):
    data = read_csv(write("a,b,kind\n" + "1,x,+\n2,y,-\n3,x,none\n" * 5))
    assert data.class_names == ("+", "-", "none")


def test_values_with_missing_ones(write):
    data = read_csv(write("a,b,price\n" + "1,x,1.5\n2,y,2.5\n3,x,?\n" * 5), task="regression")
    assert data.train_size + data.test_size == 10
    assert data.task == "regression"
    assert "price: 5 rows without a value are left out" in data.notes[0]


def test_a_column_under_another_name_is_warned_of(write):
    rows = "".join(f"{n % 5},{'ab'[n % 2]},{['dead', 'alive'][n % 2]}\n" for n in range(20))
    assert any(
        note.startswith("code gives the answer away: it has one value for each value of fate")
        and note.endswith("leave it out by ignore: [code]")
        for note in read_csv(write("x,code,fate\n" + rows)).notes
    )
    rows = "".join(f"{n % 5},{n * 2.5 + 1},{'ab'[n % 2]},{n}\n" for n in range(20))
    notes = read_csv(write("x,euros,c,dollars\n" + rows), task="regression").notes
    assert any(note.startswith("euros gives the answer away") for note in notes)


def test_the_index_of_pandas_is_left_out(write):
    rows = "".join(f"{n},{'xy'[n % 2]},{'ab'[n % 3 % 2]}\n" for n in range(20))
    data = read_csv(write("Unnamed: 0,u,kind\n" + rows))
    assert data.feature_names == ("u=x", "u=y")
    assert "column 1, named 'Unnamed: 0', numbers the rows as pandas does: it is left out" in " ".join(data.notes)


def test_every_faulty_column_is_named_at_once(write):
    rows = "".join(f"{n},{n * 2},{'ab'[n % 2]}\n" for n in range(20))
    text = message(write("u,v,kind\n" + rows + "x,1,a\n2,y,b\n"))
    assert text == (
        "data.csv: 2 columns cannot be read: column 1 ('u'): 1 with no number, such as 'x' in line 22; column 2 ('v'): "
        "1 with no number, such as 'y' in line 23; write numbers, or leave columns out by ignore: [u, v], or take such "
        "cells for missing by columns: {u: number, v: number}"
    )
    data = read_csv("data.csv", columns={"u": "number", "v": "number"})
    assert data.feature_names == ("u", "u missing", "v", "v missing")


def test_missing_error_refuses_missing_cells_alone(write):
    text = message(write(PASSENGERS), missing="error")
    assert text == (
        "data.csv:5: column 2 ('age'): a number was expected, the field is empty; 8 more rows are like it: fill the "
        "empty fields, or leave the column out by ignore: [age]"
    )
    assert "sex=male" in read_csv("data.csv", missing="error", ignore=["age"]).feature_names


def test_missing_categories_can_be_refused_too(write):
    rows = "".join(f"{'xy'[n % 2] if n != 3 else ''},{n % 3},{'ab'[n % 2]}\n" for n in range(20))
    assert message(write("u,v,kind\n" + rows), missing="error") == (
        "data.csv: column 1 ('u'): 1 missing, the first in line 5; fill the empty cells, or leave the column out by "
        "ignore: [u]"
    )


def test_columns_that_do_not_exist(write):
    path = write(PASSENGERS)
    assert message(path, columns={"agee": "number"}) == (
        "data.csv: columns: no column is named 'agee'; did you mean 'age'?"
    )
    assert message(path, columns={"age": "numbr"}) == (
        "data.csv: columns: age: there is no kind 'numbr'; did you mean number?"
    )
    assert message(path, columns={"survived": "category"}) == (
        "data.csv: columns: column 6 ('survived') is the label column; set its content by task"
    )
    assert message(path, columns={9: "category"}) == (
        "data.csv: columns: position 9 is out of range: there are 6 columns, 0 to 5"
    )
    assert message(path, missing="drop") == "missing: fill or error was expected, got 'drop'"


def test_nothing_remains(write):
    rows = "".join(f"name {n},5,{'ab'[n % 2]}\n" for n in range(9))
    assert message(write("name,five,kind\n" + rows)) == (
        "data.csv: no feature column remains: name is text that differs in all 9 rows: it is left out; five has the "
        "same value in all rows: it is left out"
    )


def test_files_without_a_header(write):
    rows = "".join(f"{'xy'[n % 2]},{n % 5 if n % 4 != 2 else ''},{'ab'[n % 3 % 2]}\n" for n in range(20))
    data = read_csv(write(rows), columns={"0": "category"})
    assert data.feature_names == ("x1=x", "x1=y", "x2", "x2 missing")


def test_a_first_row_of_texts_that_recur_is_a_sample(write):
    rows = "".join(f"{'xy'[n % 2]},{'pqr'[n % 3]},{'ab'[n % 5 % 2]}\n" for n in range(20))
    data = read_csv(write(rows))
    assert data.train_size + data.test_size == 20
    assert data.notes[0] == (
        "line 1 is read as a sample, as rows below it have the same values; write header: yes if it holds names"
    )
    assert read_csv(write("u,v,kind\n" + rows)).feature_names[:2] == ("u=x", "u=y")


def test_commas_in_numbers_beside_texts(write):
    rows = "".join(f"{n},5;{'xy'[n % 2]};{'ab'[n % 3 % 2]}\n" for n in range(20))
    data = read_csv(write("size;u;kind\n" + rows), standardize=False)
    assert data.feature_names == ("size", "u=x", "u=y")
    assert sorted(np.concatenate([data.x_train[0], data.x_test[0]])) == [n + 0.5 for n in range(20)]
    assert "column 1 ('size'): commas are read as decimal points, as in 1,5 for 1.5" in data.notes


def test_other_cells_are_other_data(write):
    first = read_csv(write(PASSENGERS)).preparation
    same = read_csv(write(PASSENGERS), seed=4).preparation
    other = read_csv(write(PASSENGERS.replace("female", "femal"))).preparation
    assert first.changes_to(same) == ()
    assert first.changes_to(other) != ()


def test_an_empty_row_at_the_end_is_a_row_without_a_label(write):
    data = read_csv(write(PASSENGERS + ",,,,,\n"))
    assert "survived: 1 row without a value is left out" in data.notes[0]


def test_names_without_that_of_the_label_are_not_left_out_in_silence(write):
    rows = "".join(f"{n % 7},{n % 5},{'ab'[n % 2]}\n" for n in range(20))
    assert message(write("u,0,\n" + rows)) == (
        "data.csv:1: the line has no label, and column 1 is 'u', unlike in the other rows: if it holds names, write "
        "header: yes; else take it out"
    )


def test_numbers_beyond_single_precision_are_refused(write):
    rows = "".join(f"{n},{'xy'[n % 2]},{'ab'[n % 3 % 2]}\n" for n in range(20))
    text = message(write("u,v,kind\n1e300,x,a\n" + rows))
    assert text == "data.csv:2: column 1 ('u'): a number of at most 3.4e+38 was expected, got '1e300'"


def test_truth_values_that_are_none(write):
    rows = "".join(f"{n},{'ab'[n % 3 % 2]}\n" for n in range(20))
    assert message(write("u,kind\n" + rows), columns={"u": "boolean"}) == (
        "data.csv: column 1 ('u'): 18 cells with neither true nor false, such as '2' in line 4; leave the column out "
        "by ignore: [u]"
    )


def test_the_order_of_dates_is_that_of_rows_without_a_label_too(write):
    rows = "".join(f"{n % 12 + 1}/7/2020,{'ab'[n % 3 % 2]}\n" for n in range(20))
    data = read_csv(write("day,kind\n20/6/2020,\n" + rows))
    assert data.preparation.columns[0].day_first


def test_one_cell_that_cannot_be_read_is_named_with_the_ways_out(tmp_path):
    (tmp_path / "data.csv").write_text("a,b,k\n" + "1.5,2,x\n3.5,4,y\n" * 100 + "2.5,o,y\n")
    with pytest.raises(DatasetError) as caught:
        read_csv(tmp_path / "data.csv")
    assert str(caught.value).endswith(
        "column 2 ('b'): a number was expected, got 'o'; correct it, or columns: {b: number} takes such cells for "
        "missing, and {b: category} all for categories"
    )
    assert read_csv(tmp_path / "data.csv", columns={"b": "category"}).feature_names[1:] == ("b=2", "b=4", "b other")


def test_notes_on_many_columns_are_cut_short(write):
    wide = 30
    head = [*(f"n{k}" for k in range(wide)), *(f"c{k}" for k in range(wide)), *(f"t{k}" for k in range(wide)), "kind"]
    rows = [
        [
            *("" if (n + k) % 9 == 0 else str(n * k % 11) for k in range(wide)),
            *("xyz"[(n + k) % 3] for k in range(wide)),
            *(f"t{n}" for _ in range(wide)),
            "ab"[n * 7 % 5 % 2],
        ]
        for n in range(30)
    ]
    notes = read_csv(write("\n".join(map(",".join, [head, *rows])))).notes
    assert len([note for note in notes if "cells are missing" in note]) == 20
    assert "10 more columns have missing cells, which are filled and marked in the same way" in notes
    assert "10 more columns are left out, for such reasons" in notes
    assert notes[0].endswith("c19 (3) and 10 more")


def test_names_that_are_no_line_of_text_are_shown_as_one(write):
    rows = "".join(f"{n % 7 or ''},{'ab'[n % 3 % 2]}\n" for n in range(20))
    data = read_csv(write('"a\nb",kind\n' + rows))
    assert data.feature_names == ("a\nb", "a\nb missing")
    assert all(note.isprintable() for note in data.notes)


CELLS = [
    st.sampled_from(["1", "2.5", "-3e2", "", "NA"]),
    st.sampled_from(["red", "green", "b,l;ue", "?", "é"]),
    st.sampled_from(["yes", "no", "Yes", ""]),
    st.sampled_from(["2021-03-04", "2020-12-31 12:30", "3/4/2021", "-", "soon"]),
    st.sampled_from(["1,5", "1,200", "7", "1.234,5"]),
    st.sampled_from(["1e300", "inf", "nan", "1", "x"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=5),
]
KINDS = st.sampled_from(["number", "category", "boolean", "date", "ignore"])


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_table_holds_it_is_read_or_refused_in_a_sentence(tmp_path, data):
    kinds = data.draw(st.lists(st.sampled_from(range(len(CELLS))), min_size=1, max_size=4))
    row = st.tuples(*(CELLS[kind] for kind in kinds), st.sampled_from(["a", "b", "c", ""]))
    rows = data.draw(st.lists(row, min_size=2, max_size=25))
    with (tmp_path / "data.csv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter=data.draw(st.sampled_from(",;")))
        writer.writerow([*(f"column {place}" for place in range(len(kinds))), "label"])
        writer.writerows(rows)
    options = {
        "columns": data.draw(st.dictionaries(st.sampled_from(range(len(kinds))), KINDS, max_size=2)),
        "missing": data.draw(st.sampled_from(["fill", "fill", "error"])),
    }
    try:
        made = read_csv(tmp_path / "data.csv", **options)
    except DatasetError as error:
        assert str(error).isprintable()
        return
    parts = np.concatenate([made.x_train, made.x_test], axis=1).T
    assert np.isfinite(parts).all()
    again = Preparation.from_json(made.preparation.to_json())
    if again.columns:
        table = read_csv_samples(tmp_path / "data.csv", **options).table
        x = again.scale_x(again.encode(table)).astype(np.float32)
        assert sorted(map(tuple, x.tolist())) == sorted(map(tuple, parts.tolist()))


MARKED = [
    (f"{row % 90}%", f"${1_000 + 37 * row:,}.50", f"{row % 7} kg", f"{1 + row % 9} 234", row) for row in range(40)
]


def test_columns_of_numbers_with_a_mark_are_numbers(write):
    rows = "".join(f'{rate},"{price}",{weight},{count},{row % 2}\n' for rate, price, weight, count, row in MARKED)
    data = read_csv(write("rate,price,weight,count,label\n" + rows), standardize=False, split=Split(by="order"))
    assert data.feature_names == ("rate", "price", "weight", "count")
    np.testing.assert_array_equal(data.x_train[:, 1], [1, 1037.5, 1, 2234])
    assert data.notes[0] == (
        "read as numbers: rate with the mark '%', price with the mark '$' (1,200 is 1200), weight with the mark 'kg', "
        "count with blanks between thousands"
    )
    kept = Preparation.from_json(data.preparation.to_json())
    assert [encoder.mark for encoder in kept.columns] == ["%", "$", "kg", " "]
    as_texts = read_csv("data.csv", columns={"weight": "category"})
    assert "weight=3 kg" in as_texts.feature_names


@pytest.mark.parametrize("others", [";1,5", ";2"])
def test_commas_of_numbers_with_a_mark_mean_what_those_of_other_columns_mean(write, others):
    rows = "".join(f"€{1 + row % 9},{100 + row}{others}{row};{row % 2}\n" for row in range(40))
    samples = read_csv_samples(write("price;width;label\n" + rows))
    if others == ";2":  # nothing tells
        assert samples.feature_names == ("width",)
        assert "whose commas or points may mean either, such as '€1,100': it is left out" in samples.notes[0]
    else:
        assert samples.table.columns[0].numbers[0] == 1.1


def test_values_to_predict_may_have_a_mark(write):
    rows = "".join(f'{row},"${1 + row},000"\n' for row in range(40))
    samples = read_csv_samples(write("x,price\n" + rows), task="regression")
    np.testing.assert_array_equal(samples.y[:3, 0], [1_000, 2_000, 3_000])
    assert samples.notes[0] == "price: read as numbers with the mark '$' (1,200 is 1200)"
    assert "task: regression" in message("data.csv")
    with_gap = read_csv_samples(write("x,price\n" + rows + "7,\n"), task="regression")
    assert len(with_gap.y) == 40
    write("x,price\n" + rows + "7,€5\n")
    assert "a number was expected, got '$1,000'; 40 more rows are like it" in message("data.csv", task="regression")


def test_a_leak_with_a_mark_is_pointed_out(write):
    rows = "".join(f"{row * 7 % 40} kg,{row % 3},{row * 7 % 40 * 2}\n" for row in range(40))
    samples = read_csv_samples(write("w,a,y\n" + rows), task="regression")
    assert any(note.startswith("w gives the answer away") for note in samples.notes)


@pytest.mark.parametrize("form", ["({})", "\u2212{}", "{}-"])
@pytest.mark.parametrize("mark", ["", "$"])
def test_negative_numbers_of_accounts_are_numbers(write, form, mark):
    numbers = [1.25, -0.75, 3.5, -2.25] * 5
    cells = [f"{mark}{number}" if number > 0 else form.format(f"{mark}{-number}") for number in numbers]
    rows = "".join(f"{cell},{n % 3},{'ab'[n % 2]}\n" for n, cell in enumerate(cells))
    data = read_csv(write("v,n,kind\n" + rows), standardize=False)
    assert set(data.x_train[0].tolist()) == set(numbers)
    assert any("are read as negative" in note for note in data.notes)
    data = read_csv("data.csv", label="v", task="regression", ignore=["kind"])
    assert set(data.y_train[0].tolist()) <= set(numbers)
    assert any("v: " in note and "are read as negative" in note for note in data.notes)


def test_numbers_in_parentheses_alone_are_categories(write):
    data = read_csv(write("v,n,kind\n" + "(1),1,x\n(2),2,y\n" * 10))
    assert data.preparation.columns[0].kind == "category"


def test_cells_without_the_mark_of_the_others_are_named(write):
    rows = "".join(f"{'0.058' if n < 2 else f'{n % 4}.5%'},{n},{'xy'[n % 2]}\n" for n in range(40))
    notes = " ".join(read_csv(write("v,n,kind\n" + rows)).notes)
    assert "holds 2 numbers without the mark '%' of the others, such as 0.058 beside" in notes


def test_a_column_set_to_number_has_a_number(write):
    path = write("v,n,kind\n" + "5.7M,1,x\n4255k,2,y\n" * 10)
    assert "different marks" in " ".join(read_csv(path).notes)
    with pytest.raises(DatasetError, match="columns: v: it is set to number, and no cell is a number"):
        read_csv(path, columns={"v": "number"})


def test_very_many_texts_are_no_classes(write):
    rows = "".join(f"{n},word{n % 150}\n" for n in range(300))
    with pytest.raises(LabelError, match="150 different texts in 300 samples, fewer than 3 for each"):
        read_csv(write("a,kind\n" + rows))


def test_notes_name_times_of_day_and_categories_that_are_easily_confused(write):
    rows = "".join(f"{row % 9}:30,{('Bonn', 'bonn')[row % 2]},{row},{row % 3}\n" for row in range(30))
    notes = read_csv_samples(write("start,city,x,label\n" + rows)).notes
    assert "read as times of day: start" in notes
    assert "start may hold durations: then columns: {start: number} reads them as numbers" in notes
    assert "city: 'Bonn' and 'bonn' are different categories: write them alike if they are one" in notes


def test_a_single_class_beside_empty_cells_says_what_to_write(write):
    path = write("x,z,label\n" + "".join(f"{row},{row % 7},{'x' if row % 2 else ''}\n" for row in range(20)))
    with pytest.raises(DatasetError, match="if the 10 empty cells stand for another one, write it there, such as 'no'"):
        read_csv_samples(path)


def test_notes_say_how_durations_and_limits_are_read(write):
    rows = "".join(f"{70 + row}:30,{'<5' if row % 9 == 0 else row + 0.5},{'uv'[row % 2]}\n" for row in range(40))
    notes = read_csv_samples(write("lap,crp,label\n" + rows)).notes
    assert "read as numbers: lap from durations (70:30 is 4230), crp with limits (<5 is 5)" in notes


def test_durations_are_values_to_predict(write):
    rows = "".join(f"{row},{row % 7},{60 + row}:15\n" for row in range(30))
    samples = read_csv_samples(write("x,z,time\n" + rows), task="regression")
    assert samples.y[:2, 0].tolist() == [3_615, 3_675]
    assert "time: read as numbers from durations (60:15 is 3615)" in samples.notes


def test_numbers_beside_a_few_words_are_left_out_with_the_way_to_keep_them(write):
    rows = "".join(f"{'DNF' if row % 6 == 0 else f'{60 + row}:10'},{row},{'uv'[row % 2]}\n" for row in range(40))
    path = write("lap,x,label\n" + rows)
    note = (
        "lap holds numbers such as '61:10' beside texts such as 'DNF': it is left out; columns: {lap: number} takes "
        "the texts for missing"
    )
    assert note in read_csv_samples(path).notes
    assert read_csv(path, columns={"lap": "number"}).feature_names == ("lap", "lap missing", "x")
