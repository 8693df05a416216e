"""The draft: the compose area's entries exactly as typed, and their experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import msgspec

from joml.architecture import MAX_SIZE, Architecture, ArchitectureError, format_sizes
from joml.layers.base_layer import Shape
from joml.layers.layer_stack import LayerStack, input_text
from joml_tui.experiment import (
    Cost,
    CsvFile,
    DatasetShape,
    DatasetSpec,
    Experiment,
    HiddenLayer,
    LayerSpec,
    OptimizerSpec,
    OutputActivation,
    Problem,
    Schedule,
    Task,
    build_layer,
    name_of,
    with_layers,
)
from joml_tui.experiment.data_files import with_file
from joml_tui.experiment.dataset_specs import first_file, has_one_path, path_fields
from joml_tui.experiment.label_text import Label, read_labels, write_labels
from joml_tui.experiment.layer_parts import StackEnds, notation_of, read_architecture, stack_of
from joml_tui.ui.compose.input_choice import InputSwitch, feature_names_of, switched, switches_of
from joml_tui.ui.compose.typed_values import (
    read_batch_size,
    read_learning_rate,
    read_setting,
    read_warm_up,
    read_whole,
)
from joml_tui.ui.text import number

#: The output layer of each task.
OUTPUTS: dict[Task, tuple[OutputActivation, Cost]] = {
    "classes": ("softmax", "cross-entropy"),
    "multilabel": ("sigmoid", "cross-entropy"),
    "regression": ("identity", "mean-squared-error"),
}

#: An entry without text for the label column means the last column.
LAST_COLUMN = -1


#: The problem of a network whose data set has not been read, or cannot be: that is said at the data set.
UNKNOWN_SIZES = Problem(
    "architecture", "the numbers of inputs and outputs are those of the data set, which must be read"
)

#: What the problem of a data set without a path begins with.
_NO_PATH = "enter the path of "

#: What the first path of a data set names, if it is no file of samples.
_FILES = {"csv-folder": "Folder", "idx": "Images", "images": "Folder"}

#: The names of typed entries.
_ENTRIES = (
    "csv-path",
    "csv-label",
    "noise",
    "test-share",
    "learning-rate",
    "warm-up",
    "batch-size",
    "epochs",
    "seed",
    "replicas",
    "architecture",
)
#: Default options of a layer besides its size.
_PLAIN_LAYER = LayerSpec(1)


@dataclass(slots=True)
class LayerEntry:
    """One hidden layer in the list: its size as typed, or its notation if it has no size, and its other settings."""

    size: str
    spec: HiddenLayer = _PLAIN_LAYER

    @property
    def dense(self) -> LayerSpec | None:
        """The layer if it is fully connected."""
        return self.spec if isinstance(self.spec, LayerSpec) else None

    @property
    def activation(self) -> str:
        """The name of the activation function; empty if the layer has none."""
        chosen = getattr(self.spec, "activation", None)
        return "" if chosen is None else name_of(chosen)

    def set(self, **options: Any) -> bool:
        """Change some of the other settings, or return that the layer lacks one of them."""
        if not options.keys() <= set(self.spec.__struct_fields__):
            return False
        self.spec = msgspec.structs.replace(self.spec, **options)
        if self.dense is None:
            self.size = notation_of(self.spec)
        return True

    @property
    def value(self) -> int | None:
        """The size; None if the entry is invalid, or the layer has no size."""
        return None if self.dense is None else _size(self.size)

    @property
    def is_valid(self) -> bool:
        """Return whether the entry is a layer."""
        return self.dense is None or self.value is not None

    @property
    def layer(self) -> HiddenLayer:
        """The layer; of an invalid size it has the size 1."""
        return self.spec if self.dense is None else msgspec.structs.replace(self.dense, size=self.value or 1)


def entry_of(layer: HiddenLayer) -> LayerEntry:
    """Return the entry of a hidden layer.

    Parameters
    ----------
    layer : HiddenLayer

    Returns
    -------
    LayerEntry
    """
    return LayerEntry(str(layer.size) if isinstance(layer, LayerSpec) else notation_of(layer), layer)


@dataclass(frozen=True, slots=True)
class ParsedDraft:
    """The result of reading the entries: an experiment, or the problems."""

    experiment: Experiment | None
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """The settings of the next run as typed, with architecture text and layers kept consistent.

    Attributes
    ----------
    base : Experiment
        The initial experiment, with the settings that have no entry.
    input_shape : tuple of int or None
        The shape of images, if it is not the data set's.
    shape : DatasetShape or None
        Sizes of the data set once they are read; the network's inputs and outputs follow them.
    looked_at : str
        The path of the file whose codes have become settings, or whose settings are the user's.
    codes : frozenset of str
        The columns that are categories because they look like codes.
    """

    base: Experiment
    dataset: DatasetSpec
    csv_path: str
    csv_label: str
    optimizer: OptimizerSpec
    learning_rate: str
    schedule: Schedule
    warm_up: str
    batch_size: str
    epochs: str
    seed: str
    replicas: str
    layers: list[LayerEntry]
    input_size: int | None
    output_size: int | None
    output_activation: OutputActivation
    cost: Cost
    architecture: str = ""
    input_shape: Shape | None = None
    shape: DatasetShape | None = None
    noise: str = ""
    test_share: str = ""
    features: tuple[str, ...] = ()
    looked_at: str = ""
    codes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, experiment: Experiment) -> Draft:
        """Return the draft of ``experiment``."""
        dataset = experiment.dataset
        draft = cls(
            base=experiment,
            dataset=dataset,
            csv_path=first_file(dataset),
            looked_at=first_file(dataset),
            csv_label=_label_text(getattr(dataset, "label", LAST_COLUMN)) if path_fields(dataset) else "",
            optimizer=experiment.optimizer,
            learning_rate=number(experiment.optimizer.learning_rate),
            schedule=experiment.optimizer.schedule,
            warm_up=number(experiment.optimizer.warm_up),
            batch_size=str(experiment.batch_size),
            epochs=str(experiment.epochs),
            seed=str(experiment.seed),
            replicas=str(experiment.replicas),
            layers=[entry_of(layer) for layer in experiment.layers],
            input_size=experiment.input_size if experiment.input_shape is None else prod(experiment.input_shape),
            input_shape=experiment.input_shape,
            output_size=experiment.output.size,
            output_activation=experiment.output.activation,
            cost=experiment.output.cost,
            features=experiment.features,
        )
        draft.layers_edited()
        draft._show_noise()
        return draft

    # --- The architecture, as text and as layers -------------------------------------------------------------------

    def write_architecture(self, text: str) -> None:
        """Set the text as typed; if it is an architecture, update the layers, keeping their functions by place."""
        self.architecture = text
        try:
            architecture = self._read_architecture(text)
        except ArchitectureError:
            return
        if isinstance(architecture, Architecture):
            kept = [layer.dense or _PLAIN_LAYER for layer in self.layers]
            kept += [_PLAIN_LAYER] * (len(architecture.hidden_sizes) - len(kept))
            sizes = architecture.hidden_sizes
            self.layers = [LayerEntry(str(size), spec) for size, spec in zip(sizes, kept, strict=False)]
            self.input_shape = None
        else:
            layers = with_layers(tuple(layer.layer for layer in self.layers), architecture.layers)
            self.layers = [entry_of(layer) for layer in layers]
            self._take_images(architecture.input_shape)
        self.input_size, self.output_size = architecture.input_size, architecture.output_size

    def _read_architecture(self, text: str) -> Architecture | LayerStack:
        """Read a text, which may name the layers of one's own that the list has."""
        return read_architecture(text, (layer.spec for layer in self.layers))

    def _take_images(self, shape: Shape) -> None:
        """Take a shape of the inputs; one of images that is the data set's follows the data set from now on."""
        of_data = None if self.shape is None else self.shape.image_shape
        self.input_shape = None if len(shape) != 3 or shape == of_data else shape

    def layers_edited(self) -> None:
        """Update the text from the layers; invalid sizes become question marks."""
        self.architecture = self._text_of_layers()

    def fit(self, shape: DatasetShape) -> None:
        """Set the data set's sizes, and update the network's inputs and outputs unless other ones were typed.

        If the task has changed, the output layer becomes the task's usual one. If the features have other names, they
        are the network's inputs again.
        """
        before = self.shape
        followed = before is None or (self.input_size, self.output_size) == self._ends_for(before)
        self.shape = shape
        if self.input_shape == shape.image_shape:
            self.input_shape = None
        if before is not None and feature_names_of(before) != feature_names_of(shape):
            self.features = ()
        if before is not None and before.task != shape.task:
            self.output_activation, self.cost = OUTPUTS[shape.task]
        unset = self.input_size is None or self.output_size is None
        if unset or (followed and before is not None and before != shape):
            was_in_step = self._architecture_problem() is None or self.architecture == self._text_of_layers()
            self.input_size, self.output_size = self._ends_for(shape)
            if was_in_step:
                self.layers_edited()

    @property
    def switches(self) -> tuple[InputSwitch, ...]:
        """The inputs to switch on and off; none where there is nothing to choose."""
        return switches_of(feature_names_of(self.shape), self.features)

    @property
    def input_titles(self) -> tuple[str, ...]:
        """Names of the inputs that are terms, as formulas have them; none for the features themselves."""
        return tuple(each.title for each in self.switches if each.is_on) if self.features else ()

    def switch_input(self, place: int) -> bool:
        """Switch an input on or off, with the network's inputs after it; return whether one is left, or do nothing."""
        features = switched(self.switches, place, feature_names_of(self.shape))
        if features is None:
            return False
        self.use_features(features)
        return True

    def use_features(self, features: tuple[str, ...]) -> None:
        """Take other terms as the network's inputs, whose number follows."""
        was_in_step = self._architecture_problem() is None or self.architecture == self._text_of_layers()
        self.features = features
        if self.shape is not None and self.input_size is not None:
            self.input_size, _ = self._ends_for(self.shape)
            if was_in_step:
                self.layers_edited()

    def _ends_for(self, shape: DatasetShape) -> tuple[int, int]:
        """Return the numbers of inputs and outputs for data of this shape."""
        return len(self.features) or shape.input_size, shape.output_size

    def forget_sizes(self) -> None:
        """Show no numbers of inputs and outputs of a data set that is not the present one; typed ones are kept."""
        shape = self.shape
        if shape is None or (self.input_size, self.output_size) != self._ends_for(shape):
            return
        was_in_step = self._architecture_problem() is None or self.architecture == self._text_of_layers()
        self.input_size = self.output_size = None
        if was_in_step:
            self.layers_edited()

    @property
    def _waits_for_sizes(self) -> bool:
        """Return whether only the data set's sizes are missing in the architecture."""
        return None in (self.input_size, self.output_size) and self.architecture == self._text_of_layers()

    @property
    def parameter_count(self) -> int | None:
        """Number of weights and biases of the composed network; None if it is invalid."""
        if self.has_kinds:
            stack = self.stack
            return None if stack is None or self._architecture_problem() is not None else stack.parameter_count
        sizes = [self.input_size, *(layer.value for layer in self.layers), self.output_size]
        chosen = [size for size in sizes if size is not None]
        if len(chosen) < len(sizes) or self._architecture_problem() is not None:
            return None
        return Architecture(chosen[0], tuple(chosen[1:-1]), chosen[-1]).parameter_count

    @property
    def has_kinds(self) -> bool:
        """Return whether the network has other layers than fully connected ones, or images of its own."""
        return self.input_shape is not None or any(layer.dense is None for layer in self.layers)

    @property
    def stack(self) -> LayerStack | None:
        """The composed layers if some are of other kinds; None if there are none, or they do not go together."""
        try:
            return self._stack() if self.has_kinds else None
        except ValueError:
            return None

    def _stack(self) -> LayerStack | None:
        ends = self.ends
        if ends.inputs is None or ends.outputs is None or not all(layer.is_valid for layer in self.layers):
            return None
        return stack_of(tuple(layer.layer for layer in self.layers), ends.inputs, ends.outputs, ends.columns)

    @property
    def ends(self) -> StackEnds:
        """The sizes of the network's inputs and outputs, and the columns of categories of its data set."""
        columns = () if self.shape is None or self.features else self.shape.category_columns
        return StackEnds(self._inputs, self.output_size, columns)

    @property
    def _inputs(self) -> Shape | None:
        """The shape of a sample; None if the data set has not been read."""
        if self.input_shape is not None:
            return self.input_shape
        images = None if self.shape is None or self.features else self.shape.image_shape
        if images is not None and prod(images) == self.input_size and self._asks_for_images():
            return images
        return None if self.input_size is None else (self.input_size,)

    def _asks_for_images(self) -> bool:
        try:
            return any(build_layer(layer.spec).of_images for layer in self.layers if layer.dense is None)
        except ValueError:
            return False

    def _text_of_layers(self) -> str:
        if self.has_kinds:
            inputs = "?" if self._inputs is None else input_text(self._inputs)
            hidden = [notation_of(layer.layer) if layer.is_valid else "?" for layer in self.layers]
            return "-".join([inputs, *hidden, _shown(self.output_size)])
        return "-".join([_shown(self.input_size), *_hidden_parts(self.layers), _shown(self.output_size)])

    def _architecture_problem(self) -> str | None:
        if self.has_kinds and self.architecture == self._text_of_layers():
            return None  # layers of one's own cannot be read, and what does not follow is a problem of its layer
        try:
            self._read_architecture(self.architecture)
        except ArchitectureError as error:
            # Shown below the text, which need not be repeated.
            return str(error).split(": ", 1)[-1]
        return None

    # --- Entries ---------------------------------------------------------------------------------------------------

    @property
    def texts(self) -> dict[str, str]:
        """The text of each entry by name."""
        return {name: getattr(self, name.replace("-", "_")) for name in _ENTRIES}

    def write(self, name: str, text: str) -> None:
        """Set the text of an entry."""
        if name == "architecture":
            self.write_architecture(text)
            return
        setattr(self, name.replace("-", "_"), text)
        if name in ("noise", "test-share") and self.has_noise:
            self.dataset = msgspec.structs.replace(
                self.dataset,
                noise=read_setting(self.dataset, "noise", self.noise, []),
                test_share=read_setting(self.dataset, "test_share", self.test_share, []),
            )

    def choice(self, name: str) -> Any:
        """Return the choice of a list by name."""
        return self.output_activation if name == "output" else getattr(self, name)

    def choose(self, name: str, value: Any) -> None:
        """Set the choice of a list."""
        if name == "dataset":
            self.choose_dataset(value)
            self.looked_at = first_file(value)  # a file typed before is looked at again, as its settings are gone
        elif name == "optimizer":
            self.choose_optimizer(value)
        else:
            setattr(self, "output_activation" if name == "output" else name, value)

    # --- The experiment of the entries -----------------------------------------------------------------------------

    def choose_optimizer(self, optimizer: OptimizerSpec) -> None:
        """Set an optimizer's preset, and update the entries of learning rate and schedule."""
        self.optimizer = optimizer
        self.learning_rate = number(optimizer.learning_rate)
        self.schedule, self.warm_up = optimizer.schedule, number(optimizer.warm_up)

    def choose_dataset(self, dataset: DatasetSpec) -> None:
        """Set a data set's preset; a typed path and label are kept for later."""
        self.dataset = dataset
        self._show_noise()
        if path := first_file(dataset):
            self.csv_path, self.csv_label = path, _label_text(getattr(dataset, "label", LAST_COLUMN))
        elif path_fields(dataset) and not has_one_path(dataset):  # a table is no file of images
            self.csv_path = ""

    def choose_task(self, dataset: DatasetSpec) -> None:
        """Take the task of a data set like the present one; what was typed stays."""
        chosen = {name: getattr(dataset, name) for name in ("task", "standardize_y")}
        self.dataset = msgspec.structs.replace(self.dataset, **chosen)

    def dataset_spec(self) -> DatasetSpec:
        """Return the data set that the entries describe."""
        if not path_fields(self.dataset):
            return self.dataset
        dataset = with_file(self.dataset, self.csv_path.strip())
        if not self.has_label:
            return dataset
        label = _label(self.csv_label)
        dataset = msgspec.structs.replace(dataset, label=label)
        labels = {str(key) for key in (label if isinstance(label, list | tuple) else (label,))}
        return self._without_codes(dataset, self.codes if self.has_new_file else self.codes & labels)

    @property
    def has_new_file(self) -> bool:
        """Return whether another file was typed, whose columns of codes are still to become settings."""
        return self.has_label and not self.lacks_file and self.csv_path.strip() != self.looked_at

    def take_codes(self, dataset: DatasetSpec) -> None:
        """Take the columns of codes of a typed file, in place of those of the file before."""
        before = set(getattr(self.dataset_spec(), "columns", None) or {})
        columns = getattr(dataset, "columns", None)
        self.codes = frozenset(set(columns or {}) - before)
        self.looked_at = self.csv_path.strip()
        if "columns" in self.dataset.__struct_fields__:
            self.dataset = msgspec.structs.replace(self.dataset, columns=columns)

    def _without_codes(self, dataset: DatasetSpec, names: frozenset[str]) -> DatasetSpec:
        """Return a data set whose columns of these names are read by their content, but for those set otherwise."""
        columns = getattr(dataset, "columns", None) or {}
        kept = {key: kind for key, kind in columns.items() if key not in names or kind != "category"}
        return dataset if len(kept) == len(columns) else msgspec.structs.replace(dataset, columns=kept or None)

    @property
    def has_noise(self) -> bool:
        """Return whether the data set is generated with noise."""
        return {"noise", "test_share"} <= set(self.dataset.__struct_fields__)

    def _show_noise(self) -> None:
        """Write the data set's noise and its share of the test part as texts."""
        self.noise, self.test_share = (
            number(getattr(self.dataset, name)) if self.has_noise else "" for name in ("noise", "test_share")
        )

    @property
    def lacks_file(self) -> bool:
        """Return whether the path of the data set's file is still to be typed."""
        return bool(path_fields(self.dataset)) and not self.csv_path.strip()

    @property
    def file_title(self) -> str:
        """The title of the entry for the data set's file."""
        return _FILES.get(name_of(self.dataset), "File")

    @property
    def has_label(self) -> bool:
        """Return whether the data set's file has a column to choose as the label."""
        return bool(path_fields(self.dataset)) and "label" in self.dataset.__struct_fields__

    def read(self) -> ParsedDraft:
        """Return the experiment, or the problems of all invalid entries."""
        problems = self._layer_problems()
        if not problems and self._waits_for_sizes:
            problems.append(UNKNOWN_SIZES)
        elif not problems and (message := self._architecture_problem()) is not None:
            problems.append(Problem("architecture", message))
        optimizer = msgspec.structs.replace(
            self.optimizer,
            learning_rate=read_learning_rate(self.learning_rate, problems),
            schedule=self.schedule,
            warm_up=read_warm_up(self.warm_up, problems),
        )
        experiment = msgspec.structs.replace(
            self._chosen(optimizer),
            batch_size=read_batch_size(self.batch_size, problems),
            epochs=read_whole("epochs", self.epochs, problems),
            seed=read_whole("seed", self.seed, problems),
            replicas=read_whole("replicas", self.replicas, problems),
        )
        if self.has_noise:
            read_setting(self.dataset, "noise", self.noise, problems)
            read_setting(self.dataset, "test_share", self.test_share, problems)
        if self.lacks_file:
            what = "a CSV file" if isinstance(self.dataset, CsvFile) else f"the {self.file_title.lower()}"
            problems.insert(0, Problem(f"dataset.{path_fields(self.dataset)[0]}", f"{_NO_PATH}{what}"))
        return ParsedDraft(None if problems else experiment, problems)

    def valid_experiment(self) -> Experiment:
        """Return the experiment of the valid entries; invalid ones have their initial values."""
        wrong: list[Problem] = []
        learning_rate, warm_up = read_learning_rate(self.learning_rate, wrong), read_warm_up(self.warm_up, [])
        optimizer = msgspec.structs.replace(self.optimizer, schedule=self.schedule, warm_up=warm_up)
        if not wrong:
            optimizer = msgspec.structs.replace(optimizer, learning_rate=learning_rate)
        return self._chosen(optimizer)

    def _chosen(self, optimizer: OptimizerSpec) -> Experiment:
        """Return the experiment with the data set, the network and an optimizer."""
        return msgspec.structs.replace(
            self.base,
            dataset=self.dataset_spec(),
            features=self.features,
            input_size=self.input_size if self.input_shape is None else None,
            input_shape=self.input_shape,
            layers=tuple(layer.layer for layer in self.layers),
            output=msgspec.structs.replace(
                self.base.output, size=self.output_size, activation=self.output_activation, cost=self.cost
            ),
            optimizer=optimizer,
        )

    def take(self, experiment: Experiment) -> None:
        """Take the changed settings of an experiment from `valid_experiment`; entries stay as typed.

        A learning rate or a warm-up is rewritten only if it has changed.
        """
        before = self.valid_experiment()
        self.base = msgspec.structs.replace(experiment, name="")  # settings with an entry are read from the entry
        if experiment.dataset != before.dataset:
            self.choose_dataset(experiment.dataset)
        if experiment.features != before.features:
            self.use_features(experiment.features)
        self.optimizer, self.schedule = experiment.optimizer, experiment.optimizer.schedule
        if experiment.optimizer.learning_rate != before.optimizer.learning_rate:
            self.learning_rate = number(experiment.optimizer.learning_rate)
        if experiment.optimizer.warm_up != before.optimizer.warm_up:
            self.warm_up = number(experiment.optimizer.warm_up)
        for layer, spec in zip(self.layers, experiment.layers, strict=True):
            layer.spec = spec
            if layer.dense is None:
                layer.size = notation_of(spec)
        if self.has_kinds:
            self.layers_edited()
        self.output_activation, self.cost = experiment.output.activation, experiment.output.cost

    def _layer_problems(self) -> list[Problem]:
        return [
            Problem(
                f"layers[{index}].size", f"layer {index + 1}: the size must be a whole number from 1 to {MAX_SIZE:,}"
            )
            for index, layer in enumerate(self.layers)
            if not layer.is_valid
        ]


def waits_for_user(problem: Problem) -> bool:
    """Return whether a problem is only that something has not been typed or read yet, and no mistake."""
    return problem is UNKNOWN_SIZES or problem.message.startswith(_NO_PATH)


def _size(text: str) -> int | None:
    """Return a layer's size; None if it is invalid."""
    stripped = text.strip()
    if not stripped.isdecimal() or len(stripped) > len(str(MAX_SIZE)):
        return None
    value = int(stripped)
    return value if 1 <= value <= MAX_SIZE else None


def _hidden_parts(layers: Sequence[LayerEntry]) -> list[str]:
    """Return the hidden layers as parts of the notation, with question marks for invalid sizes."""
    parts: list[str] = []
    valid: list[int] = []
    for layer in [*layers, LayerEntry("")]:
        if layer.value is not None:
            valid.append(layer.value)
            continue
        if valid:
            parts.append(format_sizes(tuple(valid)))
            valid = []
        parts.append("?")
    return parts[:-1]


def _shown(size: int | None) -> str:
    return "?" if size is None else str(size)


def _label(text: str) -> Label:
    """Return the label column, or several: names or positions from 0; the last column by default."""
    return read_labels(text) if text.strip() else LAST_COLUMN


def _label_text(label: Label) -> str:
    return "" if label == LAST_COLUMN else write_labels(label)
