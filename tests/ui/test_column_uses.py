import pytest

from joml_tui.experiment import CsvFile, Experiment, NpzFile, TableFile, Xor, problems
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.reports.table_report import inspect_experiment
from joml_tui.ui.columns.column_uses import (
    ColumnUseError,
    chosen_use,
    has_columns,
    with_task_of_target,
    with_use,
)

ROWS = "".join(f"{i},{20 + i % 9},{'mf'[i % 2]},{i % 3},{i * 1.5 + 0.3},{'xyz'[i % 3]}\n" for i in range(60))


@pytest.fixture
def dataset(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("number,age,sex,zone,income,kind\n" + ROWS)
    return CsvFile(str(path), "kind")


def report_on(dataset):
    return inspect_experiment(Experiment(dataset=dataset))


def used(dataset, name, use):
    report = report_on(dataset)
    column = next(column for column in report.columns if column.name == name)
    return with_use(dataset, report, column, use)


def uses(dataset):
    return {column.name: (column.kind, column.use) for column in report_on(dataset).columns}


def test_a_column_is_set_to_a_kind_and_back(dataset):
    changed = used(dataset, "zone", "category")
    assert changed.columns == {"zone": "category"}
    assert uses(changed)["zone"] == ("category", "feature")
    assert used(changed, "zone", "automatic") == dataset


def test_a_column_is_left_out(dataset):
    changed = used(dataset, "age", "ignore")
    assert changed.columns == {"age": "ignore"}
    assert uses(changed)["age"][1] == "left out"


def test_an_ignored_column_is_used_again(dataset):
    ignoring = CsvFile(dataset.path, "kind", ignore=("age", 0))
    report = report_on(ignoring)
    assert [chosen_use(ignoring, report, column) for column in report.columns[:3]] == ["ignore", "ignore", None]
    changed = used(ignoring, "age", "number")
    assert (changed.ignore, changed.columns) == ((0,), {"age": "number"})
    assert used(CsvFile(dataset.path, "kind", ignore=("age",)), "age", "automatic").ignore is None


def test_a_setting_by_position_is_replaced(dataset):
    by_position = CsvFile(dataset.path, "kind", columns={"3": "number"})
    report = report_on(by_position)
    assert chosen_use(by_position, report, report.columns[3]) == "number"
    assert used(by_position, "zone", "category").columns == {"zone": "category"}


def test_another_target_has_its_own_task(dataset):
    with_settings = used(used(dataset, "zone", "category"), "sex", "ignore")
    changed = with_task_of_target(used(with_settings, "income", "target"))
    assert (changed.label, changed.task) == ("income", "regression")
    assert changed.columns == {"zone": "category", "sex": "ignore"}
    assert uses(changed)["kind"] == ("category", "feature")
    back = with_task_of_target(used(changed, "sex", "target"))
    assert (back.label, back.task, back.columns) == ("sex", "classes", {"zone": "category"})


def test_the_target_is_taken_for_values_or_for_classes(dataset):
    zone = with_task_of_target(used(dataset, "zone", "target"))
    assert zone.task == "classes"
    assert used(zone, "zone", "number").task == "regression"
    assert used(used(zone, "zone", "number"), "zone", "category").task == "classes"
    assert used(zone, "zone", "target") == zone
    with pytest.raises(ColumnUseError, match="target"):
        used(zone, "zone", "ignore")


def test_targets_are_added_and_taken_away(dataset):
    def adding(dataset, name):
        report = report_on(dataset)
        column = next(column for column in report.columns if column.name == name)
        return with_task_of_target(with_use(dataset, report, column, "target", adds_target=True))

    values = adding(used(used(dataset, "income", "target"), "age", "category"), "age")
    assert (values.label, values.task, values.columns) == (("income", "age"), "regression", None)
    assert [name for name, (_, use) in uses(values).items() if use == "target"] == ["age", "income"]
    with pytest.raises(ColumnUseError, match="all yes or no, or all numbers"):
        used(values, "age", "category")
    assert used(values, "age", "boolean").task == "multilabel"
    three = adding(values, "kind")
    assert three.label == ("income", "age", "kind")
    assert "do not go together" in report_on(three).problems[0]
    back = with_task_of_target(used(used(three, "kind", "target"), "income", "target"))
    assert (back.label, back.task) == ("age", "classes")


def test_a_report_of_before_does_not_add_a_target_twice(dataset):
    report = report_on(dataset)
    age = next(column for column in report.columns if column.name == "age")
    added = with_use(CsvFile(dataset.path, "income"), report, age, "target", adds_target=True)
    assert with_use(added, report, age, "target", adds_target=True).label == "income"


def test_columns_without_a_name_of_their_own_go_by_position(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("".join(f"{i % 5},{i % 7 + 0.5},{'ab'[i % 2]}\n" for i in range(40)))
    dataset = CsvFile(str(path))
    report = report_on(dataset)
    changed = with_use(dataset, report, report.columns[0], "category")
    assert changed.columns == {"0": "category"}
    assert with_use(dataset, report, report.columns[1], "target").label == 1


def test_what_is_set_is_written_to_the_file_of_the_experiment(dataset):
    experiment = Experiment(dataset=used(used(dataset, "zone", "category"), "number", "ignore"))
    assert problems(experiment) == []
    assert parse_experiment(dump_experiment(experiment)).dataset == experiment.dataset


@pytest.mark.parametrize(
    ("dataset", "has"),
    [
        (CsvFile("a.csv"), True),
        (TableFile("a.parquet"), True),
        (CsvFile(""), False),
        (NpzFile("a.npz"), False),
        (Xor(), False),
    ],
)
def test_data_sets_with_columns(dataset, has):
    assert has_columns(dataset) is has
