"""Grids: all combinations of values of several settings of an experiment."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from joml.architecture import ArchitectureError, parse_architecture
from joml.layers.layer_stack import has_other_layers
from joml_tui.decoding import DecodingError, decode, format_path, shown
from joml_tui.experiment import Experiment, LayerSpec, name_of, with_architecture, with_layers, with_sizes
from joml_tui.experiment.layer_parts import read_architecture, read_hidden_layers
from joml_tui.experiment.yaml_text import ExperimentError, read_value
from joml_tui.names import find_name

#: Largest number of runs; more are probably a typing error.
MOST_RUNS = 1_000
MOST_SETTINGS = 3
_MOST_CHARACTERS = 20_000
_RANGE = re.compile(r"(?P<first>-?\d{1,18})\.\.(?P<last>-?\d{1,18})(?:\.\.(?P<step>\d{1,18}))?")
_STEP = re.compile(r"(?P<key>\w+)|\[(?P<place>\d{1,6}|\*)?\]|\.")
_EVERY = "*"
#: Settings that replace others are applied first.
_FIRST = ("dataset", "optimizer", "network", "layers", "output")


class GridError(ValueError):
    """A grid cannot be made; the message names the setting and what to do.

    Attributes
    ----------
    at : (int, int) or None
        The places of the setting and its value that do not fit, if there are such.
    """

    at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class GridSetting:
    """One setting of a grid.

    Attributes
    ----------
    path : str
        The dotted path of a field, such as ``optimizer.learning_rate``; ``layers[*].activation``, or
        ``layers[].activation``, is every layer's.
        ``layers`` takes hidden layers as text, such as ``28x6`` or ``100-40``, ``network`` whole networks, such as
        ``14-28x6-4``; ``optimizer`` takes names.
    values : tuple
        The values in order. Values that are mappings in an experiment may be mappings here.
    """

    path: str
    values: tuple[Any, ...]

    @classmethod
    def parse(cls, path: str, text: str) -> GridSetting:
        """Read the values of a setting.

        Parameters
        ----------
        path : str
        text : str
            Values separated by commas; ``0..4`` means five whole numbers, ``0..8..2`` every second one.

        Raises
        ------
        GridError
            There is no value, a value occurs twice, or there are too many.
        """
        if len(text) > _MOST_CHARACTERS:
            raise GridError(f"{path}: the values have at most {_MOST_CHARACTERS:,} characters.")
        return cls.of(path, _read_values(path, text))

    @classmethod
    def of(cls, path: str, values: Iterable[Any]) -> GridSetting:
        """Make a setting of these values.

        Raises
        ------
        GridError
            There is no value, a value occurs twice, or there are too many.
        """
        first_values = list(itertools.islice(values, MOST_RUNS + 1))
        if not first_values:
            raise GridError(f"{path}: write the values to try, separated by commas, such as 0.001, 0.01 or 0..4.")
        if len(first_values) > MOST_RUNS:
            raise GridError(f"{path}: more than {MOST_RUNS:,} values; a grid makes at most {MOST_RUNS:,} runs.")
        for place, value in enumerate(first_values):
            if (value, type(value)) in [(other, type(other)) for other in first_values[:place]]:
                raise GridError(f"{path}: {written(value)} occurs twice; leave one of them out.")
        return cls(path, tuple(first_values))


@dataclass(frozen=True, slots=True)
class Combination:
    """One experiment of a grid, with the values that distinguish it."""

    experiment: Experiment
    label: str  # such as "learning_rate 0.01, seed 3"
    values: tuple[Any, ...] = ()  # one value per setting


def run_count(settings: Sequence[GridSetting]) -> int:
    """Return the number of runs in a grid.

    Raises
    ------
    GridError
        There is no setting, a setting occurs twice, or there are too many runs.
    """
    if not settings:
        raise GridError("Choose a setting and write the values to try.")
    paths = [setting.path for setting in settings]
    for path in paths:
        if paths.count(path) > 1:
            raise GridError(f"{path} is chosen twice; leave one of them out.")
    if {"network", "layers"} <= {*paths}:
        raise GridError("network and layers both choose the hidden layers; leave one of them out.")
    count = math.prod(len(setting.values) for setting in settings)
    if count > MOST_RUNS:
        raise GridError(
            f"The grid would make {count:,} runs; at most {MOST_RUNS:,} are allowed: leave some values out."
        )
    return count


def combinations(experiment: Experiment, settings: Sequence[GridSetting]) -> list[Combination]:
    """Return all combinations; the last setting changes fastest.

    Raises
    ------
    GridError
        The grid is too large, a path does not exist, or a value does not fit its setting; the message names it.
    """
    run_count(settings)
    # An optimizer or layers come first, because the other settings may belong to them.
    order = sorted(range(len(settings)), key=lambda place: settings[place].path not in _FIRST)
    combined = []
    for places in itertools.product(*(range(len(setting.values)) for setting in settings)):
        values = tuple(setting.values[place] for setting, place in zip(settings, places, strict=True))
        changed = experiment
        for place in order:
            try:
                changed = set_value(changed, settings[place].path, values[place])
            except GridError as error:
                error.at = (place, places[place])
                raise
        values = tuple(
            _known_value(changed, setting.path, value) for setting, value in zip(settings, values, strict=True)
        )
        label = ", ".join(
            f"{_in_words(setting.path)} {written(value)}" for setting, value in zip(settings, values, strict=True)
        )
        combined.append(Combination(changed, label, values))
    return combined


def _known_value(experiment: Experiment, path: str, value: Any) -> Any:
    """Return the value as the experiment holds it, with names in this program's spelling."""
    if not isinstance(value, str) or path in ("network", "layers"):
        return value
    part: Any = _plain(experiment)
    for step in _steps(path):
        part = part[0 if step == _EVERY else step]
    return part["name"] if isinstance(part, dict) else part


def optimizer_rates(experiment: Experiment, settings: Sequence[GridSetting]) -> dict[str, float]:
    """Return the learning rate of each optimizer of a grid by its name; empty if the grid sets the rates too.

    Parameters
    ----------
    experiment : Experiment
    settings : sequence of GridSetting

    Returns
    -------
    dict of str

    Raises
    ------
    GridError
        There is no such optimizer.
    """
    paths = [setting.path for setting in settings]
    if "optimizer" not in paths or "optimizer.learning_rate" in paths:
        return {}
    names = settings[paths.index("optimizer")].values
    optimizers = [set_value(experiment, "optimizer", name).optimizer for name in names]
    return {name_of(optimizer): optimizer.learning_rate for optimizer in optimizers}


def set_value(experiment: Experiment, path: str, value: Any) -> Experiment:
    """Return the experiment with one changed setting.

    Raises
    ------
    GridError
        The path does not exist, or the value does not fit.
    """
    if path == "network":
        return _with_network(experiment, value)
    if path == "layers" and not isinstance(value, list):
        return _with_layers(experiment, value)
    data = _plain(experiment)
    steps = _steps(path)
    if path == "optimizer" and not isinstance(value, dict):
        data["optimizer"] = _other_optimizer(experiment, value)
    else:
        _put(data, steps, value, path)
    try:
        return decode(data, Experiment)
    except DecodingError as error:
        try:
            return _with_other_part(experiment, steps, value, path, error)
        except DecodingError as fault:
            raise GridError(f"{format_path(fault.path)}: {fault.fault}.") from fault


def paths_of(experiment: Experiment) -> list[str]:
    """Return the paths of all settings that a grid can change, including paths of all layers at once."""
    data = _plain(experiment)
    data.pop("version")
    data.pop("name")
    layer = _plain(experiment.layers[0] if experiment.layers else LayerSpec(1))
    layers = data.pop("layers")
    paths = ["optimizer", "layers"]
    paths += [path for path in _scalars(data, "") if not path.endswith(".name")]
    if not all(isinstance(each, LayerSpec) for each in experiment.layers):
        for place, each in enumerate(layers):
            paths += [f"layers[{place}].{path}" for path in _settings_of_layer(each)]
    elif layers:
        paths += [f"layers[*].{path}" for path in _settings_of_layer(layer)]
    return paths


def _settings_of_layer(layer: dict[str, Any]) -> list[str]:
    """Return the paths of a layer's settings without its kind and its own optimizer."""
    return [path for path in _scalars(layer, "") if path != "layer" and not path.startswith("optimizer")]


def _plain(value: msgspec.Struct) -> dict[str, Any]:
    """Return an experiment as mappings, lists and scalars that can be changed."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return plain


def _scalars(data: dict[str, Any], before: str) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _scalars(value, f"{before}{key}.")
        elif not isinstance(value, list):
            yield f"{before}{key}"


def _read_values(path: str, text: str) -> Iterator[Any]:
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = _RANGE.fullmatch(part)
        if path == "layers":
            yield part
        elif span is not None:
            yield from _read_range(path, part, span)
        else:
            try:
                yield read_value(part)
            except ExperimentError as error:
                raise GridError(
                    f"{path}: {shown(part)} is not a value: write a number, a name, true or false."
                ) from error


def _read_range(path: str, part: str, span: re.Match[str]) -> range:
    first, last, step = int(span["first"]), int(span["last"]), int(span["step"] or 1)
    if not step:
        raise GridError(f"{path}: {part} never ends: its step must be 1 or more.")
    if last < first:
        raise GridError(f"{path}: {part} is empty: write the smaller number first.")
    return range(first, last + 1, step)


def _with_layers(experiment: Experiment, value: Any) -> Experiment:
    """Return the experiment with other hidden layers; they keep settings by place, and further ones copy the last."""
    if value == "none":
        return msgspec.structs.replace(experiment, layers=())
    try:
        if has_other_layers(str(value)):
            layers = with_layers(experiment.layers, read_hidden_layers(str(value), experiment.layers))
            return msgspec.structs.replace(experiment, layers=layers)
        sizes = parse_architecture(f"1-{value}-1").hidden_sizes
    except ArchitectureError as error:
        message = f"layers: {shown(value)} are not hidden layers: write, for example, 28x6 or 100-40, or none."
        raise GridError(message) from error
    dense = [layer for layer in experiment.layers if isinstance(layer, LayerSpec)]
    pattern = dense[-1] if dense else LayerSpec(1)
    padded = (*experiment.layers, *[pattern] * (len(sizes) - len(experiment.layers)))
    return msgspec.structs.replace(experiment, layers=with_sizes(padded, sizes))


def _with_network(experiment: Experiment, value: Any) -> Experiment:
    """Return the experiment with other sizes, as in ``joml-tui run --network``."""
    try:
        return with_architecture(experiment, read_architecture(str(value), experiment.layers))
    except ArchitectureError as error:
        raise GridError(f"network: {error}.") from error


def _with_other_part(
    experiment: Experiment, steps: list[str | int], value: Any, path: str, error: DecodingError
) -> Experiment:
    """Return the experiment with another part in this place, with its default settings.

    A part is chosen by its own path, ``layers[*].optimizer``, or by that of its name, ``optimizer.name``. If the value
    names none, the error is raised, or that of the part's settings if it names one.
    """
    owner = steps[:-1] if steps[-1] == "name" else steps
    if not owner or not isinstance(value, str):
        raise error
    is_named = _is_named(_plain(experiment), owner)
    parts = (_other_optimizer(experiment, value) if owner == ["optimizer"] else {"name": value}, value)
    for part in parts:  # one without settings is a name alone
        data = _plain(experiment)
        _put(data, owner, part, path)
        try:
            return decode(data, Experiment)
        except DecodingError as fault:
            if is_named and len(fault.path) > len(error.path):
                error = fault
    raise error


def _is_named(data: Any, steps: Sequence[str | int]) -> bool:
    """Return whether a part with a name is at a path of plain data."""
    for step in steps:
        try:
            data = data[0 if step == _EVERY else step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(data, dict) and "name" in data


def _other_optimizer(experiment: Experiment, name: Any) -> dict[str, Any]:
    """Return another optimizer with default settings, keeping the present decay, clipping and schedule."""
    present = _plain(experiment.optimizer)
    if find_name(str(name), [present["name"]]) is not None:
        return present
    around = ("l1", "l2", "clip_norm", "schedule", "warm_up")
    return {"name": name, **{key: present[key] for key in around}}


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    place = 0
    while match := _STEP.match(path, place):
        if match["key"]:
            steps.append(match["key"])
        elif match[0].startswith("["):
            index = match["place"] or _EVERY
            steps.append(index if index == _EVERY else int(index))
        place = match.end()
    if place < len(path) or not steps:
        raise GridError(f"{shown(path)} is not a setting: write a path such as optimizer.learning_rate.")
    return steps


def put_value(data: dict[str, Any], path: str, value: Any) -> None:
    """Change plain values of an experiment at a path; a key that does not exist is found by decoding them.

    Parameters
    ----------
    data : dict
        It is changed.
    path : str
    value : Any

    Raises
    ------
    GridError
        The path leads nowhere.
    """
    _put(data, _steps(path), value, path)


def _put(data: Any, steps: list[str | int], value: Any, path: str) -> None:
    """Change plain data at a path; settings that an experiment may do without begin with their defaults."""
    step, rest = steps[0], steps[1:]
    fits = isinstance(data, dict) if isinstance(step, str) and step != _EVERY else isinstance(data, list)
    if not fits or (isinstance(step, int) and step >= len(data)) or (step == _EVERY and not data):
        raise GridError(f"{path}: there is no such setting in this experiment.")
    places = range(len(data)) if step == _EVERY else [step]
    for place in places:
        if rest:
            if isinstance(data, dict):
                data[place] = _settings_of(data.get(place), rest)
            _put(data[place], rest, value, path)
        else:
            data[place] = value


def _settings_of(present: Any, rest: list[str | int]) -> Any:
    """Return a part as a mapping: of a part without settings, of nothing, or of what is chosen by its name alone."""
    if isinstance(rest[0], int) or rest[0] == _EVERY or not (present is None or isinstance(present, str)):
        return present
    return {} if present is None else {"name": present}


def _in_words(path: str) -> str:
    """Return a setting's own name in words: ``optimizer.learning_rate`` is written as learning rate."""
    return path.rsplit(".", 1)[-1].replace("_", " ")


def written(value: Any) -> str:
    """Return a short text of a setting's value."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return shown(value).strip("'") if isinstance(value, str) else shown(value)
