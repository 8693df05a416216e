"""Estimators on tables as people have them: the kinds and the answers of the readers, in scikit-learn's own tools."""

import csv
import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency

from joml.data.readers.csv_file import read_csv
from joml.data.split import Split
from joml_tui.estimators import JomlClassifier, JomlRegressor

ROWS = 160
NAMES = ("age", "sex", "port", "alive", "seen")


def columns(seed=0):
    """Return columns of numbers with gaps, categories, truth values and dates."""
    random = np.random.default_rng(seed)
    age = [None if random.random() < 0.15 else float(round(random.uniform(1, 80), 1)) for _ in range(ROWS)]
    sex = random.choice(["male", "female"], ROWS).tolist()
    port = [None if place == 3 else "SCQ"[place] for place in random.choice(4, ROWS, p=[0.5, 0.2, 0.2, 0.1])]
    alive = random.choice([True, False], ROWS).tolist()
    days = np.datetime64("2021-03-04") + random.integers(0, 300, ROWS)
    return dict(zip(NAMES, (age, sex, port, alive, days.tolist()), strict=True))


TABLE = columns()
LABELS = [
    "yes" if sex == "male" or (age or 0) > 60 else "no" for age, sex in zip(TABLE["age"], TABLE["sex"], strict=True)
]
PRICES = np.array(
    [1e5 + 2e4 * (sex == "male") + 500 * (age or 30) for age, sex in zip(TABLE["age"], TABLE["sex"], strict=True)]
)
CELLS = np.array([list(row) for row in zip(*TABLE.values(), strict=True)], object)


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


def classifier(**settings):
    return JomlClassifier("8", epochs=15, random_state=0, **settings)


def regressor(**settings):
    return JomlRegressor("8", epochs=60, learning_rate=0.02, random_state=0, **settings)


def test_an_array_of_objects_is_read_as_a_table():
    fitted = classifier().fit(CELLS, LABELS)
    assert fitted.score(CELLS, LABELS) > 0.8
    assert fitted.n_features_in_ == 5
    assert not hasattr(fitted, "feature_names_in_")
    assert [encoder.kind for encoder in fitted.preparation_.columns] == [
        "number",
        "category",
        "category",
        "boolean",
        "date",
    ]
    assert any("cells are missing: filled with the median" in note for note in fitted.notes_)
    with pytest.raises(ValueError, match="X has 4 features, but JomlClassifier is expecting 5 features as input"):
        fitted.predict(CELLS[:, :4])


def test_lists_of_rows_are_a_table_too():
    rows = CELLS.tolist()
    assert np.array_equal(
        classifier().fit(rows, LABELS).predict_proba(rows), classifier().fit(CELLS, LABELS).predict_proba(CELLS)
    )


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_frames_of_every_library_give_the_same_answers(library):
    made = pytest.importorskip(library)
    frame = (made.table if library == "pyarrow" else made.DataFrame)(TABLE)
    fitted = classifier().fit(frame, LABELS)
    assert tuple(fitted.feature_names_in_) == NAMES
    assert fitted.n_features_in_ == len(NAMES)
    assert not hasattr(fitted, "get_feature_names_out")  # of transformers, not of classifiers
    np.testing.assert_array_equal(fitted.predict_proba(frame), classifier().fit(CELLS, LABELS).predict_proba(CELLS))


def test_columns_become_the_features_that_a_file_of_the_same_rows_has(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*NAMES, "label"])
        writer.writerows(
            [["" if cell is None else cell for cell in row] + [label] for row, label in zip(CELLS, LABELS, strict=True)]
        )
    data = read_csv(path, split=Split(test=0.2))
    train = data.rows.train
    fitted = classifier(columns={}).fit(CELLS[train], [LABELS[row] for row in train])
    of_file, own = data.preparation, fitted.preparation_
    assert [type(encoder) for encoder in own.columns] == [type(encoder) for encoder in of_file.columns]
    assert own.columns[0].fill == of_file.columns[0].fill
    assert len(own.feature_names) == len(of_file.feature_names)
    np.testing.assert_allclose(own.x_mean, of_file.x_mean, rtol=1e-12)


def test_columns_are_found_by_name_and_others_are_ignored(pandas):
    frame = pandas.DataFrame(TABLE)
    fitted = classifier().fit(frame, LABELS)
    other = frame[list(reversed(NAMES))].assign(comment="-")
    np.testing.assert_array_equal(fitted.predict_proba(other), fitted.predict_proba(frame))
    with pytest.raises(ValueError, match="X: no column is named 'age'"):
        fitted.predict(frame.drop(columns="age"))
    with pytest.warns(UserWarning, match="its columns are taken in the order of training"):
        np.testing.assert_array_equal(fitted.predict_proba(CELLS), fitted.predict_proba(frame))


@pytest.mark.parametrize("estimator", [JomlClassifier(epochs=2), JomlRegressor(epochs=2)], ids=["classes", "values"])
def test_names_of_columns_follow_the_conventions_of_scikit_learn(pandas, estimator):
    check_dataframe_column_names_consistency(type(estimator).__name__, estimator)


def test_unseen_categories_and_gaps_are_answered_with_a_warning():
    fitted = classifier().fit(CELLS, LABELS)
    row = [[None, None, "Z", None, None]]
    with pytest.warns(UserWarning, match="x3: 1 cell has a category without a feature, such as 'Z'"):
        assert fitted.predict(row)[0] in ("yes", "no")
    with pytest.raises(ValueError, match=r"X: column 1: no number: 'old' in row 1"):
        fitted.predict([["old", "male", "S", True, "2021-03-04"]])


def test_settings_of_columns():
    fitted = classifier(columns={0: "category"}, ignore=[4]).fit(CELLS, LABELS)
    assert [encoder.kind for encoder in fitted.preparation_.columns][:1] == ["category"]
    assert len(fitted.preparation_.columns) == 4
    with pytest.raises(ValueError, match="missing"):
        classifier(missing="error").fit(CELLS, LABELS)
    with pytest.raises(ValueError, match="X: columns: 0: there is no kind 'numbr'; did you mean number"):
        classifier(columns={0: "numbr"}).fit(CELLS, LABELS)
    with pytest.raises(ValueError, match="missing: fill or error was expected, got 'drop'"):
        classifier(missing="drop").fit(CELLS, LABELS)
    only = classifier(ignore=[1, 2, 3, 4]).fit(CELLS, LABELS)
    assert only.preparation_.feature_names == ("x1", "x1 missing")


def test_columns_that_say_nothing_are_named_in_a_warning(pandas):
    frame = pandas.DataFrame(TABLE).assign(name=[f"n{row}" for row in range(ROWS)])
    with pytest.warns(UserWarning, match="not used as features: 'name'; notes_ says why"):
        fitted = classifier().fit(frame, LABELS)
    assert any(note.startswith("name is text that differs in all") for note in fitted.notes_)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier(ignore=["name"]).fit(frame, LABELS)


def test_a_column_that_gives_the_answer_away_is_noted():
    fitted = classifier().fit(np.column_stack([CELLS, ["J" if label == "yes" else "N" for label in LABELS]]), LABELS)
    assert any("gives the answer away" in note and "y" in note for note in fitted.notes_)


def test_values_are_scaled_and_answers_are_in_their_units():
    fitted = regressor().fit(CELLS, PRICES)
    assert r2_score(PRICES, fitted.predict(CELLS)) > 0.8
    both = np.column_stack([PRICES, -PRICES])
    assert regressor().fit(CELLS, both).predict(CELLS).shape == both.shape


def test_means_are_those_of_the_samples_that_are_trained_on():
    whole, stopped = classifier().fit(CELLS, LABELS), classifier(early_stopping=True).fit(CELLS, LABELS)
    assert stopped.preparation_.train_size == 144
    assert stopped.preparation_.validation_size == 16
    assert whole.preparation_.x_mean[0] != stopped.preparation_.x_mean[0]
    assert len(stopped.validation_scores_) == stopped.n_iter_


def test_epochs_go_on_with_the_encoding_of_the_first_call():
    grown = JomlClassifier("8", random_state=0)
    for _ in range(3):
        grown.partial_fit(CELLS, LABELS, classes=["no", "yes"])
    whole = JomlClassifier("8", epochs=3, random_state=0).fit(CELLS, LABELS)
    np.testing.assert_allclose(grown.predict_proba(CELLS), whole.predict_proba(CELLS), rtol=1e-4)
    values = regressor()
    for _ in range(3):
        values.partial_fit(CELLS, PRICES)
    assert np.isfinite(values.predict(CELLS)).all()
    with pytest.raises(ValueError, match="the ignore was changed"):
        grown.set_params(ignore=[0]).partial_fit(CELLS, LABELS)


def test_pickles_clones_searches_and_folds(pandas):
    frame, labels = pandas.DataFrame(TABLE), pandas.Series(LABELS, name="alive")
    fitted = classifier().fit(frame, labels)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
    twin = clone(fitted.set_params(columns={"sex": "category"}))
    assert twin.columns == {"sex": "category"}
    assert cross_val_score(classifier(), frame, labels, cv=3).mean() > 0.7
    search = GridSearchCV(classifier(), {"hidden_layers": ["4", "8"]}, cv=2).fit(frame, labels)
    assert search.best_score_ > 0.7
    assert set(search.predict(frame)) <= {"yes", "no"}


def test_a_column_transformer_may_stand_before_it(pandas):
    frame = pandas.DataFrame(TABLE)
    transformer = ColumnTransformer(
        [("numbers", StandardScaler(), ["size"]), ("kinds", OneHotEncoder(sparse_output=False), ["sex"])]
    )
    frame["size"] = np.arange(ROWS) * 0.1
    pipeline = make_pipeline(transformer, classifier()).fit(frame, LABELS)
    assert pipeline[-1].preparation_ is None
    assert pipeline.score(frame, LABELS) > 0.6


def test_numbers_are_read_as_before(pandas):
    """A frame of numbers is trained on as an array is, bit for bit, and scikit-learn checks its names."""
    x = np.random.default_rng(3).standard_normal((60, 3))
    labels = np.where(x[:, 0] > 0, "a", "b")
    frame = pandas.DataFrame(x, columns=["a", "b", "c"])
    of_frame, of_array = classifier().fit(frame, labels), classifier().fit(x, labels)
    assert np.array_equal(of_frame.network_.parameters.theta, of_array.network_.parameters.theta)
    assert of_frame.preparation_ is None
    assert of_frame.notes_ == ()
    with pytest.raises(ValueError, match="feature names should match"):
        of_frame.predict(frame[["c", "b", "a"]])
    table = classifier(columns={}).fit(frame, labels)
    np.testing.assert_array_equal(table.predict(frame[["c", "b", "a"]]), table.predict(frame))
    frame.loc[0, "a"] = np.nan
    with pytest.raises(ValueError, match=r"X has missing cells.*with columns=\{\}"):
        of_frame.predict(frame)
    assert classifier().fit(frame, labels).preparation_.columns[0].missing == 1


def test_other_cells_and_shapes_are_refused_in_a_sentence():
    with pytest.raises(TypeError, match="X: column 1 holds list: every cell of this argument must be a string"):
        classifier().fit(np.array([[[1], "a"]] * 4, object), ["a", "b"] * 2)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        classifier().fit(CELLS, LABELS[:-1])
    with pytest.raises(ValueError, match="X: no feature column remains"):
        classifier().fit([["a"], ["a"], ["a"]], ["x", "y", "x"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": ["age"]}, "X: columns: kinds by name or position were expected"),
        ({"columns": {1.5: "number"}}, "X: columns: a name or a position was expected, got 1.5"),
        ({"ignore": "age"}, "X: ignore: a list of names or positions was expected, got 'age'"),
        ({"ignore": [0.5]}, "X: ignore: a name or a position was expected, got 0.5"),
        ({"ignore": [9]}, "X: ignore: position 9 is out of range"),
        ({"missing": "drop"}, "missing: fill or error was expected, got 'drop'"),
    ],
)
def test_wrong_settings_are_refused_also_for_numbers(settings, message):
    for rows in (CELLS, [[1.0, 2.0], [3.0, 4.0]]):
        with pytest.raises(ValueError, match=message):
            classifier(**settings).fit(rows, LABELS[: len(rows)] if rows is CELLS else ["a", "b"])


def test_rows_without_a_label_are_named():
    for missing in (None, float("nan")):
        for rows in (CELLS, np.ones((ROWS, 2))):
            with pytest.raises(ValueError, match="y contains NaN or None: 1 row of y has no value, the first is row 3"):
                classifier().fit(rows, [*LABELS[:2], missing, *LABELS[3:]])


def test_a_frame_without_columns_and_pieces_of_time(pandas):
    with pytest.raises(ValueError, match="X has no columns"):
        classifier().fit(pandas.DataFrame(index=range(ROWS)), LABELS)
    months = pandas.DataFrame({"month": pandas.period_range("2020-01", periods=ROWS, freq="M"), "sex": TABLE["sex"]})
    months["size"] = pandas.cut(np.arange(ROWS), 3)
    fitted = classifier().fit(months, LABELS)
    assert [encoder.kind for encoder in fitted.preparation_.columns] == ["date", "category", "category"]


def test_texts_that_are_numbers_with_a_mark_are_numbers():
    price = [f"${1 + place % 9},{100 + place}" for place in range(60)]
    fitted = classifier().fit([[text, place % 7] for place, text in enumerate(price)], LABELS[:60])
    assert [(each.kind, getattr(each, "mark", "")) for each in fitted.preparation_.columns] == [
        ("number", "$"),
        ("number", ""),
    ]
    np.testing.assert_array_equal(fitted.predict_proba([["$1,100", 0]]), fitted.predict_proba([["1100", 0]]))


def test_terms_of_a_tables_features_are_the_inputs():
    rows = [[("a", "b")[place % 2], place / 40, (place % 7) / 7] for place in range(40)]
    table = np.array(rows, object)
    y = [row[1] * row[2] * 100 for row in rows]
    settings = {"epochs": 60, "learning_rate": 0.05, "random_state": 0}
    tried = JomlRegressor("", features=["x2", "x3", "x2*x3", "x1=b"], **settings).fit(table, y)
    assert tried.network_.sizes == (4, 1)
    assert tried.preparation_.terms == ("x2", "x3", "x2*x3", "x1=b")
    assert tried.score(table, y) > 0.9
    with pytest.raises(ValueError, match="there is no feature 'x9'; the features are x1=a, x1=b, x2, x3"):
        JomlRegressor(features=["x9"]).fit(table, y)
