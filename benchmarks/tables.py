"""Scores of the defaults on small tables, beside baselines: python -m benchmarks.tables.

Each table is written to a file and trained as `joml-tui run FILE` trains it, from several seeds, each with its own
split. Beside the mean score stand, on the same splits, the majority class or the mean, a logistic regression or least
squares, and scikit-learn's MLPClassifier or MLPRegressor with their defaults on the same prepared features. Iris, wine,
breast cancer, digits and diabetes are scikit-learn's; the others are drawn here, in the likeness of well-known tables.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import csv
import statistics
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs
from numpy.random import Generator
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from joml import Dataset
from joml.statistics.baselines import baselines
from joml_tui.experiment import Experiment, load_data
from joml_tui.experiment.opening import open_experiment
from joml_tui.runs.run import start_run

_SECONDS = 300.0


class Table(NamedTuple):
    """A table: names and cells of its columns; the last one is the target."""

    names: Sequence[str]
    columns: Sequence[Sequence[Any] | NDArray[Any]]


def of_sklearn(load: Callable[..., Any], classes: bool = True, **settings: Any) -> Table:
    """Return a table of scikit-learn; classes are written by their names."""
    bunch = load(**settings)
    target = [str(bunch.target_names[place]) for place in bunch.target] if classes else bunch.target
    return Table([*map(str, bunch.feature_names), "target"], [*bunch.data.T, target])


def glass(rng: Generator) -> Table:
    """Draw six kinds of glass, some rare, each in two clusters of nine features."""
    x, kinds = [], []
    for kind, count in enumerate((70, 76, 17, 13, 9, 29)):
        centres = rng.normal(0, 1, (2, 9))
        x.append(centres[rng.integers(2, size=count)] + rng.normal(0, 0.75, (count, 9)))
        kinds += [f"kind {kind + 1}"] * count
    scaled = np.concatenate(x) * rng.uniform(0.01, 10, 9) + rng.uniform(-5, 50, 9)
    names = ["refraction", "sodium", "magnesium", "aluminium", "silicon", "potassium", "calcium", "barium", "iron"]
    return Table([*names, "type"], [*scaled.T.round(4), kinds])


def incomes(rng: Generator, rows: int = 8_000) -> Table:
    """Draw persons whose income, above or below a bound, depends on interactions of numbers and categories."""
    age, education = rng.integers(17, 90, rows), rng.integers(1, 17, rows)
    hours = np.clip(rng.normal(40, 12, rows), 1, 99).round()
    gain = np.where(rng.random(rows) < 0.08, rng.lognormal(8.5, 1, rows).round(), 0)
    status, job = rng.integers(3, size=rows), rng.integers(10, size=rows)
    is_male = rng.integers(2, size=rows)
    married = status == 0
    score = -3.6 - ((age - 48) / 15) ** 2 + 0.28 * education + 0.03 * (hours - 40) + 2.2 * married
    score += 0.4 * married * is_male + 3 * (gain > 5_000) + rng.normal(0, 0.8, 10)[job] + rng.logistic(0, 0.7, rows)
    work = np.array(["Private", "Local-gov", "State-gov", "Self-emp", "?"])
    columns: dict[str, Any] = {
        "age": age,
        "workclass": work[rng.choice(5, rows, p=[0.7, 0.08, 0.05, 0.11, 0.06])],
        "education_num": education,
        "marital_status": np.array(["Married", "Never-married", "Divorced"])[status],
        "occupation": np.array([f"Job-{place}" for place in range(10)])[job],
        "sex": np.where(is_male, "Male", "Female"),
        "capital_gain": gain,
        "hours_per_week": hours,
        "income": np.where(score > 0, ">50K", "<=50K"),
    }
    return Table(list(columns), list(columns.values()))


def penguins(rng: Generator, rows: int = 344) -> Table:
    """Draw penguins of three species by their measures, island and sex, some of which are missing."""
    kinds = rng.choice(3, rows, p=[0.44, 0.36, 0.2])
    is_male = rng.integers(2, size=rows)
    means = np.array([[38.8, 18.3, 190, 3_700], [47.5, 15.0, 217, 5_076], [48.8, 18.4, 196, 3_733]])[kinds]
    measures = means + rng.normal(0, 1, (rows, 4)) * [3.5, 1.0, 7.0, 380.0] + np.outer(is_male, [2, 0.7, 3, 400])
    cells = np.array([[f"{each:.1f}" for each in row] for row in measures], object)
    cells[rng.random((rows, 4)) < 0.02] = "NA"
    anywhere = rng.choice(["Torgersen", "Biscoe", "Dream"], rows)
    islands = np.where(kinds == 0, anywhere, np.where(kinds == 1, "Biscoe", "Dream"))
    sex = np.where(rng.random(rows) < 0.03, "NA", np.where(is_male, "male", "female"))
    species = np.array(["Adelie", "Gentoo", "Chinstrap"])[kinds]
    names = ["species", "island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex"]
    return Table(names, [species, islands, *cells.T, sex])


def passengers(rng: Generator, rows: int = 891) -> Table:
    """Draw passengers of a ship and whether they survived, with missing ages and cabins, names and tickets."""
    place, is_male = rng.choice(3, rows, p=[0.24, 0.21, 0.55]), rng.random(rows) < 0.65
    age = np.clip(rng.normal(30, 14, rows), 0.5, 80).round()
    fare = rng.lognormal(np.array([4.2, 2.9, 2.3])[place], 0.5).round(2)
    score = 1.6 - 2.6 * is_male - 0.8 * place + 2.2 * ((age < 10) & (place < 2)) + 1.1 * (~is_male & (place < 2))
    survived = (score + rng.logistic(0, 0.8, rows) > 0).astype(int)
    columns: dict[str, Any] = {
        "PassengerId": np.arange(1, rows + 1),
        "Survived": survived,
        "Pclass": place + 1,
        "Name": [f"Doe, {'Mr.' if male else 'Mrs.'} N. {row}" for row, male in enumerate(is_male)],
        "Sex": np.where(is_male, "male", "female"),
        "Age": np.where(rng.random(rows) < 0.2, "", age.astype(str)),
        "Ticket": [f"T {number}" for number in rng.integers(100_000, 400_000, rows)],
        "Fare": fare,
        "Cabin": np.where(rng.random(rows) < 0.77, "", [f"C{number}" for number in rng.integers(1, 99, rows)]),
        "Embarked": rng.choice(["S", "C", "Q", ""], rows, p=[0.72, 0.19, 0.087, 0.003]),
    }
    return Table(list(columns), list(columns.values()))


def houses(rng: Generator, rows: int = 1_500) -> Table:
    """Draw houses whose price is a product of size, distance and age."""
    size = rng.lognormal(4.6, 0.35, rows)
    rooms = np.maximum(1, (size / 28 + rng.normal(0, 0.7, rows)).round())
    year, distance, north = rng.integers(1900, 2024, rows), rng.gamma(2, 4, rows), rng.integers(2, size=rows)
    price = size * (3_000 + 4_000 * np.exp(-distance / 6)) * (1 + 0.3 * (year > 1990))
    price = (price * np.exp(rng.normal(0, 0.12, rows)) + 20_000 * north).round()
    names = ["size", "rooms", "year", "distance", "north", "price"]
    return Table(names, [size.round(1), rooms, year, distance.round(2), north, price])


TABLES: dict[str, Callable[[], Table]] = {
    "iris": lambda: of_sklearn(datasets.load_iris),
    "wine": lambda: of_sklearn(datasets.load_wine),
    "breast cancer": lambda: of_sklearn(datasets.load_breast_cancer),
    "digits": lambda: of_sklearn(datasets.load_digits),
    "glass (drawn)": lambda: glass(np.random.default_rng(1)),
    "penguins (drawn)": lambda: penguins(np.random.default_rng(4)),
    "titanic (drawn)": lambda: passengers(np.random.default_rng(5)),
    "adult (drawn)": lambda: incomes(np.random.default_rng(2)),
    "diabetes": lambda: of_sklearn(datasets.load_diabetes, classes=False, scaled=False),
    "houses (drawn)": lambda: houses(np.random.default_rng(3)),
}


def write(table: Table, path: Path) -> None:
    """Write a table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.names)
        writer.writerows(zip(*(np.asarray(column).tolist() for column in table.columns), strict=True))


def sklearn_score(data: Dataset, seed: int) -> float:
    """Return the test score of scikit-learn's network with its defaults on the same prepared data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if data.task == "regression":
            model: Any = MLPRegressor(random_state=seed).fit(data.x_train.T, data.y_train[0])
            return float(model.score(data.x_test.T, data.y_test[0]))
        model = MLPClassifier(random_state=seed).fit(data.x_train.T, data.y_train.argmax(axis=0))
        return float(model.score(data.x_test.T, data.y_test.argmax(axis=0)))


def scores(experiment: Experiment, seed: int) -> tuple[float, float, float, float, float]:
    """Return the network's test score and seconds, those of both baselines, and that of scikit-learn, from one seed."""
    experiment = structs.replace(experiment, seed=seed)
    run = start_run(experiment, engine="thread")
    if not run.wait(_SECONDS) or run.test_accuracy is None:
        raise RuntimeError(run.message or "the run has not ended")
    data = load_data(experiment)
    constant, linear = baselines(data)
    return run.test_accuracy, run.record.seconds, constant.accuracy, linear.accuracy, sklearn_score(data, seed)


def main() -> None:
    """Print the table of scores in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="number of seeds of each table")
    parser.add_argument("--only", nargs="*", choices=[name.split()[0] for name in TABLES], help="only these tables")
    options = parser.parse_args()
    print("| table | rows x features | network, epochs | score | majority / mean | linear | scikit-learn | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, make in TABLES.items():
            if options.only and name.split()[0] not in options.only:
                continue
            path = Path(folder, f"{name.split()[0]}.csv")
            write(make(), path)
            experiment = open_experiment(str(path)).experiment
            results = [scores(experiment, seed) for seed in range(options.seeds)]
            score, seconds, constant, linear, other = (statistics.mean(column) for column in zip(*results, strict=True))
            data = load_data(experiment)
            rows = data.train_size + data.test_size
            sizes = [data.x_train.shape[0], *(layer.size for layer in experiment.layers), data.output_size]
            trained = f"{'-'.join(map(str, sizes))}, {experiment.epochs}"
            what = " (R2)" if data.task == "regression" else ""
            print(
                f"| {name}{what} | {rows:,} x {sizes[0]} | {trained} | **{score:.3f}** | {constant:.3f} | "
                f"{linear:.3f} | {other:.3f} | {seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
