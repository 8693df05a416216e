"""The numbers of one training step in the article's five steps, and how they are sent."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from joml import OutputLayer
from joml.training.accumulation import Gathered
from joml_tui.experiment import OptimizerSpec
from joml_tui.inspect.raw_samples import RawSamples

_Array = NDArray[np.float32]

#: An array of what there is not.
NOTHING: _Array = np.zeros(0, np.float32)


class RuleTaken(Struct, frozen=True):
    """The optimizer's rule for one layer in this step.

    Attributes
    ----------
    optimizer : OptimizerSpec
        The optimizer with its settings.
    learning_rate : float
        eta of this iteration, after the schedule.
    t : int
        The number of this update, from 1.
    shrunk : float
        The factor of the gradient from clipping; 1 if it was not clipped.
    formula : str
        The optimizer's declared formula; for a custom optimizer without one, the first line of its docstring.
    frozen : bool
        Whether the layer is frozen, and so has no rule.
    """

    optimizer: OptimizerSpec
    learning_rate: float
    t: int
    shrunk: float
    formula: str
    frozen: bool = False


class GatheredTaken(Struct, frozen=True):
    """The standing of a mini-batch in an update of several.

    Attributes
    ----------
    place, of : int
        Its number among the mini-batches of its update, from 1, and the number of these.
    samples : int
        The samples of the mini-batches before it.
    """

    place: int
    of: int
    samples: int

    @property
    def completes(self) -> bool:
        """Return whether the update follows this mini-batch."""
        return self.place == self.of


class LayerStep(Struct, frozen=True):
    """The numbers of one layer in this step.

    All arrays are cut; ``size`` and ``inputs`` are the full sizes. Arrays of options that the layer does not have are
    empty, as are those of hidden layers only in the output layer.

    Attributes
    ----------
    size, inputs : int
        N_l and N_(l-1).
    activation : str
    dropout : float
    normalised : bool
    residual : int
    z, a, delta : (units, samples) arrays
    n : (units, samples) array
        z normalised.
    mean, deviation : (samples,) arrays
        Mean of z over all units and deviation with epsilon, which normalising subtracts and divides by.
    gamma, beta : (units,) arrays
    mask : (units, samples) array
        The factors of dropout.
    skipped : (units, samples) array
        The activations that a residual block adds.
    received : (units, samples) array
        The gradient of the cost with respect to a: W^(l+1)^T delta^(l+1) plus ``carried``.
    carried : (units, samples) array
        The part of this gradient from residual blocks.
    slope : (units, samples) array
        sigma'(z), or sigma' of z normalised.
    W, dW, W_after : (units, inputs) arrays
    b, db, b_after : (units,) arrays
    rule : RuleTaken
    memory, memory_after : dicts of (units, inputs + 1) arrays
        The optimizer's state for [W | b] before and after the update, with the names of the rule's paper.
    gathered, mean_gradient : (units, inputs + 1) arrays
        Of the gradient of [W | b] where several mini-batches make an update: the sum over the mini-batches before, each
        times its samples, and the mean over all samples until now.
    """

    size: int
    inputs: int
    activation: str
    dropout: float
    normalised: bool
    residual: int
    z: _Array
    a: _Array
    delta: _Array
    n: _Array
    mean: _Array
    deviation: _Array
    gamma: _Array
    beta: _Array
    mask: _Array
    skipped: _Array
    received: _Array
    carried: _Array
    slope: _Array
    W: _Array
    dW: _Array
    W_after: _Array
    b: _Array
    db: _Array
    b_after: _Array
    rule: RuleTaken
    memory: dict[str, _Array]
    memory_after: dict[str, _Array]
    gathered: _Array
    mean_gradient: _Array


class StepTaken(Struct, frozen=True, tag=True):
    """One mini-batch in the five steps.

    Attributes
    ----------
    iteration : int
        The number of this iteration.
    samples : int
        Number of samples in the mini-batch; fewer may be sent.
    x, y : (features, samples) and (outputs, samples) arrays
    cost_function : str
    per_sample : (samples,) array
        H of each sample times its class weight.
    weights : (samples,) array
        The class weights of the samples; empty if none are set.
    cost : float
        The mean over the whole mini-batch.
    cost_gradient : (outputs, samples) array
        Gradient of each sample's cost with respect to y_hat; empty if delta is y_hat - y.
    layers : tuple of LayerStep
        Layers 1 .. L.
    raw : RawSamples or None
        The samples as in their file; None for data that are not from a file.
    standardised : bool
        Whether y and the outputs are standardised values, and the costs those of them.
    layers_before : int
        The number of hidden layers before those in ``layers``, of a network whose output layer alone is told in this
        way.
    gathered : GatheredTaken or None
        None where every mini-batch makes an update.
    """

    iteration: int
    samples: int
    x: _Array
    y: _Array
    cost_function: str
    per_sample: _Array
    weights: _Array
    cost: float
    cost_gradient: _Array
    layers: tuple[LayerStep, ...]
    raw: RawSamples | None = None
    standardised: bool = False
    layers_before: int = 0
    gathered: GatheredTaken | None = None


def gathered_taken(gathered: Gathered | None) -> GatheredTaken | None:
    """Return the standing of the next mini-batch in an update of several; None where each makes one.

    Parameters
    ----------
    gathered : Gathered or None

    Returns
    -------
    GatheredTaken or None
    """
    return None if gathered is None else GatheredTaken(gathered.place, gathered.of, gathered.samples)


def sent(array: NDArray[np.floating] | None) -> _Array:
    """Return an array in the form in which it is sent; an empty one for None.

    Parameters
    ----------
    array : array or None

    Returns
    -------
    array of float32
    """
    return NOTHING if array is None else np.ascontiguousarray(array, np.float32)


def cost_gradient(output: OutputLayer, y_hat: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the gradient of each sample's cost with respect to the outputs; empty if delta is y_hat - y.

    Parameters
    ----------
    output : OutputLayer
    y_hat, y : (outputs, samples) arrays

    Returns
    -------
    (outputs, samples) array
    """
    if output.cost_function.name == "cross-entropy":
        return np.zeros((0, 0))
    gradient: NDArray[np.floating] = output.cost_function.gradient(y_hat, y)
    return gradient
