"""A mini-batch's numbers in every layer of a network, those inside residual blocks included.

The buffers are those of a training pass. A copy of the gradient that a layer is given is made before the layer's
back-propagation may overwrite it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from joml.array_types import Array, Call, Calls
from joml.compiled.dense_run import DenseRun
from joml.compiled.passes import TrainingPass, run_quietly
from joml.compiled.segment import Segment
from joml.compiled.segments import LayerSegment
from joml.layer import Layer
from joml.layers.base_layer import BaseLayer, Shape, shapes_of
from joml.layers.convolution import Convolution2D
from joml.layers.residual import Residual
from joml.network import Network


@dataclass(slots=True, eq=False)
class LayerPassage:
    """One layer's numbers in a pass; the layers of a block come before the block itself.

    Attributes
    ----------
    layer : BaseLayer
    path : tuple of int
        Its place among the layers from 1, and for a layer of a block its place there after that of the block.
    shapes : pair of tuples of int
        The shapes of a sample before and after it.
    before, after : (features, samples) arrays
        What comes in and what goes out.
    received, delta : (features, samples) arrays
        The gradients of the cost with respect to what goes out, and with respect to z. They are one for layers other
        than fully connected ones and convolutions.
    z, n : (features, samples) arrays or None
        Of a fully connected layer, W a_previous + b, and the same normalised where the layer normalises it.
    mask : (features, samples) array or None
        The factors of a fully connected layer's own dropout.
    gradients : dict of arrays
        Those of the parameters by name: views that the next pass overwrites.
    previous, following : int or None
        The places in the list of the layer that the inputs come from, None for the network's inputs, and of the one
        whose rule gives ``received``, None for the output layer.
    carried : list of int
        The places of the layers at the end of a block that begins here: what they have received is added to
        ``received``.
    """

    layer: BaseLayer
    path: tuple[int, ...]
    shapes: tuple[Shape, Shape]
    before: Array
    after: Array
    received: Array
    delta: Array
    z: Array | None
    n: Array | None
    mask: Array | None
    gradients: Mapping[str, Array]
    previous: int | None = None
    following: int | None = None
    carried: list[int] = field(default_factory=list)


def layer_passages(network: Network, step: TrainingPass) -> list[LayerPassage]:
    """Run a pass over a mini-batch that stands in its buffers, and return every layer's numbers, the output layer last.

    Parameters
    ----------
    network : Network
    step : TrainingPass
        A pass of the network that keeps z.

    Returns
    -------
    list of LayerPassage
    """
    run_quietly(step.forward)
    kept: dict[int, tuple[Array, Array]] = {}  # z and n, which back-propagation may overwrite
    given: dict[int, Array] = {}
    segments = list(_all_segments(step.segments))
    for segment in segments:
        if isinstance(segment, DenseRun):
            kept |= {id(hidden): (hidden.z.copy(), hidden.n.copy()) for hidden in segment.hidden}
    run_quietly((*step.output, *_watched(step.backward, segments, given), *step.gradients))
    passages: list[LayerPassage] = []
    reader = _Reader(passages, kept, given)
    reader.read(network.layers[:-1], network.shapes, step.segments, step.x, None, ())
    reader.read_output(network, step)
    return passages


def _all_segments(segments: Sequence[Segment]) -> Iterator[Segment]:
    """Yield the segments, and those inside blocks."""
    for segment in segments:
        yield segment
        if isinstance(segment, LayerSegment):
            yield from _all_segments(segment.inside)


def _watched(backward: Calls, segments: Sequence[Segment], given: dict[int, Array]) -> Iterator[Call]:
    """Yield the calls of back-propagation, with a copy of what each segment is given before its own first call."""

    def keep(segment: Segment) -> None:
        given[id(segment)] = segment.output_delta[:-1].copy()

    first = {id(segment.backward[0]): segment for segment in segments if segment.backward}
    for call in backward:
        # A block and the first call of its back-propagation stand before the layers inside it.
        if id(call) in first:
            yield partial(keep, first[id(call)])
        yield call
    for segment in segments:
        if not segment.backward:  # nothing overwrites what it is given
            yield partial(keep, segment)


class _Reader:
    """The reading of buffers into passages, with their links."""

    def __init__(
        self, passages: list[LayerPassage], kept: dict[int, tuple[Array, Array]], given: dict[int, Array]
    ) -> None:
        self._passages, self._kept, self._given = passages, kept, given

    def read(
        self,
        layers: Sequence[BaseLayer],
        shapes: Sequence[Shape],
        segments: Sequence[Segment],
        before: Array,
        previous: int | None,
        path: tuple[int, ...],
    ) -> list[int]:
        """Add the passages of neighbouring layers, and return their places in the list."""
        places: list[int] = []
        values = before.copy()
        for segment in segments:
            start = len(places)
            for inner in range(len(segment.activations)):
                number = len(places)
                layer, own = layers[number], (*path, number + 1)
                came_from = places[-1] if places else previous
                inside = self._read_inside(layer, segment, shapes[number], values, came_from, own)
                passage = self._passage(layer, own, (shapes[number], shapes[number + 1]), values, segment, inner)
                passage.previous = came_from
                place = self._add(passage)
                if inside:
                    self._passages[inside[-1]].following = place
                if came_from is not None and inside:
                    self._passages[came_from].carried.append(place)
                elif came_from is not None:
                    self._passages[came_from].following = place
                places.append(place)
                values = passage.after
            if isinstance(segment, DenseRun):
                self._link_run(segment, places, start, previous)
        return places

    def _read_inside(
        self,
        layer: BaseLayer,
        segment: Segment,
        shape: Shape,
        values: Array,
        came_from: int | None,
        own: tuple[int, ...],
    ) -> list[int]:
        if not (isinstance(layer, Residual) and isinstance(segment, LayerSegment)):
            return []
        return self.read(layer.layers, shapes_of(layer.layers, shape), segment.inside, values, came_from, own)

    def _add(self, passage: LayerPassage) -> int:
        self._passages.append(passage)
        return len(self._passages) - 1

    def _passage(
        self,
        layer: BaseLayer,
        path: tuple[int, ...],
        shapes: tuple[Shape, Shape],
        before: Array,
        segment: Segment,
        inner: int,
    ) -> LayerPassage:
        after, gradients = segment.activations[inner].copy(), segment.gradient_views[inner]
        received = self._given[id(segment)]
        if not isinstance(segment, DenseRun):
            delta = segment.output_delta[:-1].copy() if isinstance(layer, Convolution2D) else received
            return LayerPassage(layer, path, shapes, before, after, received, delta, None, None, None, gradients)
        hidden = segment.hidden[inner]
        z, n = self._kept[id(hidden)]
        delta = segment.deltas[inner].copy()
        mask = None if hidden.mask is None else hidden.mask.copy()
        return LayerPassage(layer, path, shapes, before, after, received, delta, z, n, mask, gradients)

    def _link_run(self, run: DenseRun, places: list[int], start: int, previous: int | None) -> None:
        """Find what each layer of a run has received, and link the ends of the blocks that ``residual`` makes."""
        for number in reversed(range(start, len(places))):
            passage = self._passages[places[number]]
            layer = run.hidden[number - start].layer
            if number + 1 < len(places):
                following = self._passages[places[number + 1]]
                assert isinstance(following.layer, Layer)
                passage.received = following.layer.W.T @ following.delta
                for place in passage.carried:
                    passage.received = passage.received + self._passages[place].received
            if layer.residual:
                begins = number - layer.residual
                origin = places[begins] if begins >= 0 else previous
                if origin is not None:
                    self._passages[origin].carried.append(places[number])

    def read_output(self, network: Network, step: TrainingPass) -> None:
        """Add the output layer, which the last hidden layer's gradient comes from."""
        place = len(self._passages)
        path = (len(network.layers),)
        shapes = (network.shapes[-2], network.shapes[-1])
        last = max((at for at, each in enumerate(self._passages) if len(each.path) == 1), default=None)
        before = step.x.copy() if last is None else self._passages[last].after
        if last is not None:
            self._passages[last].following = place
        z, delta = step.z.copy(), step.output_delta.copy()
        gradients = network.parameters.gradient_views[-1]
        after = step.y_hat.copy()
        self._passages.append(
            LayerPassage(network.layers[-1], path, shapes, before, after, delta, delta, z, z, None, gradients, last)
        )
