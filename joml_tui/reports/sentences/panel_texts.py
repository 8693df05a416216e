"""The views of a run in words, by name, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from joml_tui.inspect import Answer, Question
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.layer_curves import Layers
from joml_tui.inspect.projection import Projection
from joml_tui.inspect.regions import Regions
from joml_tui.inspect.sample_flow import SampleFlow
from joml_tui.inspect.trial import Trial
from joml_tui.inspect.units import Units
from joml_tui.inspect.walsh import Walsh
from joml_tui.inspect.worst_samples import Worst
from joml_tui.reports.sentences.answer_sentences import describe_answer
from joml_tui.reports.sentences.curve_sentences import describe_curves, tabulate_curves
from joml_tui.reports.sentences.layer_sentences import describe_histograms, describe_layers_over_time
from joml_tui.reports.stored_answers import StoredAnswers
from joml_tui.runs.history_blocks import METRIC
from joml_tui.runs.run import Run
from joml_tui.runs.run_record import SCORE_METRICS

_DOTS = 120
_LAST_LAYER = 1_000_000


@dataclass(frozen=True, slots=True)
class _View:
    """A view: its question, and the function that describes the answer."""

    question: Question
    describe: Callable[[Any], list[str]] = describe_answer


#: The views that ask the network, by their names in the lab.
_VIEWS: Mapping[str, _View] = {
    "layers": _View(Layers(bins=1)),
    "heat-map": _View(Layers(bins=1), describe_layers_over_time),
    "histograms": _View(Layers(), describe_histograms),
    "confusion": _View(Confusion()),
    "worst": _View(Worst()),
    "network": _View(SampleFlow()),
    "try": _View(Trial()),
    "projection": _View(Projection(_LAST_LAYER)),
    "regions": _View(Regions(_DOTS, _DOTS)),
    "units": _View(Units(0, 0, 20, 24, 24)),
    "spectrum": _View(Walsh()),
}
#: The names of all views.
VIEWS = ("curves", *_VIEWS)


def describe_view(run: Run, name: str) -> list[str] | str:
    """Return a view of an ended run in words, or the reason why there is none.

    Parameters
    ----------
    run : Run
        As ``store.restored`` returns it.
    name : str
        One of `VIEWS`.

    Returns
    -------
    list of str or str
        Sentences and tables, a line each.
    """
    if name == "curves":
        return _curves(run)
    view = _VIEWS[name]
    answer: Answer | str = StoredAnswers(run).ask(view.question)
    return answer if isinstance(answer, str) else view.describe(answer)


def _curves(run: Run) -> list[str] | str:
    if run.history is None or not run.iteration:
        return "this run has no curves: it ended before its first iteration"
    metrics = [f"{METRIC}{name}" for name in run.history.metrics if name not in SCORE_METRICS]
    return [
        line
        for figure in ("cost", "accuracy", *metrics)
        for line in (*describe_curves(run, "this run", figure), *tabulate_curves(run, figure))
    ]
