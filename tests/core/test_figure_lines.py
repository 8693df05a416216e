"""The lines on rare classes and on errors in the data's units, below the results of a run."""

import math

from msgspec import structs

from joml_tui.reports.figure_lines import figure_document, figure_lines, value_phrases
from joml_tui.runs.run_record import AnswerResult, ClassResult, PartResult, Results, RunRecord, ValueResult

RECORD = RunRecord(*("2-8-2", 42, "rare.csv", "adam", 0.01, 32, 0, 1, 5, 25, 25, 5, 0.5, 0.1, 0.9, 0.2, 0.8))


def classes(recalls, precisions, balanced=0.75, average=0.5):
    test = PartResult(20, 0.2, 0.8, classes=ClassResult(balanced, average, tuple(recalls), tuple(precisions)))
    train = PartResult(80, 0.1, 0.9, classes=ClassResult(0.9, None, tuple(recalls), tuple(precisions)))
    return structs.replace(RECORD, results=Results(25, False, train, None, test))


def test_each_class_has_recall_and_precision_and_what_is_not_defined_a_dash():
    record = classes((1.0, 0.5), (0.9, math.nan))
    assert figure_lines(record, ("no", "fraud")) == [
        "balanced accuracy: train 0.9000, test 0.7500",
        "average precision: train -, test 0.5000",
        "test part  recall  precision",
        "no         1.0000     0.9000",
        "fraud      0.5000          -",
    ]
    document = figure_document(record, ("no", "fraud"))
    assert document["classes"][1] == {"name": "fraud", "recall": 0.5, "precision": None}
    assert (document["test_balanced_accuracy"], document["train_average_precision"]) == (0.75, None)


def test_of_many_classes_those_of_the_lowest_recall_have_a_line():
    names = [f"class {number}" for number in range(30)]
    lines = figure_lines(classes([1 - number / 30 for number in range(30)], [1.0] * 30), names)
    assert lines[2].startswith("5 lowest of 30")
    assert [line[:8] for line in lines[3:]] == [f"class {number}" for number in (29, 28, 27, 26, 25)]


def test_errors_of_values_are_in_the_datas_units_and_may_be_written_elsewhere():
    parts = (PartResult(80, 0.1, 0.9, 116.5, None, None, {}, 142.46), None, PartResult(20, 0.2, 0.8, 1e-7))
    record = structs.replace(RECORD, task="regression", results=Results(25, False, *parts))
    errors = "root mean squared error: train 142.46, test -, in the data's units"
    assert figure_lines(record) == [errors, "mean absolute error: train 116.5, test 1e-07, in the data's units"]
    assert figure_lines(record, without=("mean_absolute_error",)) == [errors]
    assert figure_document(record)["test_mean_absolute_error"] == 1e-7


def test_each_answer_has_a_line_with_its_average_precision():
    answers = AnswerResult(0.8, (0.9, math.nan), (0.95, 0.5), (0.75, math.nan), (1.0, 0.0))
    parts = (PartResult(80, 0.1, 0.9), None, PartResult(20, 0.2, 0.8, answers=answers))
    record = structs.replace(RECORD, task="multilabel", results=Results(25, False, *parts))
    assert figure_lines(record, ("happy", "sad")) == [
        "average precision: train -, test 0.8000",
        "test part   right  recall  precision  average precision",
        "happy      0.9500  0.7500     1.0000             0.9000",
        "sad        0.5000       -     0.0000                  -",
    ]
    document = figure_document(record)
    assert document["test_average_precision"] == 0.8
    none = {"recall": None, "precision": 0.0, "average_precision": None}
    assert document["answers"][1] == {"name": "y2", "right": 0.5, **none}
    measured = structs.replace(record, metrics={"test_answers_average_precision": 0.8})
    assert figure_lines(measured)[0].startswith("test part ")
    unsorted = structs.replace(answers, average_precision=None, average_precisions=())
    parts = (PartResult(80, 0.1, 0.9), None, PartResult(20, 0.2, 0.8, answers=unsorted))
    record = structs.replace(record, results=Results(25, False, *parts))
    assert figure_lines(record)[0] == "test part   right  recall  precision"
    assert figure_document(record)["answers"][0]["average_precision"] is None


def test_each_of_several_values_has_a_line_in_its_unit():
    values = ValueResult((0.9, math.nan), (142.46, 0.001), (116.5, 0.0005))
    parts = (PartResult(80, 0.1, 0.9), None, PartResult(20, 0.2, 0.8, values=values))
    record = structs.replace(RECORD, task="regression", results=Results(25, False, *parts))
    assert figure_lines(record, ("price", "rent")) == [
        "test part      R2  root mean squared error  mean absolute error",
        "price      0.9000                   142.46                116.5",
        "rent            -                    0.001               0.0005",
    ]
    assert figure_document(record)["values"][1]["root_mean_squared_error"] == 0.001
    assert value_phrases(record, ("price", "rent")) == [
        "price: R2 0.9000, RMSE 142.46, MAE 116.5",
        "rent: R2 -, RMSE 0.001, MAE 0.0005",
    ]


def test_many_values_have_few_phrases_and_other_runs_none():
    values = ValueResult(*[tuple(range(9))] * 3)
    results = Results(25, False, None, None, PartResult(20, 0.2, 0.8, values=values))
    assert value_phrases(structs.replace(RECORD, task="regression", results=results))[5:] == [
        "y6: R2 5.0000, RMSE 5, MAE 5",
        "3 more",
    ]
    assert value_phrases(structs.replace(RECORD, task="regression")) == value_phrases(RECORD) == []


def test_runs_without_results_and_of_earlier_versions_have_no_lines():
    assert figure_lines(RECORD) == []
    earlier = structs.replace(
        RECORD, results=Results(25, False, PartResult(80, 0.1, 0.9), None, PartResult(20, 0.2, 1))
    )
    assert figure_lines(earlier) == []
    assert figure_document(earlier)["classes"] == []


def test_a_metric_of_the_experiment_is_not_written_twice():
    record = structs.replace(classes((1.0, 0.5), (0.9, 0.4)), metrics={"test_balanced_accuracy": 0.75})
    assert figure_lines(record)[0].startswith("average precision: ")
