"""Trained weights in files for other programs: safetensors, NPZ, and tables of text.

The arrays are called ``layers.0.W``, (size, previous size), and ``layers.0.b``, (size,), from the first hidden layer to
the output layer; a normalised layer also has ``layers.0.gamma`` and ``layers.0.beta``. Texts beside them describe the
network. Nothing is ever unpickled. A table, ``.csv``, has the weights and biases alone, as
``joml.files.parameter_tables`` describes.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from joml.array_types import Array
from joml.files.atomic_write import whole_file
from joml.files.parameter_tables import Layout, NoBiasesError, read_parameters, write_biases, write_weights
from joml.files.regular_file import open_regular
from joml.layer import Layer
from joml.layers.fully_connected import require_fully_connected
from joml.network import Network

#: Extensions of tables.
_TABLES = (".csv", ".tsv", ".txt")
#: The name of the texts in an NPZ file.
_METADATA = "metadata"
#: Most faults in one message.
_MOST_TOLD = 5
#: Types such as bfloat16, which NumPy lacks.
_OTHER_NUMBERS = "{} holds a type of numbers that NumPy does not have: save float32"
#: The errors of a damaged NPZ file, depending on where the damage is; NotImplementedError is an unknown compression.
DAMAGE = (ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


class WeightsError(ValueError):
    """Weights cannot be written, read or put into a network; the message says which and why."""


class BiasesNeededError(WeightsError):
    """A table has weights alone, and the biases are in another one."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """The parameters of a network as arrays, with texts that describe the network.

    Attributes
    ----------
    arrays : dict
        From names such as ``layers.0.W`` to arrays.
    metadata : dict
        Texts: ``architecture`` ("14-28x6-4"), ``activation_functions`` and ``residual`` (JSON lists with one entry per
        layer), and any further texts. Empty in files of other programs.
    """

    arrays: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str] = field(default_factory=dict)


def weights_of(network: Network, **about: str) -> Weights:
    """Return copies of a network's weights.

    Parameters
    ----------
    network : Network
    **about : str
        Further entries of the metadata.

    Returns
    -------
    Weights

    Raises
    ------
    RuntimeError
        The network has no output layer yet.
    """
    arrays = {name: np.ascontiguousarray(view) for name, view in _views(network).items()}
    return Weights(arrays, {"architecture": network.architecture, **_functions(network), **about})


def gradients_of(network: Network) -> Weights:
    """Return copies of a network's latest gradients by the names of its weights.

    They are those of ``network.gradients`` or ``network.compute_gradients``, or of the latest step of a training.

    Parameters
    ----------
    network : Network
        One with layers of any kind.

    Returns
    -------
    Weights
        Without metadata, and without what layers keep besides parameters, such as running means.

    Raises
    ------
    RuntimeError
        The network has no output layer yet.
    """
    theta, gradient = network.parameters.theta, network.parameters.gradient
    arrays = {}
    for name, view in _views(network).items():
        if np.may_share_memory(view, theta):
            # The vector of gradients is laid out like that of parameters.
            start = (view.__array_interface__["data"][0] - theta.__array_interface__["data"][0]) // theta.itemsize
            arrays[name] = as_strided(gradient[start:], view.shape, view.strides).copy()
    return Weights(arrays)


def put(network: Network, weights: Weights) -> None:
    """Copy weights into a network.

    Weights with metadata are refused by a network with other activation functions or residual blocks;
    ``Weights(weights.arrays)`` has no metadata.

    Parameters
    ----------
    network : Network
        Composed as the one they were taken from.
    weights : Weights

    Raises
    ------
    WeightsError
        They do not fit; the message names the layers, and the network is not changed.
    """
    given, views = weights.arrays, _views(network)
    _require_fit(given, views, network, _other_functions(weights.metadata, _functions(network)))
    for name, view in views.items():
        view[...] = given[name]


def save(network: Network, path: str | PathLike[str], *, overwrite: bool = False) -> None:
    """Write a network's weights to a file.

    Parameters
    ----------
    network : Network
    path : path
        A path with the extension ``.npz``, ``.csv`` or ``.safetensors``; the latter needs the package safetensors.
    overwrite : bool, default False
        Whether a file of this name may be replaced.

    Raises
    ------
    WeightsError
        The path has another extension, safetensors is not installed, or the network has more than weights and biases,
        and a table cannot hold it.
    FileExistsError
        The file exists and ``overwrite`` is false.
    OSError
        It cannot be written; says why.
    """
    path = Path(path)
    packers = {".npz": to_npz, ".csv": to_table, ".safetensors": to_safetensors}
    if path.suffix not in packers:
        endings = ", ".join(list(packers)[:-1]) + f" or {list(packers)[-1]}"
        raise WeightsError(f"{path}: weights are written to files that end with {endings}")
    content = packers[path.suffix](weights_of(network))
    with whole_file(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(content)


def load(network: Network, path: str | PathLike[str], biases: str | PathLike[str] | None = None) -> None:
    """Load the weights in a file into a network.

    Parameters
    ----------
    network : Network
        Composed as the one they were taken from.
    path : path
        Of a safetensors or NPZ file, as its content says, or of a table that ends with ``.csv``, ``.tsv`` or ``.txt``.
    biases : path, optional
        A table of the biases, where the table of weights has none.

    Raises
    ------
    BiasesNeededError
        The table has weights alone, and there is no table of biases.
    WeightsError
        The file is damaged or of no such format, or its weights do not fit; the network is not changed.
    OSError
        It cannot be read.
    """
    is_table = Path(path).suffix.lower() in _TABLES
    if biases is not None and not is_table:
        raise WeightsError(f"{path} holds the biases too: leave out {biases}")
    weights = _read_table(network, Path(path), biases) if is_table else read(path)
    try:
        put(network, weights)
    except WeightsError as error:
        raise WeightsError(f"the weights in {path} {error}") from error


def read(path: str | PathLike[str]) -> Weights:
    """Read the weights in a file, for any network.

    Parameters
    ----------
    path : path
        Of a safetensors or NPZ file, as its content says.

    Returns
    -------
    Weights

    Raises
    ------
    WeightsError
        The file is damaged or of neither format, or safetensors is needed and not installed.
    OSError
        It cannot be read.
    """
    path = Path(path)
    with open_regular(path) as file:
        beginning = file.read(9)
    if beginning[:2] == b"PK":
        return _read_npz(path)
    if beginning[8:] == b"{" or path.suffix == ".safetensors":
        return _read_safetensors(path)
    raise WeightsError(f"{path} holds no weights: it is neither an NPZ nor a safetensors file, or it is damaged")


def require_gradients(gradients: Weights, network: Network) -> None:
    """Raise WeightsError if arrays are not gradients of a network's weights, by their names.

    Parameters
    ----------
    gradients : Weights
    network : Network

    Raises
    ------
    WeightsError
        Some are missing, or have other shapes; the message names the layers.
    """
    _require_fit(gradients.arrays, gradients_of(network).arrays, network)


def to_npz(weights: Weights) -> bytes:
    """Return the content of an NPZ file with these weights, for numpy.load."""
    arrays: dict[str, Any] = dict(weights.arrays)
    if weights.metadata:
        arrays[_METADATA] = np.array(json.dumps(dict(weights.metadata)))
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


def to_table(weights: Weights, *, gradients: bool = False) -> bytes:
    """Return a table of text with these weights, a row for each input unit, and after them the biases.

    Parameters
    ----------
    weights : Weights
    gradients : bool, default False
        Whether they are gradients, so that the rows are named dW and db.

    Returns
    -------
    bytes

    Raises
    ------
    WeightsError
        There are other parameters than W and b, which a table cannot hold.
    """
    layers = range(len(weights.arrays) // 2)
    expected = {f"layers.{place}.{name}" for place in layers for name in ("W", "b")}
    if set(weights.arrays) != expected or any(weights.arrays[f"layers.{place}.W"].ndim != 2 for place in layers):
        raise WeightsError(
            "a table holds weights and biases of fully connected layers alone: write NPZ for this network"
        )
    W = [weights.arrays[f"layers.{place}.W"] for place in layers]
    b = [weights.arrays[f"layers.{place}.b"] for place in layers]
    sign = "d" if gradients else ""
    names = [f"{sign}W layer {place + 1} input {row + 1}" for place in layers for row in range(W[place].shape[1])]
    biases = [f"{sign}b layer {place + 1}" for place in layers]
    text = write_weights(W, Layout("inputs", tuple(names))) + write_biases(b, Layout("layers", tuple(biases)))
    return text.encode()


def to_safetensors(weights: Weights) -> bytes:
    """Return the content of a safetensors file with these weights.

    Raises
    ------
    WeightsError
        safetensors is not installed; the message says how to install it.
    """
    _require_safetensors()
    from safetensors.numpy import save as pack  # noqa: PLC0415

    content: bytes = pack(dict(weights.arrays), dict(weights.metadata))
    return content


# --- networks -------------------------------------------------------------------------------------------------------


def _views(network: Network) -> dict[str, Array]:
    """Return the views into a network's parameters by name."""
    network.parameters  # noqa: B018  # raises where there are none yet
    views: dict[str, Array] = {}
    for place, layer in enumerate(network.layers):
        views |= {f"layers.{place}.{name}": view for name, view in layer.named_weights()}
    return views


def _functions(network: Network) -> dict[str, str]:
    """Return the activation functions and residual blocks of the layers as metadata."""
    dense = [layer if isinstance(layer, Layer) else None for layer in network.layers]
    names = ["" if layer is None else repr(layer.activation_function) for layer in dense]
    spans = [0 if layer is None else layer.residual for layer in dense]
    functions = {"activation_functions": json.dumps(names), "residual": json.dumps(spans)}
    if None not in dense:
        return functions
    kinds = ["" if isinstance(layer, Layer) else repr(layer.anonymous()) for layer in network.layers]
    return {**functions, "kinds": json.dumps(kinds)}


def _require_fit(
    given: Mapping[str, NDArray[Any]], views: Mapping[str, Array], network: Network, further: Iterable[str] = ()
) -> None:
    """Raise WeightsError if arrays do not fit those of a network, or if there are further faults."""
    faults = [*_faults(given, views), *further]
    if faults:
        more = f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else ""
        raise WeightsError(f"do not fit the network {network.architecture}: {'; '.join(faults[:_MOST_TOLD])}{more}")


def _faults(given: Mapping[str, NDArray[Any]], views: Mapping[str, Array]) -> Iterator[str]:
    """Yield a message for every array that does not fit, in the order of the layers."""
    if not given.keys() & views.keys():
        names = ", ".join(repr(name) for name in list(given)[:_MOST_TOLD]) or "none"
        yield f"its arrays are called layers.0.W, layers.0.b, ..., and there are {names}"
        return
    for name, view in views.items():
        where, array = _where(name), given.get(name)
        if array is None:
            yield f"{where} is missing in the file"
        elif array.shape != view.shape:
            yield f"{where} is {array.shape} in the file, {view.shape} in the network"
        elif array.dtype.kind not in "fiu":
            yield f"{where} holds {array.dtype} in the file, and numbers are needed"
        else:
            # The comparison is false for nan, and for numbers too large for the network's type.
            finite = np.abs(array) <= np.finfo(view.dtype).max
            if not finite.all():
                wrong = np.argwhere(~finite)[0].tolist()
                yield f"{where} is {array[tuple(wrong)]} at {wrong}: finite {view.dtype} numbers are needed"
    yield from (f"{_where(name)} is not in the network" for name in given if name not in views)


def _other_functions(declared: Mapping[str, str], own: Mapping[str, str]) -> Iterator[str]:
    """Yield a message for every layer whose weights were trained with another function; no metadata, no messages."""
    titles = {"activation_functions": "activation function", "residual": "residual", "kinds": "kind"}
    for name, title in titles.items():
        try:
            pairs = list(zip(json.loads(declared[name]), json.loads(own[name]), strict=True))
        except (KeyError, ValueError, TypeError):  # no metadata, or another number of layers
            continue
        for place, (theirs, ours) in enumerate(pairs, start=1):
            if theirs != ours:
                yield f"layer {place}: the {title} is {theirs} in the file, {ours} in the network"


def _where(name: str) -> str:
    """Return an array's name for a message: ``layer 2: W``, counted from 1; ``layer 3.1: W`` inside a block."""
    parts = name.split(".")
    places = parts[1:-1]
    if parts[0] == "layers" and places and all(place.isdecimal() and len(place) < 6 for place in places):
        return f"layer {'.'.join(str(int(place) + 1) for place in places)}: {parts[-1]}"
    return repr(name)


def _read_table(network: Network, path: Path, biases: str | PathLike[str] | None) -> Weights:
    """Read the table of weights, followed by biases if they have no table, of a network like this one."""
    try:
        layers = require_fully_connected(network.layers, "a table of weights")
        W, b, _ = read_parameters(path, biases, [network.input_size, *(layer.size for layer in layers)])
    except NoBiasesError as error:
        raise BiasesNeededError(str(error)) from error
    except ValueError as error:
        raise WeightsError(str(error)) from error
    if any(layer.normalised for layer in layers):
        raise WeightsError(f"{path} is a table, which has no gamma and beta: give normalised layers as NPZ")
    named = {"W": W, "b": b}
    arrays = {f"layers.{place}.{name}": named[name][place] for place in range(len(W)) for name in ("W", "b")}
    return Weights(arrays)


# --- files ----------------------------------------------------------------------------------------------------------


def _read_npz(path: Path) -> Weights:
    try:
        # Opened here, as np.load leaves a damaged file open that it has opened itself.
        with open_regular(path) as file, np.load(file, allow_pickle=False) as archive:
            assert isinstance(archive, NpzFile)  # it begins like a zip file
            arrays: dict[str, Any] = {name: archive[name] for name in archive.files}
    except (*DAMAGE, OSError) as error:
        if "allow_pickle" in str(error):
            raise WeightsError(f"{path} holds Python objects, which are never unpickled: save numbers") from error
        raise WeightsError(f"{path} is not an NPZ file, or is damaged: {error}") from error
    except MemoryError as error:
        raise WeightsError(f"{path} does not fit into memory") from error
    lone = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
    if lone:
        raise WeightsError(f"{path}: {lone[0]!r} is not a NumPy array")
    return Weights(arrays, _texts(arrays.pop(_METADATA, None)))


def _texts(array: NDArray[Any] | None) -> dict[str, str]:
    """Return the texts of an NPZ file; empty if the entry is something else."""
    try:
        texts = json.loads(str(array))
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(text) for name, text in texts.items()} if isinstance(texts, dict) else {}


def _read_safetensors(path: Path) -> Weights:
    _require_safetensors()
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(path, "np") as archive:
            arrays = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118  # it is no dictionary
            metadata = archive.metadata() or {}
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a safetensors file, or is damaged: {error}") from error
    except (TypeError, AttributeError) as error:
        raise WeightsError(_OTHER_NUMBERS.format(path)) from error
    except MemoryError as error:
        raise WeightsError(f"{path} does not fit into memory") from error
    # If another package registers such types with NumPy, they can be read, but not converted.
    if any(array.dtype.kind == "V" for array in arrays.values()):
        raise WeightsError(_OTHER_NUMBERS.format(path))
    return Weights(arrays, metadata)


def _require_safetensors() -> None:
    if find_spec("safetensors") is None:
        raise WeightsError("safetensors files need safetensors; install it with: pip install 'joml-tui[weights]'")
