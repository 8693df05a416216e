"""The default output layer of a task, for files that do not set one."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from joml.task import Task
from joml_tui.experiment.experiment import Experiment
from joml_tui.experiment.loading import task_of
from joml_tui.experiment.specs import name_of

_ACTIVATIONS: dict[Task, str] = {"classes": "softmax", "multilabel": "sigmoid", "regression": "identity"}
#: Activations whose outputs are probabilities, as cross-entropy requires.
_PROBABILITIES = ("softmax", "sigmoid")


def with_usual_output(experiment: Experiment, written: Collection[str]) -> Experiment:
    """Return the experiment with default settings of the output layer for its task.

    Parameters
    ----------
    experiment : Experiment
    written : collection of str
        The settings of the output layer in its file, which are kept.

    Returns
    -------
    Experiment
        The default activation is softmax for classes, sigmoid for answers and identity for values; the default cost is
        cross-entropy if the outputs are probabilities, else the mean squared error.
    """
    output = experiment.output
    activation = output.activation if "activation" in written else _ACTIVATIONS[task_of(experiment.dataset)]
    cost = "cross-entropy" if name_of(activation) in _PROBABILITIES else "mean-squared-error"
    return structs.replace(
        experiment,
        output=structs.replace(output, activation=activation, cost=output.cost if "cost" in written else cost),
    )
