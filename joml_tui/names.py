"""Names as users write them: case, hyphens, underscores and spaces are ignored, and aliases are known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

#: Aliases, folded, with this program's names.
_ALIASES = {
    "sgd": "gradient-descent",
    "nag": "nesterov",
    "mse": "mean-squared-error",
    "l2loss": "mean-squared-error",
    "mae": "mean-absolute-error",
    "l1loss": "mean-absolute-error",
    "smoothl1": "huber",
    "logloss": "cross-entropy",
    "categoricalcrossentropy": "cross-entropy",
    "binarycrossentropy": "cross-entropy",
    "swish": "silu",
    "linear": "identity",
    "logistic": "sigmoid",
    "xavier": "glorot",
    "kaiming": "he",
    "classification": "classes",
    "values": "regression",
    "answers": "multilabel",
    "plateau": "reduce-on-plateau",
    "spinglass": "spin-glass-14",
}
#: Other words for keys, folded, with suggestions; they are never accepted as keys.
_MEANT = {
    "lr": ("learning_rate",),
    "eta": ("learning_rate",),
    "eps": ("epsilon",),
    "batch": ("batch_size",),
    "minibatch": ("batch_size",),
    "accumulationsteps": ("accumulate",),
    "gradientaccumulation": ("accumulate",),
    "ema": ("average",),
    "hidden": ("layers",),
    "hiddenlayers": ("layers",),
    "units": ("size",),
    "neurons": ("size",),
    "weightdecay": ("weight_decay", "l2"),
    "loss": ("cost",),
    "lossfunction": ("cost",),
    "activationfunction": ("activation",),
    "initialization": ("initialisation",),
    "normalized": ("normalised",),
    "scaley": ("standardize_y",),
    "target": ("label",),
    "file": ("path",),
}
#: The built-in metrics by their names in columns, as they are written for readers.
_METRIC_TITLES = {
    "answers_average_precision": "average precision of answers",
    "answers_f1": "F1 of answers",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "exact_match": "exact match",
    "largest_error": "largest error",
    "macro_f1": "macro F1",
    "macro_precision": "macro precision",
    "matthews": "Matthews correlation",
    "mean_absolute_error": "mean absolute error",
    "median_absolute_error": "median absolute error",
    "right_answers": "right answers",
    "root_mean_squared_error": "root mean squared error",
    "top_k_accuracy": "top-k accuracy",
}
_LEFT_OUT = re.compile(r"[-_\s]+")


def fold(name: str) -> str:
    """Return a name in folded form: ``Leaky_ReLU`` and ``leaky-relu`` both become ``leakyrelu``."""
    return _LEFT_OUT.sub("", name).casefold()


def find_name(name: str, names: Iterable[str]) -> str | None:
    """Return the known name that a name means, or None.

    Case, hyphens, underscores and spaces are ignored unless two known names differ only in them. An alias such as
    ``sgd`` is accepted if no known name is written like it.
    """
    names = list(names)
    if name in names:
        return name
    folded = fold(name)
    alike = list(dict.fromkeys(each for each in names if fold(each) == folded))
    if alike:
        return alike[0] if len(alike) == 1 else None
    alias = _ALIASES.get(folded)
    return alias if alias in names else None


def usual_name(name: str) -> str:
    """Return the name here of what has a usual other name, such as ``sgd``; else the same name."""
    return _ALIASES.get(fold(name), name)


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the known name that an unknown one most likely means, or None."""
    names = list(names)
    meant = find_name(name, names) or next((each for each in _MEANT.get(fold(name), ()) if each in names), None)
    if meant is not None:
        return meant
    by_fold = {fold(each): each for each in reversed(names)}
    nearest = get_close_matches(fold(name), by_fold, n=1)
    return by_fold[nearest[0]] if nearest else None


def figure_name(metric: str) -> str:
    """Return a metric's name in column names: ``macro-f1`` appears as in ``test_macro_f1``."""
    return metric.replace("-", "_")


def metric_title(metric: str) -> str:
    """Return a built-in metric's name in plain words, from either of its names; a custom one keeps its own."""
    return _METRIC_TITLES.get(figure_name(metric), metric)
