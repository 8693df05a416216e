"""Experiments in YAML: reading, with one message for an invalid file, and writing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

import yaml
from msgspec import Struct, structs

from joml.task import TARGETS, Task
from joml_tui import decoding, lone_surrogates
from joml_tui.decoding import DecodingError, fields_of, format_path, shown
from joml_tui.experiment import (
    DatasetT,
    Experiment,
    anchor_reference,
    expand_user,
    map_own_parts,
    map_paths,
    reference_of,
)
from joml_tui.experiment.layer_specs import LayerSpec, OtherLayer, with_kind
from joml_tui.experiment.several_targets import with_task_of_targets
from joml_tui.experiment.usual_output import with_usual_output
from joml_tui.experiment.usual_training import with_usual_training

T = TypeVar("T")
StructT = TypeVar("StructT", bound=Struct)

#: The version of the format that this program reads and writes.
VERSION = 1

# Far larger than any experiment, but small enough to be read at once.
_MAX_CHARACTERS = 250_000
_MAX_NODES = 20_000
_MAX_DEPTH = 20

#: Rarely used settings, which are written only if they differ from the default.
_OPTIONS = frozenset(
    (
        "dropout",
        "frozen",
        "normalised",
        "residual",
        "l1",
        "l2",
        "schedule",
        "warm_up",
        "accumulate",
        "augment",
        "label_noise",
        "average",
        "class_weights",
        "replicas",
        "task",
        "standardize_y",
        "split",
        "features",
        "stratified",
        "metrics",
        "metric",
        "label",
        "better",
        "columns",
        "missing",
    )
)

_FLOAT = re.compile(r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.inf)|\.nan")
_TASK = re.compile(r"\btask: (multilabel|regression)\b")
_SCALARS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


class ExperimentError(ValueError):
    """A file is not an experiment; the message is one line."""


#: Makes the error of a value from its path and its fault; the message names file and line.
_Fault: TypeAlias = Callable[[decoding.Path, str], ExperimentError]


@dataclass(frozen=True, slots=True)
class OpenedExperiment:
    """An experiment, and what was decided for it.

    Attributes
    ----------
    experiment : Experiment
    is_chosen : bool
        Whether network and training were chosen for the data, because the file decides nothing of them.
    target : str
        The target that was chosen in a data file, as a phrase; empty where the user named it.
    codes : str
        Columns of a data file that are read as categories because they look like codes, as a phrase.
    encoding : str
        The encoding of a data file that is not UTF-8, as a phrase; empty of others.
    """

    experiment: Experiment
    is_chosen: bool = False
    target: str = ""
    codes: str = ""
    encoding: str = ""


class _Loader(yaml.SafeLoader):
    """A loader with the scalars of YAML 1.2: 1e-3 is a number; yes, 1:30 and 2024-01-01 are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Read a value; stop at a depth beyond any experiment, because the time grows with its square."""
        self._depth += 1
        if self._depth > 4 * _MAX_DEPTH:
            raise RecursionError
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _CLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # PyYAML may be without libyaml
    """A loader ten times faster than `_Loader`, with the same resolvers, for files that this program wrote."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


class _Dumper(yaml.SafeDumper):
    """A dumper that quotes texts which some version of YAML would not read as text."""


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:[Tt]rue|TRUE|[Ff]alse|FALSE)\Z"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|[Nn]ull|NULL|)\Z"), ["~", "n", "N", ""])
# A leading zero means an octal number in one version and a decimal in the other, so it stays text.
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z"), list("-+0123456789"))
for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(rf"(?:{_FLOAT.pattern})\Z"), list("-+.0123456789")
    )


_AnyLoader: TypeAlias = _Loader | _CLoader


class _Inline(dict[str, Any]):
    """A mapping written on one line."""


class _InlineList(list[Any]):
    """A list written on one line."""


_Dumper.add_representer(
    _Inline, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_Dumper.add_representer(
    _InlineList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Only double quotes preserve line ends and control characters.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _represent_text)


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment from a file.

    Relative paths of data files start at the file's folder. If the file decides nothing but the data, which are read
    from a file, network and training are those of ``usual_training``.

    Raises
    ------
    ExperimentError
        The file cannot be read or is not an experiment; the message names file, line, field and what is allowed.
    """
    data, fault = read_document(read_text(path), shown_path(path))
    return build_experiment(data, fault, Path(path).parent).experiment


def build_experiment(data: Any, fault: _Fault, folder: Path) -> OpenedExperiment:
    """Build an experiment from plain values, with the default output and training of its data.

    Parameters
    ----------
    data : mapping
        The values as in a file.
    fault : callable
        Makes the error of a value, as `read_document` returns it.
    folder : Path
        The start of relative paths.

    Raises
    ------
    ExperimentError
        The values are not an experiment.
    """
    experiment = anchor_own_parts(_decode_experiment(data, fault), folder)
    dataset = with_task_of_targets(anchor(experiment.dataset, folder), data["dataset"])
    experiment = _with_output(structs.replace(experiment, dataset=dataset), data)
    return OpenedExperiment(*with_usual_training(experiment, data, data["dataset"]))


def parse_experiment(text: str, source: str = "experiment", folder: Path | None = None) -> Experiment:
    """Read an experiment from YAML text.

    The default output layer depends on the task: see ``with_usual_output``.

    Parameters
    ----------
    text : str
        The YAML.
    source : str, default "experiment"
        Its name in messages, such as its file.
    folder : Path, optional
        The start of relative paths of data files; the current folder by default.

    Raises
    ------
    ExperimentError
        The text is not an experiment.
    """
    document = _Document(source)
    data = document.read(text)
    experiment = _decode_experiment(data, document.error)
    if folder is not None:
        experiment = anchor_own_parts(experiment, folder)
        experiment = structs.replace(experiment, dataset=anchor(experiment.dataset, folder))
    dataset = with_task_of_targets(experiment.dataset, data["dataset"])
    return _with_output(structs.replace(experiment, dataset=dataset), data)


def parse_kept_experiment(text: str, source: str) -> Experiment:
    """Read an experiment that this program wrote, much faster than `parse_experiment`.

    Raises
    ------
    ExperimentError
        The text is not an experiment.
    """
    document = _Document(source, kept=True)
    data = document.read(text)
    return _decode_experiment(data, document.error)


def with_earlier_tasks(text: str) -> str:
    """Return an experiment as YAML with its task called as before, so that what tells experiments apart stays so."""
    return _TASK.sub(lambda match: f"task: {TARGETS[cast(Task, match[1])]}", text)


def dump_experiment(experiment: Experiment) -> str:
    """Return an experiment as YAML that reads back equal; unused options are left out."""
    data = _plain(experiment)
    data["layers"] = [_Inline(layer) for layer in data["layers"]]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31)


def anchor_own_parts(part: StructT, folder: Path) -> StructT:
    """Return an experiment, or a part of one, with full paths of custom parts whose files are in a folder."""
    return map_own_parts(part, lambda reference: anchor_reference(reference, folder))


def anchor(dataset: DatasetT, folder: Path) -> DatasetT:
    """Return the data set with absolute paths of its files; relative ones start at a folder."""
    return map_paths(dataset, lambda path: str((folder / expand_user(path)).absolute()))


def read_text(path: str | Path) -> str:
    """Read a small UTF-8 file; raises `ExperimentError`."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise ExperimentError(f"{shown_path(path)}: is {'a directory' if path.is_dir() else 'not a regular file'}")
        with path.open("rb") as file:
            content = file.read(4 * _MAX_CHARACTERS + 1)
    except ExperimentError:
        raise
    except FileNotFoundError as error:
        raise ExperimentError(f"{shown_path(path)}: no such file") from error
    except (OSError, ValueError) as error:  # a ValueError for a path with a null byte
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ExperimentError(f"{shown_path(path)}: cannot be read: {reason}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ExperimentError(f"{shown_path(path)}:{line}: not UTF-8 text; save the file as UTF-8") from error


def read_value(text: str) -> Any:
    """Read one value as in a file: a number, a text, true, false, or nothing.

    Raises
    ------
    ExperimentError
        The text is not a single value.
    """
    value = _Document("value").read(text)
    if isinstance(value, (dict, list)):
        raise ExperimentError(f"a single value was expected, got {shown(value)}")
    return value


def parse(text: str, source: str, type_: type[T], *, kept: bool = False) -> T:
    """Read a struct that has a version from YAML text; raises `ExperimentError`.

    Parameters
    ----------
    text : str
        The text.
    source : str
        Its file, for messages.
    type_ : type
        The struct.
    kept : bool
        True for a text that comes with this program or was written by it, which is read faster.

    Returns
    -------
    object
        Of that type.
    """
    document = _Document(source, kept)
    return _decode(document.read(text), document.error, type_)


def _decode_experiment(data: Any, fault: _Fault) -> Experiment:
    """Return an experiment of plain values; layers without a kind get theirs here, as finding it takes long."""
    if isinstance(data, dict) and "layers" in data:
        data = {**data, "layers": with_kind(data["layers"])}
    return _decode(data, fault, Experiment)


def _decode(data: Any, fault: _Fault, type_: type[T]) -> T:
    if isinstance(data, dict):
        _check_version(data, fault)
    try:
        return decoding.decode(data, type_)
    except DecodingError as error:
        raise fault(error.path, error.fault) from error


def _with_output(experiment: Experiment, data: Any) -> Experiment:
    """Return the experiment with the default output layer for its task."""
    return with_usual_output(experiment, data.get("output") or ())


def read_document(text: str, source: str) -> tuple[Any, _Fault]:
    """Read the plain values of any YAML text, which may include a version.

    Returns
    -------
    data : mapping, list or scalar
    error : callable
        Makes an error from the path of a value and its fault; the message names line and path.

    Raises
    ------
    ExperimentError
        It is not YAML, or of another version.
    """
    document = _Document(source)
    data = document.read(text)
    if isinstance(data, dict) and "version" in data:
        _check_version(data, document.error)
    return data, document.error


def shown_path(path: str | Path) -> str:
    """Return a path as text for a message."""
    text = str(path)
    return text if text.isprintable() else repr(text)


@dataclass
class _Document:
    """A YAML text with its plain values and their lines."""

    source: str
    kept: bool = False
    lines: dict[decoding.Path, int] = field(default_factory=dict)
    nodes: int = 0

    def read(self, text: str) -> Any:
        if len(text) > _MAX_CHARACTERS:
            raise ExperimentError(
                f"{self.source}: longer than {_MAX_CHARACTERS:,} characters; this is not an experiment"
            )
        try:
            loader, node = _composed(text, self.kept)
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise ExperimentError(f"{self.source}:{line}: not valid YAML: a control character") from error
        except yaml.MarkedYAMLError as error:
            raise ExperimentError(f"{self.source}:{_describe_syntax(error, text)}") from error
        except RecursionError as error:
            raise ExperimentError(f"{self.source}: nested too deeply; this is not an experiment") from error
        if node is None:
            raise ExperimentError(f"{self.source}: the file is empty; write version: {VERSION} and a dataset")
        self.lines[()] = node.start_mark.line + 1
        return self._build(loader, node, ())

    def error(self, path: decoding.Path, fault: str) -> ExperimentError:
        place = path
        while place not in self.lines:
            place = place[:-1]
        # A key may contain anything, even line ends, and be of any length.
        where = format_path(path)
        where = where if where.isprintable() and len(where) <= 100 else shown(where)
        return ExperimentError(f"{self.source}:{self.lines[place]}: {where + ': ' if path else ''}{fault}")

    def _build(self, loader: _AnyLoader, node: yaml.Node, path: decoding.Path) -> Any:
        self.nodes += 1
        # With aliases a short text can expand without end.
        if self.nodes > _MAX_NODES:
            raise ExperimentError(f"{self.source}: more than {_MAX_NODES:,} values; this is not an experiment")
        if len(path) > _MAX_DEPTH:
            raise self.error(path[:1], "nested too deeply")
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return self._build_mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            items = []
            for place, item in enumerate(node.value):
                self.lines[*path, place] = item.start_mark.line + 1
                items.append(self._build(loader, item, (*path, place)))
            return items
        if node.tag not in _SCALARS:
            raise self.error(path, f"the tag {shown(node.tag)} is not understood here")
        return self._build_scalar(loader, node, path)

    def _build_mapping(self, loader: _AnyLoader, node: yaml.MappingNode, path: decoding.Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ExperimentError(f"{self.source}:{line}: a key was expected, such as version")
            key = _joined(key_node.value)
            if key in mapping:
                raise self.error((*path, key), f"this key occurs twice, here and in line {line}; leave one of them out")
            self.lines[*path, key] = line
            mapping[key] = self._build(loader, value_node, (*path, key))
        return mapping

    def _build_scalar(self, loader: _AnyLoader, node: yaml.Node, path: decoding.Path) -> Hashable:
        try:
            value: Hashable = loader.construct_object(node)
        except (ValueError, KeyError, yaml.YAMLError) as error:
            raise self.error(path, f"{shown(str(node.value))} does not fit its tag") from error
        return _joined(value) if isinstance(value, str) else value


def _joined(text: str) -> str:
    """Return a text with the characters that JSON writes as two, as in an experiment that is written as JSON."""
    return lone_surrogates.with_pairs_joined(text) if lone_surrogates.has_lone_surrogates(text) else text


def _composed(text: str, kept: bool) -> tuple[_AnyLoader, yaml.Node | None]:
    """Return a loader with the only document of a text; the slow loader reports errors."""
    if kept:
        with contextlib.suppress(yaml.YAMLError, RecursionError, UnicodeError):
            quick = _CLoader(text)
            return quick, quick.get_single_node()
    slow = _Loader(text)
    return slow, slow.get_single_node()


def _describe_syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    # An unclosed bracket or quote is noticed at the end, but must be fixed where it begins.
    if mark is None or (error.context_mark and mark.index >= len(text.rstrip())):
        mark = error.context_mark
    parts = [part for part in (error.context, error.problem) if part]
    return f"{mark.line + 1 if mark else 1}: not valid YAML: {' '.join(', '.join(parts).split())}"


def _check_version(data: dict[str, Any], fault: _Fault) -> None:
    version = data.get("version")
    if "version" not in data:
        raise fault(("version",), f"this key is missing; write version: {VERSION}")
    if isinstance(version, int) and version > VERSION:
        raise fault(
            ("version",), f"version {shown(version)} is newer than this program, which reads {VERSION}; update joml-tui"
        )


def _plain(value: Any) -> Any:
    """Convert a struct to mappings, lists and scalars."""
    if isinstance(value, tuple):
        return _InlineList(_plain(each) for each in value)
    if isinstance(value, dict):
        return {name: _written_kind(each) for name, each in value.items()}
    if not isinstance(value, Struct):
        return value
    own = reference_of(value)
    config = value.__struct_config__
    tag = {config.tag_field: config.tag} if config.tag_field and own is None and type(value) is not LayerSpec else {}
    parts = {field.name: (getattr(value, field.name), field.default) for field in fields_of(type(value))}
    kept = {
        name: _plain(part)
        for name, (part, default) in parts.items()
        if part is not None and not (part == default and (name in _OPTIONS or isinstance(value, OtherLayer)))
    }
    if own is None:
        return tag | kept
    settings = kept.pop("settings", ())
    return {**kept, **dict(settings)}


def _written_kind(kind: Any) -> Any:
    """Return the kind of a column, or its settings that are set, on one line."""
    return kind if isinstance(kind, str) else _Inline(_plain(kind))
