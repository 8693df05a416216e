"""Normalisation layers: over the mini-batch for each channel, and over the features for each sample."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import numpy as np

from joml.array_types import Array, Calls
from joml.declaration import Setting, declare
from joml.layer_normalisation import Normalisation
from joml.layers.base_layer import BaseLayer, LayerBuffers, LayerCalls, Shape, features_of
from joml.optimizers.base import Optimizer
from joml.validation import number


class _Normalising(BaseLayer):
    """The parameters gamma and beta of a layer that normalises."""

    @property
    def weight_names(self) -> tuple[str, ...]:
        """The names of the weights that other programs read."""
        return ("gamma", "beta")

    @property
    def gamma(self) -> Array:
        """Scales of the normalised numbers: a view; assigning copies into it."""
        gamma: Array = self.parameter("gamma_and_beta")[0]
        return gamma

    @gamma.setter
    def gamma(self, values: Array) -> None:
        self._assign(self.gamma, values, "gamma")

    @property
    def beta(self) -> Array:
        """Means of the normalised numbers: a view; assigning copies into it."""
        beta: Array = self.parameter("gamma_and_beta")[1]
        return beta

    @beta.setter
    def beta(self, values: Array) -> None:
        self._assign(self.beta, values, "beta")

    def initialise(self, generator: np.random.Generator) -> Any:
        """Set gamma to 1 and beta to 0; the generator draws nothing."""
        self.gamma, self.beta = np.ones_like(self.gamma), np.zeros_like(self.beta)


@declare(
    "layer",
    "batch-normalisation",
    "Each channel, or feature, with mean 0 and variance 1 over the mini-batch",
    "a = gamma (a_before - mean) / sqrt(variance + epsilon) + beta",
    label="batch normalisation",
)
class BatchNormalisation(_Normalising):
    """a = gamma h + beta with h = (a_previous - mean) / sqrt(variance + epsilon), each channel for itself.

    In training, mean and variance are those of the mini-batch: of a channel over its samples and places, of features
    that are no images for each feature over the samples. In prediction they are running means of those of the training,
    ``running_mean`` and ``running_variance``, which belong to the layer's state.

    Parameters
    ----------
    momentum : float, default 0.1
        The share of a mini-batch in the running means.
    epsilon : float, default 1e-5
        Added to the variance.
    name, optimizer, frozen
        As for ``BaseLayer``.

    Raises
    ------
    ValueError
        A setting is out of its range; the message names it.

    References
    ----------
    Ioffe, Szegedy: Batch Normalization, 2015; momentum and the variance's factor n / (n - 1) as in torch.
    """

    momentum: float
    epsilon: float

    setting_names = ("momentum", "epsilon")
    state_names = ("running_mean", "running_variance")

    def __init__(
        self,
        momentum: Annotated[float, Setting("Share of a mini-batch in the running means", above=0, at_most=1)] = 0.1,
        epsilon: Annotated[float, Setting("Added to the variance", above=0)] = 1e-5,
        *,
        name: str = "",
        optimizer: Optimizer | None = None,
        frozen: bool = False,
    ) -> None:
        super().__init__(name=name, optimizer=optimizer, frozen=frozen)
        self.momentum = number(momentum, "a batch normalisation's momentum", 0, 1, above=True, below=False)
        self.epsilon = number(epsilon, "a batch normalisation's epsilon", 0, above=True)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of gamma and beta, a number a channel of input_shape."""
        return {"gamma_and_beta": (2, input_shape[0])}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shapes of the running means, a number a channel of input_shape."""
        return dict.fromkeys(self.state_names, (input_shape[0],))

    @property
    def joins_samples(self) -> bool:
        """Return True: in training the mini-batch decides mean and variance."""
        return True

    def least_samples(self, input_shape: Shape) -> int:
        """Return 2 where a channel of input_shape has one place alone, which has no variance, and 1 for images."""
        return 2 if features_of(input_shape) == input_shape[0] else 1

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``bn``."""
        return "bn"

    @property
    def running_mean(self) -> Array:
        """The running mean of each channel: a view; assigning copies into it."""
        return self.parameter("running_mean")

    @running_mean.setter
    def running_mean(self, values: Array) -> None:
        self._assign(self.running_mean, values, "running_mean")

    @property
    def running_variance(self) -> Array:
        """The running variance of each channel: a view; assigning copies into it."""
        return self.parameter("running_variance")

    @running_variance.setter
    def running_variance(self, values: Array) -> None:
        self._assign(self.running_variance, values, "running_variance")

    def initialise(self, generator: np.random.Generator) -> None:
        """Set gamma and the running variance to 1, beta and the running mean to 0; the generator draws nothing."""
        super().initialise(generator)
        self.running_mean, self.running_variance = np.zeros_like(self.running_mean), np.ones_like(self.running_mean)

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers: of a mini-batch in training, of the running means otherwise."""
        batch = _Batch(self, buffers)
        forward = batch.forward_in_training() if buffers.generator is not None else batch.forward_in_prediction()
        if buffers.delta is None:
            return LayerCalls(forward)
        return LayerCalls(forward, batch.backward(buffers.delta))


class _Batch:
    """A batch normalisation on its buffers, (channels, places and samples)."""

    def __init__(self, layer: BatchNormalisation, buffers: LayerBuffers) -> None:
        self._buffers, self._layer = buffers, layer
        channels = buffers.input_shape[0]
        self._flat = (channels, buffers.inputs.size // channels)
        self._outputs = buffers.outputs.reshape(self._flat)
        # The first layer's inputs have the features of a sample together, and are copied once.
        self._in_order = buffers.inputs.flags.c_contiguous
        self._inputs = buffers.inputs.reshape(self._flat) if self._in_order else np.empty_like(self._outputs)
        self._h, self._work = np.empty_like(self._outputs), np.empty_like(self._outputs)
        dtype = self._h.dtype
        self._mean, self._variance, self._root = (np.empty((channels, 1), dtype) for _ in range(3))
        self._epsilon = np.array(layer.epsilon, dtype)
        self._count = np.array(self._flat[1], dtype)
        self._gamma, self._beta = (row[:, np.newaxis] for row in buffers.parameters["gamma_and_beta"])

    def _load(self) -> Calls:
        if self._in_order:
            return ()
        copied = self._inputs.reshape(self._buffers.inputs.shape)
        return (partial(np.copyto, copied, self._buffers.inputs),)

    def _mean_calls(self, values: Array, mean: Array) -> Calls:
        return (partial(np.add.reduce, values, 1, None, mean, True), partial(np.divide, mean, self._count, mean))

    def forward_in_training(self) -> Calls:
        return (
            *self._load(),
            *self._mean_calls(self._inputs, self._mean),
            partial(np.subtract, self._inputs, self._mean, self._h),
            partial(np.multiply, self._h, self._h, self._work),
            *self._mean_calls(self._work, self._variance),
            *self._running_calls(),
            *self._normalising_calls(self._variance),
        )

    def forward_in_prediction(self) -> Calls:
        mean, variance = (self._buffers.state[name][:, np.newaxis] for name in self._layer.state_names)
        return (
            *self._load(),
            partial(np.subtract, self._inputs, mean, self._h),
            *self._normalising_calls(variance),
        )

    def _normalising_calls(self, variance: Array) -> Calls:
        return (
            partial(np.add, variance, self._epsilon, self._root),
            partial(np.sqrt, self._root, self._root),
            partial(np.divide, self._h, self._root, self._h),
            partial(np.multiply, self._h, self._gamma, self._outputs),
            partial(np.add, self._outputs, self._beta, self._outputs),
        )

    def _running_calls(self) -> Calls:
        """Prepare the running means: the share ``momentum`` of the mini-batch, its variance of n - 1 numbers."""
        momentum, count, dtype = self._layer.momentum, self._flat[1], self._h.dtype
        kept, unbiased = np.array(1 - momentum, dtype), momentum * count / max(count - 1, 1)
        share = np.empty(self._flat[0], dtype)
        calls: list[Any] = []
        for name, measured, factor in (
            ("running_mean", self._mean, momentum),
            ("running_variance", self._variance, unbiased),
        ):
            running = self._buffers.state[name]
            calls += [
                partial(np.multiply, running, kept, running),
                partial(np.multiply, measured[:, 0], np.array(factor, dtype), share),
                partial(np.add, running, share, running),
            ]
        return tuple(calls)

    def backward(self, given: Array) -> Calls:
        """Prepare the gradients of gamma and beta, and the delta of the inputs.

        With d = gamma delta, the latter is (d - mean d - h mean(d h)) / sqrt(variance + epsilon) in training, where the
        mini-batch decides mean and variance, and d / sqrt(variance + epsilon) otherwise.
        """
        delta, work = given.reshape(self._flat), self._work
        d_gamma, d_beta = self._buffers.gradients["gamma_and_beta"]
        calls: Calls = (
            partial(np.multiply, delta, self._h, work),
            partial(np.add.reduce, work, 1, None, d_gamma),
            partial(np.add.reduce, delta, 1, None, d_beta),
        )
        if self._buffers.input_delta is None:
            return calls
        target = self._buffers.input_delta.reshape(self._flat)
        factor = np.empty_like(self._root)
        scaled: Calls = (
            partial(np.divide, self._gamma, self._root, factor),
            partial(np.multiply, delta, factor, target),
        )
        if self._buffers.generator is None:
            return (*calls, *scaled)
        mean_of_product, mean_of_delta = np.empty_like(self._mean), np.empty_like(self._mean)
        return (
            *calls,
            partial(np.divide, d_gamma[:, np.newaxis], self._count, mean_of_product),
            partial(np.divide, d_beta[:, np.newaxis], self._count, mean_of_delta),
            partial(np.multiply, self._h, mean_of_product, work),
            partial(np.subtract, delta, work, delta),
            partial(np.subtract, delta, mean_of_delta, delta),
            *scaled,
        )


@declare(
    "layer",
    "layer-normalisation",
    "Each sample with mean 0 and variance 1 over its features",
    label="layer normalisation",
)
class LayerNormalisation(_Normalising):
    """a = gamma h + beta, where h is each sample's features shifted and scaled to mean 0 and variance 1.

    It is the same in training and prediction. Images are normalised over all channels and places, with a gamma and a
    beta for each. Its constructor takes name and optimizer as other layers do.

    References
    ----------
    Ba, Kiros, Hinton: Layer Normalization, 2016.
    """

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """Return the shape of gamma and beta, a number a feature of input_shape."""
        return {"gamma_and_beta": (2, features_of(input_shape))}

    @property
    def notation(self) -> str:
        """The layer in the text of an architecture: ``ln``."""
        return "ln"

    def prepare(self, buffers: LayerBuffers) -> LayerCalls:
        """Return the prepared calls on these buffers."""
        norms, gradients = buffers.parameters["gamma_and_beta"], buffers.gradients["gamma_and_beta"]
        normalisation = Normalisation(buffers.inputs, buffers.outputs, norms, gradients)
        if buffers.delta is None:
            return LayerCalls(normalisation.forward_calls)
        backward = normalisation.backward_calls(buffers.delta)
        if buffers.input_delta is not None:
            backward = (*backward, partial(np.copyto, buffers.input_delta, buffers.delta))
        return LayerCalls(normalisation.forward_calls, backward)
