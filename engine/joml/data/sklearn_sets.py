"""Classic data sets of scikit-learn, an optional extra: handwritten digits, irises, diabetes."""

from __future__ import annotations

from importlib.util import find_spec
from types import ModuleType

import numpy as np

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, TestShare
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import declare

#: Channels, height and width of a digit.
_OF_DIGITS = (1, 8, 8)
#: Age, sex, body mass index, blood pressure and six blood values.
_OF_DIABETES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


@declare(
    "dataset",
    "digits",
    "Handwritten digits of 8 by 8 pixels (needs scikit-learn)",
    label="Digits",
    traits=DatasetTraits(lambda _: _sizes("digits", 64, 10, 1_797), "classes", grey_values=16, image_shape=_OF_DIGITS),
)
def digits(seed: int = 0, test_share: TestShare = 0.2, split: Split | None = None) -> Dataset:
    """Return 1,797 handwritten digits of 8 by 8 pixels (Alpaydin and Kaynak, 1998).

    Parameters
    ----------
    seed : int, default 0
        Decides which digits are in which part.
    test_share : float, default 0.2
        Share of the digits in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (64, samples), from 0 to 1: the grey values divided by 16; y of shape (10, samples).

    Raises
    ------
    DatasetError
        scikit-learn is not installed, or `test_share` is out of range.
    """
    bunch = _sklearn_datasets("digits").load_digits()
    names = tuple(str(name) for name in bunch.target_names)
    samples = FileSamples(bunch.data / 16, bunch.target, names, name="digits", image_shape=_OF_DIGITS)
    return prepare(samples, split or Split(test_share), seed)


@declare(
    "dataset",
    "iris",
    "Irises of three species, four measurements each (needs scikit-learn)",
    label="Iris",
    traits=DatasetTraits(lambda _: _sizes("iris", 4, 3, 150), "classes"),
)
def iris(
    standardize: Standardize = True, seed: int = 0, test_share: TestShare = 0.2, split: Split | None = None
) -> Dataset:
    """Return 150 irises of three species, with four measurements each (Fisher, 1936).

    Parameters
    ----------
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part; otherwise they are in
        centimetres.
    seed : int, default 0
        Decides which irises are in which part.
    test_share : float, default 0.2
        Share of the irises in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (4, samples), y of shape (3, samples).

    Raises
    ------
    DatasetError
        scikit-learn is not installed, or `test_share` is out of range.
    """
    bunch = _sklearn_datasets("iris").load_iris()
    samples = FileSamples(bunch.data, bunch.target, tuple(str(name) for name in bunch.target_names), name="iris")
    return prepare(samples, split or Split(test_share), seed, standardize)


@declare(
    "dataset",
    "diabetes",
    "Disease progression of diabetes patients after one year (needs scikit-learn)",
    label="Diabetes",
    traits=DatasetTraits(
        lambda _: _sizes("diabetes", 10, 1, 442), "regression", scales_values=True, feature_names=_OF_DIABETES
    ),
)
def diabetes(
    standardize: Standardize = True, seed: int = 0, test_share: TestShare = 0.2, split: Split | None = None
) -> Dataset:
    """Return 442 diabetes patients and their disease progression after one year (Efron et al., 2004), a regression.

    Parameters
    ----------
    standardize : bool, default True
        Shift and scale every feature and the progression to mean 0 and standard deviation 1 over the training part;
        otherwise they are as measured, the progression from 25 to 346.
    seed : int, default 0
        Decides which patients are in which part.
    test_share : float, default 0.2
        Share of the patients in the test part.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (10, samples): age, sex (1 or 2), body mass index, blood pressure and six blood values;
        y of shape (1, samples), values: the progression.

    Raises
    ------
    DatasetError
        scikit-learn is not installed, or `test_share` is out of range.
    """
    bunch = _sklearn_datasets("diabetes").load_diabetes(scaled=False)
    features = tuple(bunch.feature_names)
    samples = FileSamples(
        bunch.data, bunch.target[:, np.newaxis], ("progression",), None, "regression", features, "diabetes"
    )
    return prepare(samples, split or Split(test_share), seed, standardize, standardize)


def _sizes(name: str, features: int, outputs: int, samples: int) -> tuple[int, int, int]:
    """Return the sizes of a data set without importing scikit-learn; raise DatasetError if it is not installed."""
    if find_spec("sklearn") is None:
        raise _missing(name)
    return features, outputs, samples


def _missing(name: str) -> DatasetError:
    return DatasetError(f"{name} needs scikit-learn: pip install 'joml-tui[sklearn]'")


def _sklearn_datasets(name: str) -> ModuleType:
    try:
        from sklearn import datasets  # noqa: PLC0415
    except ImportError as error:
        raise _missing(name) from error
    module: ModuleType = datasets
    return module
