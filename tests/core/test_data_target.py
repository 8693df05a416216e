"""The target of a data file and its task, where the user does not name them."""

import pytest
from test_data_files import write

from joml.data.dataset_error import DatasetError
from joml_tui.decoding import decode
from joml_tui.experiment.data_target import AmbiguousTargetError, Target, find_key, find_target, with_task
from joml_tui.experiment.dataset_specs import DatasetSpec
from joml_tui.experiment.loading import shape_of

NAMES = ["id", "size", "price"]
WHOLE = " of whole numbers (task: values predicts them as numbers)"


def dataset(folder, cells, **settings):
    path = write(folder / "table.csv", "x,y\n" + "".join(f"{row / 7:.3f},{cell}\n" for row, cell in enumerate(cells)))
    return {"name": "csv", "path": path, "label": "y", **settings}


def test_a_named_target_is_taken_without_a_reason():
    assert find_target("f", NAMES, "size", ()) == Target("size", "'size'")
    assert find_target("f", NAMES, "1", ()) == Target(1, "column 2")
    assert find_target("f", NAMES, -1, ()).column == "column -1"


def test_several_named_targets_are_taken_in_their_order():
    assert find_target("f", NAMES, "price, size", ()) == Target(("price", "size"), "'price', 'size'")
    assert find_target("f", NAMES, ["-1", "id"], ()) == Target((-1, "id"), "column -1, 'id'")
    assert find_target("f", ["a, b", "c"], "a, b", ()) == Target("a, b", "'a, b'")


def test_several_targets_of_one_kind_have_a_task(tmp_path):
    lines = [f"{row / 7:.3f},{row % 2},{'yes' if row % 3 else 'no'},{row * row}\n" for row in range(60)]
    path = write(tmp_path / "several.csv", "x,a,b,c\n" + "".join(lines))
    for label, task, content in (
        (("a", "b"), "multilabel", "2 answers of yes or no"),
        (("c", "a"), "regression", "2 values to predict"),
    ):
        target = find_target("f", ["x", "a", "b", "c"], label, ())
        dataset, described = with_task({"name": "csv", "path": path, "label": list(label)}, target, False)
        assert (dataset["task"], described.content) == (task, content)
    # Reading it says why these do not go together.
    dataset, described = with_task({"name": "csv", "path": path, "label": ["b", "c"]}, target, False)
    with pytest.raises(DatasetError, match="do not go together"):
        shape_of(decode(dataset, DatasetSpec))


def test_ignored_columns_are_no_targets():
    assert find_target("f", NAMES, None, ["price"]) == Target("size", "'size'", "the last column with a name")
    assert find_target("f", [*NAMES, ""], None, ()).label == "price"
    assert find_target("f", [], None, ()).label == -1


def test_coordinates_are_no_targets():
    assert find_target("f", ["x", "y", "z", "price"], None, ()).label == "price"
    assert find_target("f", ["x", "y", "cluster"], None, ()).label == "cluster"
    assert find_target("f", ["x", "y"], None, ()).label == "y"
    assert find_target("f", ["x1", "y", "x2"], None, ()).label == "y"


def test_a_name_that_several_columns_have_is_given_by_position():
    assert find_target("f", ["a", "label", "label"], None, ()) == Target(2, "'label'", "the last column")
    assert find_target("f", ["target", "a", "target"], None, ()) == Target(2, "'target'", "the last column")
    assert find_key("a", NAMES) == "a"


def test_many_whole_numbers_are_values_and_few_are_classes(tmp_path):
    target = find_target("f", ["x", "y"], None, ())
    many, described = with_task(dataset(tmp_path, [row % 60 for row in range(1_200)]), target, False)
    assert many["task"] == "regression"
    assert described.phrase == (
        "'y', the last column: 60 different numbers, taken for values to predict (task: classes keeps them apart)"
    )
    mileage, described = with_task(dataset(tmp_path, [12 + row % 30 for row in range(300)]), target, False)
    assert mileage["task"] == "regression"
    letters, described = with_task(dataset(tmp_path, [1 + row % 26 for row in range(300)]), target, False)
    assert ("task" in letters, described.phrase) == (False, f"'y', the last column: 26 classes{WHOLE}")
    few, described = with_task(dataset(tmp_path, [row % 9 for row in range(300)]), target, False)
    assert ("task" in few, described.phrase) == (False, f"'y', the last column: 9 classes{WHOLE}")
    grades, described = with_task(dataset(tmp_path, [f"{1 + row % 3}.3" for row in range(300)]), target, False)
    assert ("task" in grades, described.phrase) == (
        False,
        f"'y', the last column: 3 classes{WHOLE.replace('whole ', '')}",
    )
    given, described = with_task(dataset(tmp_path, [row % 60 for row in range(1_200)], task="classes"), target, True)
    assert (given["task"], described.phrase) == ("classes", "'y', the last column")


def test_texts_that_differ_in_most_rows_are_no_target_unless_named(tmp_path):
    names = dataset(tmp_path, [f"row {row}" for row in range(80)])
    with pytest.raises(AmbiguousTargetError, match="holds 80 different texts in 80 rows, and is no target") as raised:
        with_task(names, find_target("f", ["x", "y"], None, ()), False)
    assert raised.value.names == ("y",)
    assert with_task(names, find_target("f", ["x", "y"], "y", ()), False)[1].phrase == "'y': 80 classes"


def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path):
    missing = {"name": "csv", "path": str(tmp_path / "gone.csv"), "label": "y"}
    target = Target("y", "'y'", "the last column")
    assert with_task(missing, target, False) == (missing, target)


def test_values_that_cannot_be_read_are_no_classes_either(tmp_path):
    rows = "".join(f"{row},5;{row + 10}.000\n" for row in range(60))
    path = write(tmp_path / "amounts.csv", "x;y\n" + rows)
    dataset, target = with_task(
        {"name": "csv", "path": path, "label": "y"}, find_target("f", ["x", "y"], "y", ()), False
    )
    assert (dataset["task"], target.phrase) == ("regression", "")
    with pytest.raises(
        DatasetError, match="write 10000 or 10,000, whichever is meant; 59 more rows are like it: write"
    ) as raised:
        shape_of(decode(dataset, DatasetSpec))
    assert "classes" not in str(raised.value)


def test_numbers_with_points_between_thousands_are_values(tmp_path):
    rows = "".join(f"{row},5;{row + 1}.{100 + row}.{900 - row},5\n" for row in range(60))
    path = write(tmp_path / "amounts.csv", "x;y\n" + rows)
    dataset, target = with_task(
        {"name": "csv", "path": path, "label": "y"}, find_target("f", ["x", "y"], "y", ()), False
    )
    assert (dataset["task"], target.phrase) == ("regression", "'y': values to predict")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([f"2021-03-{1 + row % 28:02d}" for row in range(300)], "holds dates such as '2021-03-01'"),
        ([f"name {row}" for row in range(300)], "300 different texts"),
    ],
)
def test_dates_and_names_in_the_last_column_are_no_target(tmp_path, cells, reason):
    chosen = Target("y", "'y'", "the last column")
    with pytest.raises(AmbiguousTargetError, match=reason) as caught:
        with_task(dataset(tmp_path, cells), chosen, False)
    assert "--target" in str(caught.value)
    assert caught.value.names == ("y",)


def test_durations_are_values_and_times_of_day_are_no_target_unless_named(tmp_path):
    target = find_target("f", ["x", "y"], None, ())
    laps, described = with_task(dataset(tmp_path, [f"{60 + row % 7}:30" for row in range(60)]), target, False)
    assert laps["task"] == "regression"
    assert described.phrase == "'y', the last column: durations such as '60:30', taken for values to predict"
    times = dataset(tmp_path, [f"{8 + row % 7}:30" for row in range(60)])
    with pytest.raises(AmbiguousTargetError, match="holds times such as '10:30', and is no target"):
        with_task(times, target, False)
