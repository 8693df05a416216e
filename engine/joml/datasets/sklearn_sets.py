"""Small classics that come with scikit-learn, which is an optional extra: handwritten digits, irises, diabetes."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from joml.dataset import Dataset, DatasetError, split_indices
from joml.datasets import files
from joml.datasets.files import Samples


def digits(seed: int = 0, test_share: float = 0.2) -> Dataset:
    """Return 1,797 handwritten digits of 8 by 8 pixels (Alpaydin and Kaynak, 1998).

    Parameters
    ----------
    seed : int, default 0
        Decides which digits are in which part.
    test_share : float, default 0.2
        Share of the digits to test on.

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
    return Samples(bunch.data / 16, bunch.target, names).dataset("digits", test_share, seed)


def iris(standardize: bool = True, seed: int = 0, test_share: float = 0.2) -> Dataset:
    """Return 150 irises of three species, measured at four places (Fisher, 1936).

    Parameters
    ----------
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part; else they are
        centimetres.
    seed : int, default 0
        Decides which irises are in which part.
    test_share : float, default 0.2
        Share of the irises to test on.

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
    samples = Samples(np.array(bunch.data), bunch.target, tuple(str(name) for name in bunch.target_names))
    if standardize:
        train, _ = samples.parts(test_share, seed)
        files.standardize(samples.x, train)
    return samples.dataset("iris", test_share, seed)


def diabetes(standardize: bool = True, seed: int = 0, test_share: float = 0.2) -> Dataset:
    """Return 442 diabetes patients and how far their illness went within a year (Efron et al., 2004): a regression.

    Parameters
    ----------
    standardize : bool, default True
        Shift and scale every feature and the progression to mean 0 and standard deviation 1 over the training part;
        else they are as measured, the progression from 25 to 346.
    seed : int, default 0
        Decides which patients are in which part.
    test_share : float, default 0.2
        Share of the patients to test on.

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
    x, y = np.array(bunch.data), np.array(bunch.target)[:, np.newaxis]
    if standardize:
        train, _ = split_indices(len(x), test_share, seed)
        files.standardize(x, train)
        files.standardize(y, train)
    return Dataset.split(
        x.T,
        y.T,
        test_share=test_share,
        seed=seed,
        name="diabetes",
        class_names=("progression",),
        feature_names=tuple(bunch.feature_names),
        task="values",
    )


def _sklearn_datasets(name: str) -> ModuleType:
    try:
        from sklearn import datasets  # noqa: PLC0415
    except ImportError as error:
        raise DatasetError(
            f"{name}: comes with scikit-learn; install it by: pip install 'joml-tui[sklearn]'"
        ) from error
    module: ModuleType = datasets
    return module
