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
    """Draw persons whose income, above or below a bound, depends on interactions of their features."""
    age, education = rng.integers(17, 90, rows), rng.integers(1, 17, rows)
    hours = np.clip(rng.normal(40, 12, rows), 1, 99).round()
    gain = np.where(rng.random(rows) < 0.08, rng.lognormal(8.5, 1, rows).round(), 0)
    married, male = rng.integers(2, size=rows), rng.integers(2, size=rows)
    score = -4.2 - ((age - 48) / 15) ** 2 + 0.28 * education + 0.03 * (hours - 40) + 2.2 * married
    score += 0.4 * married * male + 3 * (gain > 5_000) + rng.logistic(0, 0.7, rows)
    income = np.where(score > 0, ">50K", "<=50K")
    names = ["age", "education_num", "hours_per_week", "capital_gain", "married", "male", "income"]
    return Table(names, [age, education, hours, gain, married, male, income])


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
    "incomes (drawn)": lambda: incomes(np.random.default_rng(2)),
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
