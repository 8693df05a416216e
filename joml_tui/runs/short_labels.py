"""Short labels that tell runs apart by what differs between their settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from joml_tui.experiment import Experiment, name_of, part_behind, reference_of
from joml_tui.runs.setting_paths import setting_values, show_value

#: The settings of one run by path, as values that can be compared.
_Settings = Mapping[str, Any]

_ARCHITECTURE = "architecture"
_ACTIVATIONS = "activations"
_RATE = "optimizer.learning_rate"
_LAYER = re.compile(r"layers\[(\d+)\]\.(.+)")
#: What tells runs apart best, first; every other setting follows, and the seed last.
_FIRST = ("dataset", _ARCHITECTURE, _ACTIVATIONS, "optimizer", _RATE, "batch_size", "epochs")
_LAST = ("seed",)
#: In the architecture and the activations already, or no setting of the training.
_ELSEWHERE = re.compile(r"name|input_size|output\.size|layers|layers\[\d+\]\.(size|activation)")
_SHORTER = {"Gradient descent": "SGD"}
_WORDS = {"learning_rate": "lr", "batch_size": "batch", "train_samples": "samples", "initialisation": "init"}
#: Settings whose value says enough.
_VALUE_ALONE = {"dataset", "optimizer", _ARCHITECTURE, _ACTIVATIONS, "output.cost", "optimizer.schedule"}


def short_labels(runs: Sequence[tuple[Experiment, str]]) -> list[str]:
    """Return a label for each run, made of as few differing settings as tell the runs apart.

    Parameters
    ----------
    runs : sequence of (Experiment, str)
        Each run's experiment and its architecture, such as ``14-100-40-4``.

    Returns
    -------
    list of str
        Such as "Adam", "seed 3", "lr 0.01" or "SGD batch 64". Empty for runs whose settings do not differ.
    """
    all_settings = [_settings_of(experiment, architecture) for experiment, architecture in runs]
    chosen = _telling(all_settings)
    return [_label(settings, all_settings, chosen) for settings in all_settings]


def _settings_of(experiment: Experiment, architecture: str) -> dict[str, Any]:
    values = setting_values(experiment)
    settings = {path: value for path, value in values.items() if not _ELSEWHERE.fullmatch(path)}
    activations = dict.fromkeys(
        str(value) for path, value in values.items() if _LAYER.fullmatch(path) and path.endswith(".activation")
    )
    optimizer = experiment.optimizer
    name = name_of(optimizer) if reference_of(optimizer) else part_behind("optimizer", optimizer).label
    network = {_ARCHITECTURE: architecture, _ACTIVATIONS: "/".join(activations)}
    return settings | {"optimizer": _SHORTER.get(name, name)} | network


def _telling(all_settings: Sequence[_Settings]) -> list[str]:
    """Return the paths, the most telling first, of which each tells more of the runs apart."""
    chosen: list[str] = []
    groups = 1
    for path in _in_order(dict.fromkeys(path for settings in all_settings for path in settings)):
        values = {show_value(settings[path]) for settings in all_settings if path in settings}
        if len(values) < 2:
            continue
        divided = len({tuple(show_value(each.get(one)) for one in (*chosen, path)) for each in all_settings})
        if divided > groups:
            chosen.append(path)
            groups = divided
        if groups == len(all_settings):
            break
    return chosen


def _label(settings: _Settings, all_settings: Sequence[_Settings], chosen: Sequence[str]) -> str:
    """Return the chosen settings of one run that tell it apart from runs with the same label so far."""
    pieces: list[str] = []
    alike = list(all_settings)
    with_name = False
    for path in chosen:
        same = [other for other in alike if show_value(other.get(path)) == show_value(settings.get(path))]
        if len(same) < len(alike) and path in settings:
            # The rate beside the optimizer's name needs no word: Adam 0.002.
            is_rate = with_name and path == _RATE
            pieces.append(show_value(settings[path]) if is_rate else _piece(path, settings[path]))
            with_name = path == "optimizer"
        alike = same
    return " ".join(pieces)


def _in_order(paths: Iterable[str]) -> list[str]:
    def place(path: str) -> tuple[bool, int]:
        return path in _LAST, _FIRST.index(path) if path in _FIRST else len(_FIRST)

    return sorted(paths, key=place)


def _piece(path: str, value: Any) -> str:
    """Return a setting as a label writes it."""
    text = show_value(value)
    if path in _VALUE_ALONE:
        return text
    name = path.rpartition(".")[2]
    layer = _LAYER.fullmatch(path)
    where = f"layer {int(layer[1]) + 1} " if layer else ""
    return f"{where}{_WORDS.get(name, name.replace('_', ' '))} {text}"
