"""The answer to any question about a network as sentences and short tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from joml_tui.inspect import Answer
from joml_tui.inspect.confusion import ConfusionNow, ValuesNow
from joml_tui.inspect.layer_curves import LayersNow
from joml_tui.inspect.projection import ProjectionNow
from joml_tui.inspect.regions import RegionsNow
from joml_tui.inspect.sample_flow import SampleFlowNow
from joml_tui.inspect.trial import TrialNow
from joml_tui.inspect.units import UnitsNow
from joml_tui.inspect.walsh import WalshNow
from joml_tui.inspect.worst_samples import WorstNow
from joml_tui.reports.sentences.layer_sentences import describe_layers
from joml_tui.reports.sentences.plane_sentences import (
    describe_projection,
    describe_regions,
    describe_spectrum,
    describe_units,
)
from joml_tui.reports.sentences.prediction_sentences import (
    describe_confusion,
    describe_flow,
    describe_trial,
    describe_values,
    describe_worst,
)

#: The function that describes each type of answer.
_DESCRIBERS: dict[type[Any], Callable[[Any], list[str]]] = {
    ConfusionNow: describe_confusion,
    LayersNow: describe_layers,
    ProjectionNow: describe_projection,
    RegionsNow: describe_regions,
    SampleFlowNow: describe_flow,
    TrialNow: describe_trial,
    UnitsNow: describe_units,
    ValuesNow: describe_values,
    WalshNow: describe_spectrum,
    WorstNow: describe_worst,
}


def describe_answer(answer: Answer) -> list[str]:
    """Return an answer about a network in words.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    list of str
        Sentences and tables, a line each; empty for an answer that no panel shows.
    """
    describe = _DESCRIBERS.get(type(answer))
    return [] if describe is None else describe(answer)
