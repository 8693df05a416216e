"""The article's data: the energy of a spin glass of 14 spins, in four levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset
from joml.data.dataset_traits import DatasetTraits, TestShare
from joml.data.generators.hypercube import corners
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples
from joml.declaration import declare

#: Number of spins, and so of features.
SPINS = 14

#: The energies of the four classes, in order.
CLASS_NAMES = ("E <= -9", "-7 <= E <= -1", "1 <= E <= 5", "E >= 7")

# The couplings J below the diagonal: word i holds the signs of J[i][0] to J[i][i - 1], from i = 1 on.
_COUPLINGS = "+ -+ --- --++ ++-++ -+--++ --+-+-- +-+-++-+ ++---+-+- -+-+-++-++ +-+++-+-+++ --++-+---+++ -+--++++++-++"

# The energy is always odd, so the even numbers between the classes are safe bounds.
_LEVELS = (-8, 0, 6)

_ADVICE = (
    "two parts, as in the article: the curves show the test part, so a network chosen by them looks too good; "
    "split: {validation: 0.1} keeps the test part for the result"
)


@declare(
    "dataset",
    "spin-glass-14",
    "The article's function on all 16,384 points of {-1,+1}^14",
    label="SpinGlass",
    traits=DatasetTraits(lambda _: (SPINS, len(CLASS_NAMES), 2**SPINS), "classes", advice=_ADVICE),
)
def spin_glass_14(seed: int = 0, test_share: TestShare = 0.2, split: Split | None = None) -> Dataset:
    """Return the article's data: all 16,384 points of {-1,+1}^14 in four classes.

    A point's energy is ``E(x) = sum of J[i][j] x[i] x[j] over i > j`` with couplings J of -1 and +1, the
    Sherrington-Kirkpatrick model of a spin glass; its class is the level that the energy falls into
    (`CLASS_NAMES`). ``E(-x) = E(x)``, so no single feature says anything about the class.

    Parameters
    ----------
    seed : int, default 0
        Decides which points are in which part.
    test_share : float, default 0.2
        Share of the points in the test part: 13,107 to train on and 3,277 to test on by default.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (14, samples), y of shape (4, samples).

    Raises
    ------
    DatasetError
        `test_share` is not between 0 and 1.
    """
    x = corners(SPINS)
    # searchsorted counts the levels below the energy: 0 to 3.
    classes = np.searchsorted(_LEVELS, _energy(x))
    samples = FileSamples(x.T, classes, CLASS_NAMES, name="spin-glass-14")
    return prepare(samples, split or Split(test_share), seed)


def _energy(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the energy of each column of x; whole numbers of at most 91, exact in float32."""
    energy: NDArray[np.float32] = np.einsum("is,ij,js->s", x, _couplings(), x, optimize=True)
    return energy


def _couplings() -> NDArray[np.float32]:
    """Return the couplings below the diagonal, 0 elsewhere, shape (14, 14)."""
    couplings = np.zeros((SPINS, SPINS), np.float32)
    for i, signs in enumerate(_COUPLINGS.split(), start=1):
        couplings[i, :i] = [1 if sign == "+" else -1 for sign in signs]
    return couplings
