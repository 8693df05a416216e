"""ONNX models of mixed tables: they take the raw columns, and answer as the network does."""

import numpy as np
import pytest
from mixed_table import expected_outputs, new_rows, rows, trained_run

from joml.data.tables.cell_meanings import as_texts, is_missing
from joml.data.tables.dates import parse_date
from joml.data.tables.encoding import CategoryEncoder, NumberEncoder
from joml.data.tables.text_reader import column_of
from joml_tui.export.onnx_columns import input_names
from joml_tui.export.onnx_file import write_onnx

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def raw_inputs(run, table):
    """Return rows of text as the model's inputs."""
    inputs = {}
    for place, (name, encoder) in enumerate(
        zip(input_names(run.preparation.columns), run.preparation.columns, strict=True)
    ):
        cells = [row[place].strip() for row in table]
        if encoder.kind == "number":
            values = [np.nan if is_missing(cell) else float(cell) for cell in cells]
        elif encoder.kind == "date":
            values = [parse_date(cell, encoder.day_first) for cell in cells]
        else:
            column = as_texts(column_of("", cells))
            values = [column.texts[code] for code in column.codes]
        inputs[name] = np.array(values, object if encoder.kind in ("category", "boolean") else float)[:, np.newaxis]
    return inputs


@pytest.mark.parametrize(("task", "settings"), [("classes", {}), ("regression", {"standardize_y": True})])
def test_the_model_takes_raw_columns_and_answers_as_the_network(tmp_path, task, settings):
    run = trained_run(tmp_path, task, **settings)
    assert {encoder.kind for encoder in run.preparation.columns} == {"number", "category", "boolean", "date"}
    write_onnx(run, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    for table in (new_rows(), [row[:-1] for row in rows(300)]):
        (y_hat,) = session.run(["y_hat"], raw_inputs(run, table))
        np.testing.assert_allclose(y_hat, expected_outputs(run, table), rtol=1e-5, atol=1e-5)


def test_names_of_inputs_are_plain_and_different():
    columns = [
        NumberEncoder("age in years"),
        CategoryEncoder("age/in/years", ("a",)),
        NumberEncoder("Größe"),
        NumberEncoder("y_hat"),
        NumberEncoder("?"),
    ]
    names = input_names(columns)
    assert names[0] == "age_in_years" and len(set(names)) == 5
    assert all(name.isascii() and name.replace("_", "a").isalnum() and name != "y_hat" for name in names)
