"""Entries for all settings of an experiment: value as text, allowed values, and default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct, inspect

from joml.declaration import parts_of
from joml_tui.decoding import DecodingError, Path, decode
from joml_tui.experiment import (
    CsvFile,
    Experiment,
    LayerSpec,
    MetricSpec,
    OutputSpec,
    OwnDatasetSpec,
    OwnLayerSpec,
    OwnOptimizerSpec,
    OwnSpec,
    ResidualSpec,
    declared_setting,
    is_built_in,
    metric_name,
)
from joml_tui.experiment.label_text import read_labels, split_columns
from joml_tui.experiment.layer_specs import LAYER_SPECS
from joml_tui.ui.compose.number_text import read_number, write_bounds
from joml_tui.ui.compose.setting_types import (
    carry_over,
    fields_of,
    kinds_of,
    may_be_none,
    struct_behind,
    structs_of,
)
from joml_tui.ui.text import number

GROUPS = ("Optimizer", "Regularisation", "Layers", "Training", "Data set")

#: The settings of an optimizer that keep weights small and steps short.
_REGULARISATION = {"l1", "l2", "weight_decay", "clip_norm"}
#: Fields that always have an entry on the main screen, or that are not settings.
_ELSEWHERE: set[Path] = {
    *((name,) for name in ("version", "name", "input_size", "input_shape", "layers", "output", "epochs", "batch_size")),
    *((name,) for name in ("seed", "replicas", "split")),
    ("output", "size"),
    ("optimizer", "learning_rate"),
}
#: Fields of some parts with an entry elsewhere, or none. `own_setting_entries` has the settings of custom parts.
_HIDDEN: dict[type[Struct], tuple[str, ...]] = {
    CsvFile: ("path", "label"),
    LayerSpec: ("size",),
    OwnSpec: ("settings",),
    OwnLayerSpec: ("settings",),
    ResidualSpec: ("layers",),
    LAYER_SPECS["embedding"]: ("columns",),
    OwnOptimizerSpec: ("settings",),
    OwnDatasetSpec: ("settings",),
}
#: Settings that depend on the data or on a preset, and so have no default.
_NONE_USUAL: set[Path] = {("dataset",), ("optimizer",), ("output", "activation"), ("output", "cost")}
#: Descriptions of choices that are left to the program.
_LEFT = {
    "initialisation": "the activation's default",
    "optimizer": "the network's",
    "early_stopping": "never",
    "augment": "none",
}
_TITLES = {
    "accumulate": "Batches per update",
    "augment": "Augmentation",
    "label_noise": "Wrong labels",
    "average": "Average of weights",
    "warm_up": "Warm-up",
    "early_stopping": "Stop early",
    "dataset": "Data set",
    "features": "Input features",
    "ignore": "Ignored columns",
    "standardize_y": "Standardize y",
    "validation": "Validation share",
    "by": "Split in order of",
    "group": "Keep together",
    "train_samples": "Training samples",
}
#: Descriptions of some settings, one sentence each.
_HELP: dict[Path, str] = {
    ("split", "by"): "A column of the file: its latest samples are the test part; or order, for that of the file.",
    ("split", "group"): "A column of the file: samples with the same text in it stay in one part.",
    ("split", "train_samples"): "How many of the training samples are used; empty for all.",
    ("features",): "The network's inputs, such as x1^2, x1*x2 or sin(x1); by default the features themselves.",
    ("accumulate",): "Mini-batches whose mean gradient makes one update.",
    ("average",): "Judged and kept are averages of the weights, which keep this share at each update, such as 0.999.",
    ("label_noise",): "Share of the training samples that get another class than their own.",
    ("augment", "shift"): "Training images move by up to this many pixels, anew in every mini-batch.",
    ("augment", "rotate"): "Training images turn by up to this many degrees, anew in every mini-batch.",
    ("augment", "noise"): "Deviation of the noise added to all features, anew in every mini-batch.",
    ("metrics",): "Measured beside cost and score at every check and at the end; the file names your own.",
    ("early_stopping", "metric"): "What has to improve at the checks for training to continue.",
}
_POSITION = re.compile(r"-?\d+")
_YES_OR_NO = ("no", "yes")
_TYPED = (inspect.IntType, inspect.FloatType, inspect.StrType, inspect.VarTupleType)


class SettingError(ValueError):
    """A typed text is not a value of the setting; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """One setting with its present value.

    Attributes
    ----------
    path : tuple of str and int
        Its path: ``("layers", 2, "dropout")``.
    value : object
        Its present value.
    type : object
        Its annotated type.
    usual : object
        Its default; `msgspec.NODEFAULT` if a value is required.
    owner : type
        The struct whose field it is.
    """

    path: Path
    value: Any
    type: Any
    usual: Any
    owner: type[Struct]

    @property
    def title(self) -> str:
        """The name of the entry."""
        name = str(self.path[-1])
        declared = declared_setting(self.owner, name)
        if declared is not None and declared.about.title:
            return of_metric(self.path, declared.about.title)
        return of_metric(self.path, _TITLES.get(name, title_of_name(name)))

    @property
    def group(self) -> str:
        """The heading of its group."""
        first, last = self.path[0], self.path[-1]
        if first == "optimizer":
            return "Regularisation" if last in _REGULARISATION else "Optimizer"
        if first == "layers" or (first == "output" and self.path[1] != "cost"):
            return "Layers"
        return "Data set" if first in ("dataset", "split", "features") else "Training"

    @property
    def depth(self) -> int:
        """The number of choices that it depends on within its group."""
        outermost = {"layers": 3, "output": 2, "optimizer": 2, "dataset": 2, "split": 2}.get(str(self.path[0]), 1)
        return max(len(self.path) - outermost, 0)

    @property
    def differs(self) -> bool:
        """Return whether the value differs from the default."""
        return self.usual is not msgspec.NODEFAULT and self.text != self.usual_text

    @property
    def is_path(self) -> bool:
        """Return whether the value is the path of a file."""
        declared = declared_setting(self.owner, str(self.path[-1]))
        return declared is not None and declared.about.unit == "file"

    @property
    def names(self) -> tuple[str, ...]:
        """The names to choose from; empty if the value is typed."""
        kinds = kinds_of(self.type)
        if any(isinstance(kind, inspect.BoolType) for kind in kinds):
            return _YES_OR_NO
        if any(isinstance(kind, _TYPED) for kind in kinds):
            return ()
        names = [str(name) for kind in kinds if isinstance(kind, inspect.LiteralType) for name in kind.values]
        names += [str(kind.tag or "yes") for kind in kinds if isinstance(kind, inspect.StructType)]
        left = [_LEFT.get(str(self.path[-1]), "none")] if may_be_none(self.type) else []
        return tuple(dict.fromkeys([*left, *names]))

    @property
    def text(self) -> str:
        """The value as text: the typed text, or the chosen name."""
        return self._written(self.value)

    @property
    def usual_text(self) -> str:
        """The default as text."""
        return "" if self.usual is msgspec.NODEFAULT else self._written(self.usual)

    @property
    def allowed(self) -> str:
        """The allowed values, in a few words: ``0 to below 1``."""
        kinds = kinds_of(self.type)
        allowed = [str(name) for kind in kinds if isinstance(kind, inspect.LiteralType) for name in kind.values]
        allowed += [_range(kind) for kind in kinds if isinstance(kind, (inspect.IntType, inspect.FloatType))]
        if self.path == ("early_stopping", "metric"):
            allowed = ["cost", "the name of a metric"]
        elif _is_list_of_metrics(self.type):
            allowed = ["names such as macro-f1", "none"]
        elif _is_list_of_texts(self.type):
            allowed = ["terms such as x1^2", "none"]
        elif _may_be_one_column(self.type):
            allowed = ["names or positions from 0"]
        elif _is_list_of_columns(self.type):
            allowed = ["names or positions from 0", "none"]
        elif _is_one_or_two(self.type):
            allowed.append("height, width")
        elif any(isinstance(kind, inspect.VarTupleType) for kind in kinds):
            allowed.append("one per class")
        return " or ".join((", ".join(allowed[:-1]), allowed[-1])) if len(allowed) > 1 else "".join(allowed)

    @property
    def help(self) -> str:
        """The description of the choice or the setting, or its owner, in one or two sentences."""
        declared = declared_setting(self.owner, str(self.path[-1]))
        if declared is not None:
            return f"{declared.about.help}."
        if self.path in _HELP:
            return _HELP[self.path]
        chosen = struct_behind(self.value, self.type)
        meant = self.owner if chosen is None else type(chosen)
        if meant in (Experiment, LayerSpec, OutputSpec):
            return ""
        return " ".join((meant.__doc__ or "").replace("``", "").split("\n\n")[0].split())

    def read(self, text: str) -> Any:
        """Return the value of a typed text; an empty text means the default.

        Raises
        ------
        SettingError
            The text is not a value; the message is a sentence.
        """
        typed = text.strip()
        if not typed:
            if self.usual is msgspec.NODEFAULT:
                raise SettingError("must not be empty")
            return self.usual
        kinds = kinds_of(self.type)
        value: Any = typed
        if _is_list_of_metrics(self.type):
            value = self._read_metrics(typed)
        elif _may_be_one_column(self.type):
            value = read_labels(typed)
        elif _is_list_of_columns(self.type):
            value = _read_columns(typed)
        elif _is_list_of_texts(self.type):
            value = () if typed == "none" else tuple(split_columns(typed))
        elif typed not in (name for kind in kinds if isinstance(kind, inspect.LiteralType) for name in kind.values):
            several = "," in typed or not _is_one_or_two(self.type)
            if several and any(isinstance(kind, inspect.VarTupleType) for kind in kinds):
                value = tuple(read_number(part) for part in typed.split(","))
            elif any(isinstance(kind, (inspect.IntType, inspect.FloatType)) for kind in kinds):
                value = read_number(typed)
        try:
            return decode(value, self.type)
        except DecodingError as error:
            raise SettingError(self._needed(value)) from error

    def kept(self, value: Any) -> Any:
        """Return the value to store in an experiment; None if it stores none."""
        return value

    def _read_metrics(self, text: str) -> list[Any]:
        """Return metrics by name; present ones keep their settings."""
        present = {metric_name(metric): msgspec.to_builtins(metric) for metric in self.value}
        names = [] if text == "none" else [name.strip() for name in text.split(",") if name.strip()]
        return [present.get(name, name) for name in names]

    def chosen(self, name: str) -> Any:
        """Return the value with this name, keeping changed settings of the previous one where they exist."""
        kinds = kinds_of(self.type)
        if self.names == _YES_OR_NO and not structs_of(self.type):
            return name == "yes"
        if may_be_none(self.type) and name == self.names[0]:
            return None
        if any(name in kind.values for kind in kinds if isinstance(kind, inspect.LiteralType)):
            return name
        new = next(kind.cls for kind in structs_of(self.type) if kind.tag in (name, None))
        return carry_over(self.value, new)

    def _needed(self, value: Any) -> str:
        kinds = kinds_of(self.type)
        if _is_list_of_texts(self.type):
            return "must be none, or terms of features, such as x1, x2, x1^2, x1*x2, sin(x1)"
        if _is_list_of_metrics(self.type):
            return f"must be none, or names of metrics, such as {', '.join(parts_of('metric'))}"
        if _is_one_or_two(self.type):
            return "must be a whole number of 1 or more, or two such as 3, 5"
        if isinstance(value, tuple):
            return "must be two or more numbers above 0, such as 1, 2.5"
        if any(isinstance(kind, inspect.VarTupleType) for kind in kinds):
            return "must be none, balanced, or a number above 0 for each class, such as 1, 2.5"
        whole = any(isinstance(kind, inspect.IntType) for kind in kinds)
        names = [f"{name}, or " for kind in kinds if isinstance(kind, inspect.LiteralType) for name in kind.values]
        bounds = next((_range(kind) for kind in kinds if isinstance(kind, (inspect.IntType, inspect.FloatType))), "")
        kind = "a whole number" if whole else "a number"
        joint = "" if bounds.startswith(("above", "below")) else "of " if bounds.endswith("or more") else "from "
        empty = ", or empty" if self.usual is None else ""
        return f"must be {''.join(names)}{kind} {joint}{bounds}{empty}"

    def _written(self, value: Any) -> str:
        if value is None:
            return self.names[0] if self.names else ""
        if isinstance(value, bool):
            return _YES_OR_NO[value]
        if isinstance(value, tuple):
            return ", ".join(map(_write_item, value)) or "none"
        if isinstance(value, Struct):
            return str(value.__struct_config__.tag or "yes")
        return number(value) if isinstance(value, float) else str(value)


def _is_one_or_two(type_: Any) -> bool:
    """Return whether a type is a number or several of them, as the kernel of a convolution."""
    kinds = {type(kind) for kind in kinds_of(type_)}
    return {inspect.IntType, inspect.VarTupleType} <= kinds and not _is_list_of_columns(type_)


def _is_list_of_columns(type_: Any) -> bool:
    return any(isinstance(each, inspect.IntType) for each in _items_of_union(type_))


def _may_be_one_column(type_: Any) -> bool:
    return _is_list_of_columns(type_) and any(isinstance(kind, inspect.StrType) for kind in kinds_of(type_))


def _is_list_of_metrics(type_: Any) -> bool:
    return any(isinstance(each, inspect.StructType) for each in _items_of_union(type_))


def _is_list_of_texts(type_: Any) -> bool:
    lists = [kind.item_type for kind in kinds_of(type_) if isinstance(kind, inspect.VarTupleType)]
    return any(isinstance(item, inspect.StrType) for item in lists)


def _items_of_union(type_: Any) -> list[inspect.Type]:
    """Return the alternative types of a list's items."""
    lists = [kind.item_type for kind in kinds_of(type_) if isinstance(kind, inspect.VarTupleType)]
    return [each for item in lists if isinstance(item, inspect.UnionType) for each in item.types]


def _read_columns(text: str) -> tuple[str | int, ...]:
    """Return the columns in a text: positions and names; names with a comma are quoted."""
    if text == "none":
        return ()
    return tuple(int(item) if _POSITION.fullmatch(item) else item for item in split_columns(text))


def _write_item(item: Any) -> str:
    if isinstance(item, Struct):
        return metric_name(item)
    if not isinstance(item, str):
        return number(item)
    return '"' + item.replace('"', '""') + '"' if "," in item or '"' in item else item


def of_metric(path: Path, title: str) -> str:
    """Return a setting's title, with the metric's name for a metric's setting."""
    return f"{path[1]}: {title}" if path[0] == "metrics" and len(path) > 1 else title


def title_of_name(name: str) -> str:
    """Return a setting's name as a title."""
    return name.replace("_", " ").capitalize()


def settings_in(part: Struct, path: Path = ()) -> Iterator[SettingEntry]:
    """Yield all settings of a part of an experiment; the settings of a chosen part follow its choice."""
    for field in fields_of(type(part)):
        value, here = getattr(part, field.name), (*path, field.name)
        usual = msgspec.NODEFAULT if here in _NONE_USUAL else field.default
        elsewhere = _HIDDEN.get(type(part), ())
        # The data set has an entry for the test share; the split's own entry is shown only if it is set.
        doubled = here == ("split", "test") and value is None
        # The kinds of columns are set in the experiment's file.
        is_mapping = any(isinstance(kind, inspect.DictType) for kind in kinds_of(field.type))
        if here not in _ELSEWHERE and field.name not in elsewhere and not doubled and not is_mapping:
            yield SettingEntry(here, value, field.type, usual, type(part))
        chosen = struct_behind(value, field.type)
        if chosen is not None:
            yield from settings_in(chosen, here)
        if here == ("metrics",):
            for metric in filter(is_built_in, value):
                if (chosen := struct_behind(metric, MetricSpec)) is not None:
                    # Its index changes while the list is typed.
                    yield from settings_in(chosen, (*here, metric_name(metric)))


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    return write_bounds(kind.gt, kind.ge, kind.lt, kind.le)
