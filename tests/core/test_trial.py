"""Predictions of inputs that a person sets, against the network itself, and what can be set."""

from datetime import UTC, datetime

import numpy as np
import pytest
from term_table import expected_outputs, run_on_terms

from joml_tui import inspect
from joml_tui.experiment import CsvFile, Experiment, LayerSpec, OutputSpec, Xor
from joml_tui.experiment.presets import find_experiment
from joml_tui.inspect.trial import Trial, TrialNow
from joml_tui.reports.sentences.answer_sentences import describe_answer
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack, unpack_state
from tests.core.image_training import training

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(8, "tanh"),), batch_size=16)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A network on a table of numbers, categories, yes and no, and missing cells."""
    path = tmp_path_factory.mktemp("people") / "people.csv"
    rows = [
        f"{'' if n % 9 == 0 else 20 + n % 50},{('red', 'green', 'blue')[n % 3]},{('no', 'yes')[n % 2]},"
        f"{n / 8},{('a', 'b')[n % 5 > 2]}"
        for n in range(80)
    ]
    path.write_text("age,colour,member,fare,kind\n" + "\n".join(rows) + "\n")
    dataset = CsvFile(path=str(path), label="kind", standardize=True)
    return build_subject(Experiment(dataset=dataset, layers=(LayerSpec(6, "tanh"),), batch_size=16))


def test_without_an_input_of_ones_own_it_is_the_sample():
    subject = build_subject(XOR)
    now = inspect.answer(Trial("test", 14), subject)
    x = subject.data.x_test[:, 2:3]
    np.testing.assert_allclose(now.x, x[:, 0], rtol=1e-6)
    np.testing.assert_allclose(now.y_hat, subject.network.predict(x)[:, 0], atol=1e-6)
    np.testing.assert_array_equal(now.y, subject.data.y_test[:, 2])
    first = subject.network.layers[0]
    np.testing.assert_allclose(now.hidden[0], np.tanh(first.W @ x[:, 0] + first.b), atol=1e-5)
    assert (now.sample, now.samples, now.iteration, now.row, now.side) == (2, 12, 0, None, 0)


def test_an_input_is_in_the_units_of_the_data(people):
    now = inspect.answer(Trial("test", 1), people)
    x = now.x.copy()
    x[0] = 33
    tried = inspect.answer(Trial("test", 1, tuple(x)), people)
    preparation = people.data.preparation
    scaled = (x - preparation.x_mean) / preparation.x_deviation if preparation.x_mean is not None else x
    expected = people.network.predict(scaled.astype(np.float32)[:, None])[:, 0]
    np.testing.assert_allclose(tried.y_hat, expected, atol=1e-6)
    assert tried.x[0] == 33
    np.testing.assert_allclose(tried.sample_x, now.x)


def test_the_sample_as_an_input_predicts_what_the_sample_does(people):
    now = inspect.answer(Trial("train", 5), people)
    np.testing.assert_allclose(inspect.answer(Trial("train", 5, tuple(now.x)), people).y_hat, now.y_hat, atol=1e-5)


def test_columns_of_a_table_are_set_as_in_the_file(people):
    now = inspect.answer(Trial(), people)
    assert [column.name for column in now.columns] == ["age", "colour", "member", "fare"]
    age, colour, member, fare = now.columns
    assert (age.kind, age.whole, colour.kind, member.flag, fare.whole) == ("number", True, "choice", True, False)
    assert 20 <= age.low < age.high <= 69
    assert set(colour.choices) == {"red", "green", "blue"}
    assert member.choices == ("no", "yes")
    assert people.data.feature_names[age.mark] == "age missing"
    assert people.data.feature_names[colour.first].startswith("colour=")
    assert people.data.feature_names[fare.first] == "fare"
    row = people.data.rows.test[0]
    assert now.row == row + 1
    assert now.x[fare.first] == pytest.approx(row / 8, abs=1e-5)


def test_a_column_of_dates_is_set_as_a_date_and_in_words_too(tmp_path):
    path = tmp_path / "sales.csv"
    rows = [f"202{n % 3}-{n % 12 + 1:02}-{n % 28 + 1:02},{('a', 'b')[n % 5 > 2]}" for n in range(80)]
    path.write_text("sold,kind\n" + "\n".join(rows) + "\n")
    dataset = CsvFile(path=str(path), label="kind", standardize=True)
    subject = build_subject(Experiment(dataset=dataset, layers=(LayerSpec(6, "tanh"),), batch_size=16))
    now = inspect.answer(Trial("test", 3), subject)
    (sold,) = now.columns
    assert sold.kind == "date"
    first, last = (datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") for seconds in (sold.low, sold.high))
    trained = sorted(rows[row][:10] for row in subject.data.rows.train)
    assert (first, last) == (trained[0], trained[-1])
    assert unpack(pack(now), TrialNow).columns == now.columns
    assert any(rows[now.row - 1][:10] in line for line in describe_answer(now))


def test_features_without_a_table_are_numbers():
    now = inspect.answer(Trial(), build_subject(XOR))
    assert [(column.name, column.kind, column.first) for column in now.columns] == [
        ("x1", "number", 0),
        ("x2", "number", 1),
    ]


def test_images_are_drawn_and_have_no_columns():
    pytest.importorskip("sklearn")
    now = inspect.answer(Trial(), build_subject(find_experiment("digits")))
    assert now.side == 8
    assert now.columns == ()
    assert now.low < now.high


def test_values_are_in_the_units_of_the_data(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("rooms,price\n" + "".join(f"{n % 7},{100_000 + 9_000 * (n % 7)}\n" for n in range(40)))
    output = OutputSpec(activation="identity", cost="mean-squared-error")
    dataset = CsvFile(path=str(path), label="price", task="regression", standardize=True, standardize_y=True)
    subject = build_subject(Experiment(dataset=dataset, layers=(LayerSpec(3),), output=output, batch_size=8))
    now = inspect.answer(Trial(), subject)
    assert now.y[0] == pytest.approx(100_000 + 9_000 * now.x[0], rel=1e-4)
    assert now.y_hat[0] > 10_000


def test_an_input_of_another_size_is_refused():
    with pytest.raises(ValueError, match="an input has 2 features, and 3 were set"):
        inspect.answer(Trial(x=(1.0, 2.0, 3.0)), build_subject(XOR))


def test_an_answer_travels_between_processes(people):
    now = inspect.answer(Trial(), people)
    assert unpack(pack(now), TrialNow).columns == now.columns


def test_terms_of_features_follow_the_features_that_are_set(tmp_path):
    run = run_on_terms(tmp_path)
    subject = build_subject(run.experiment)
    subject.trainer.restore(unpack_state(run.snapshots.latest))
    now = inspect.answer(Trial("test", 2), subject)
    assert [column.name for column in now.columns] == ["length", "mass"]
    np.testing.assert_allclose(now.y_hat, expected_outputs(run, now.x[np.newaxis])[0], atol=1e-5)
    tried = inspect.answer(Trial("test", 2, (4.0, -600.0)), subject)
    np.testing.assert_allclose(tried.y_hat, expected_outputs(run, np.array([[4.0, -600.0]]))[0], atol=1e-5)
    with pytest.raises(ValueError, match="an input has 2 features, and 5 were set"):
        inspect.answer(Trial("test", 0, (1.0,) * 5), subject)


def test_layers_of_all_kinds_have_their_activations():
    subject = training()
    now = inspect.answer(Trial(), subject)
    x = subject.data.x_test[:, :1]
    np.testing.assert_allclose(now.y_hat, subject.network.predict(x)[:, 0], atol=1e-6)
    assert now.sizes == subject.network.sizes[1:-1]
    assert [len(a) for a in now.hidden] == list(now.sizes)
