r"""Question: the Walsh spectra of the target function and of the network.

A function f of n signs x_i is a sum of products of signs, f(x) = sum over S of f^(S) prod over i in S of x_i, with a
coefficient for each of the 2^n sets S of features; its degree is the number of features in S. By Parseval's theorem the
energy, the mean of f^2 over all points, is the sum of all f^(S)^2, so each degree has its share of the energy
(O'Donnell: Analysis of Boolean Functions, 2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import Dataset
from joml_tui.experiment import Task
from joml_tui.inspect.plane import require_finite_outputs
from joml_tui.inspect.training_context import TrainingContext, all_x, all_y

#: Largest number of signs: 65,536 points.
MOST_BITS = 16

FloatArray = NDArray[np.float64]
#: A smaller share of the energy counts as none.
_LITTLE = 5e-4


class Walsh(Struct, frozen=True, tag=True):
    """A request for the energy at each degree."""


class WalshNow(Struct, frozen=True, tag=True):
    """The energies by degree.

    For classes f is the indicator of a class, 0 or 1, minus 1 / classes; for answers minus 1/2. So an untrained network
    has no energy, and the target's total energy depends only on the number of classes. For values f is y itself.

    Attributes
    ----------
    iteration : int
    task : {"classes", "multilabel", "regression"}
    names : tuple of str
        Names of the outputs.
    target : (outputs, n + 1) array
        Energy of the target.
    network : (outputs, n + 1) array
        Energy of y_hat.
    common : (outputs, n + 1) array
        Sum of the products of both coefficients; divided by the target's energy it is the share learnt.
    """

    iteration: int
    task: Task
    names: tuple[str, ...]
    target: FloatArray
    network: FloatArray
    common: FloatArray


def answer(question: Walsh, subject: TrainingContext) -> WalshNow:
    """Return the spectra of target and network over all points.

    Raises
    ------
    ValueError
        The data are not all points of a number of signs, or the network's outputs are not finite.
    """
    data = subject.data
    points, y = _enumerated(data.plain)
    y_hat = subject.network.predict(data.inputs_from(points)).astype(np.float64)
    require_finite_outputs(y_hat)
    middle = {"classes": 1 / data.output_size, "multilabel": 0.5, "regression": 0.0}[data.task]
    target, network = walsh_transform(y - middle), walsh_transform(y_hat - middle)
    return WalshNow(
        subject.iteration,
        data.task,
        data.class_names,
        by_degree(target * target),
        by_degree(network * network),
        by_degree(target * network),
    )


def shares_of(now: WalshNow, output: int | None) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the energies of target and network by degree, relative to the target, and the share of each degree learnt.

    The last is nan if the target has no energy.
    """
    part = slice(None) if output is None else slice(output, output + 1)
    target, network, common = (energies[part].sum(axis=0) for energies in (now.target, now.network, now.common))
    whole = target.sum() or 1.0
    has = target > whole * 1e-9
    return target / whole, network / whole, np.where(has, common / np.where(has, target, 1.0), np.nan)


def describe_target(now: WalshNow) -> str:
    """Return a sentence that explains the target's spectrum."""
    target, _, _ = shares_of(now, None)
    bits = len(target) - 1
    low = f"{100 * target[:3].sum():.0f} %"
    if target[bits] > 1 - _LITTLE:
        return f"Parity: all energy at degree {bits}; nothing lower leads a gradient there."
    if target[1::2].sum() < _LITTLE:
        return f"An even function, f(-x) = f(x): no odd degrees. {low} is at degrees 0 to 2."
    return f"{low} of the energy lies at degrees 0 to 2, which are learnt first."


def walsh_transform(f: NDArray[Any]) -> FloatArray:
    """Return the Walsh coefficients of functions on {-1,+1}^n by the fast transform, n 2^n additions each.

    Parameters
    ----------
    f : (..., 2^n) array
        Bit i of an entry's index is set where x_i is +1.

    Returns
    -------
    (..., 2^n) array
        Entry S is the mean of f(x) times the product of the x_i whose bits are set in S.
    """
    transformed = np.array(f, np.float64)
    size = transformed.shape[-1]
    width = 1
    while width < size:
        pairs = transformed.reshape(*transformed.shape[:-1], -1, 2, width)
        minus, plus = pairs[..., 0, :], pairs[..., 1, :]
        pairs[...] = np.stack([plus + minus, plus - minus], axis=-2)
        width *= 2
    transformed /= size
    return transformed


def by_degree(energies: FloatArray) -> FloatArray:
    """Return the sums over sets of the same size, (..., 2^n) to (..., n + 1)."""
    size = energies.shape[-1]
    bits = size.bit_length() - 1
    degrees = sum((np.arange(size) >> bit & 1 for bit in range(bits)), np.zeros(size, np.int64))
    return np.stack([energies[..., degrees == degree].sum(axis=-1) for degree in range(bits + 1)], axis=-1)


def _enumerated(data: Dataset) -> tuple[NDArray[np.float32], FloatArray]:
    """Return all points, (n, 2^n), in the order of their numbers, and y at each, (outputs, 2^n).

    A feature with two values other than -1 and +1 counts as a sign too; if a point occurs several times, y is the mean.
    """
    x = all_x(data)
    name, bits = data.name or "this data set", data.input_size
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    if not ((x == low) | (x == high)).all() or (low == high).any():
        raise ValueError(
            f"a Walsh spectrum needs features of two values each, and those of {name} have others: choose "
            f"spin-glass-14 or parity of up to {MOST_BITS} bits"
        )
    if bits > MOST_BITS:
        raise ValueError(f"a Walsh spectrum is computed of up to {MOST_BITS} features, and {name} has {bits:,}")
    numbers = ((x == high).astype(np.int64) << np.arange(bits)[:, np.newaxis]).sum(axis=0)
    times = np.bincount(numbers, minlength=2**bits)
    if not times.all():
        raise ValueError(
            f"a Walsh spectrum needs all {2**bits:,} points of {bits} features, and {np.count_nonzero(times == 0):,} "
            f"of them are not in {name}"
        )
    y = all_y(data).astype(np.float64)
    sums = np.stack([np.bincount(numbers, row, 2**bits) for row in y])
    signs = np.arange(2**bits) >> np.arange(bits)[:, np.newaxis] & 1
    return np.where(signs == 1, high, low).astype(np.float32), sums / times
