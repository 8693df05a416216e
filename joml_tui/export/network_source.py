"""A run's network as source code: a script for joml, and one for PyTorch.

Each rebuilds the network, loads its weights from an NPZ file beside it, and predicts. The joml script contains the
weights of a small network itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from joml import (
    ELU,
    GELU,
    ActivationFunction,
    CrossEntropy,
    Identity,
    LeakyReLu,
    ReLu,
    Sigmoid,
    SiLU,
    SoftMax,
    Tanh,
)
from joml.array_types import Array
from joml.data.input_terms import parse_terms
from joml.files.weights import to_npz
from joml.layer_normalisation import EPSILON
from joml_tui.export.column_source import reading_source
from joml_tui.export.networks import Trained, trained
from joml_tui.export.safe_files import ExportError, check_writable, exported
from joml_tui.export.scaling import Scaling
from joml_tui.export.term_source import terms_source

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

#: Largest number of parameters that are written into the script itself.
INLINE_PARAMETERS = 500
_WIDTH = 120
_PLAIN_ROWS = "one row per sample, numbers only"


def weights_path(script: Path) -> Path:
    """Return the path of a script's weights: ``net.weights.npz`` for ``net.py``."""
    return script.with_suffix(".weights.npz")


def write_joml_script(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a script that needs only joml, with its weights in a second file unless they are few.

    Raises
    ------
    ExportError
        There is no network yet, one of the files exists and ``overwrite`` is false, or cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    own = trained(run)
    parameters = own.network.parameters.theta
    inline = parameters.size <= INLINE_PARAMETERS and bool(np.isfinite(parameters).all())
    _write(own, path, joml_script(own, None if inline else weights_path(path).name), overwrite, alone=inline)


def write_torch_script(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a script that needs PyTorch and NumPy, and its weights; it can load safetensors files too.

    Raises
    ------
    ExportError
        As for ``write_joml_script``.
    """
    check_writable(path, overwrite=overwrite)
    own = trained(run)
    _write(own, path, torch_script(own, weights_path(path).name), overwrite)


def _write(own: Trained, path: Path, script: str, overwrite: bool, alone: bool = False) -> None:
    """Write the weights and then the script, so that no script exists without its weights."""
    if not alone:
        with exported(weights_path(path), overwrite=overwrite) as temporary:
            temporary.write_bytes(to_npz(own.weights))
    with exported(path, overwrite=overwrite) as temporary:
        temporary.write_text(script, encoding="utf-8")


# --- joml -----------------------------------------------------------------------------------------------------------

_JOML = Template('''"""$beginning

Needs: pip install joml-tui.
"""

${modules}import os
${more_modules}import sys
$path
import numpy as np
$imports
$units
network = Network(input_size=$inputs, seed=$seed)
$layers
network.output($output)
$weights
$terms

def predict(x):
    """Return the outputs, (outputs, samples), for samples x, (features, samples): samples are columns."""
    return network.predict($columns)

$reading
if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} samples.csv ($rows)")
    x = $read$standardised
    y_hat = predict(x.T).T
    try:
        np.savetxt(sys.stdout, $y_hat, fmt="%.9g", delimiter=",")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
''')


def joml_script(own: Trained, weights: str | None) -> str:
    """Return the script that rebuilds a network with joml.

    Parameters
    ----------
    own : Trained
    weights : str or None
        The name of the file with the weights beside the script; None puts them into the script.
    """
    layers, output = [repr(layer) for layer in own.network.layers[:-1]], _joml_output(own)
    names = sorted({name for line in (*layers, output) for name in re.findall(r"(\w+)\(", line)} | {"Network"})
    imports = [f"from joml import {', '.join(names)}"]
    if weights is None:
        taken = list(_inlined(own))
    else:
        imports.append("from joml.files.weights import load")
        taken = [f"load(network, Path(__file__).with_name({weights!a}))"]
    return _JOML.substitute(
        beginning=_beginning(own, "joml"),
        path="" if weights is None else "from pathlib import Path\n",
        imports="\n".join(imports),
        inputs=own.network.input_size,
        seed=own.experiment.seed,
        layers="\n".join(_stacked(layers)) or "# no hidden layer",
        output=output,
        weights="\n".join(taken),
        **_units(own),
    )


def _joml_output(own: Trained) -> str:
    layer = own.network.output_layer
    cost = layer.cost_function
    if isinstance(layer.activation_function, SoftMax) and isinstance(cost, CrossEntropy) and not cost.smoothing:
        return f"SoftMaxCrossEntropyOutputLayer(size={layer.size})"
    return f"OutputLayer({layer.size}, {layer.activation_function!r}, {cost!r})"


def _stacked(layers: list[str]) -> Iterator[str]:
    for line, group in groupby(layers):
        count = len(list(group))
        if count > 2:
            yield f"for _ in range({count}):"
            yield f"    network.stack({line})"
        else:
            yield from [f"network.stack({line})"] * count


def _inlined(own: Trained) -> Iterator[str]:
    for place, layer in enumerate(own.network.layers):
        names = ("W", "b", "gamma", "beta") if layer.normalised else ("W", "b")
        for name in names:
            yield from _assigned(f"network.layers[{place}].{name}", getattr(layer, name))


def _assigned(target: str, values: Array) -> Iterator[str]:
    """Yield the lines of an assignment of numbers, with the fewest digits that are exact in float32."""
    if values.ndim == 1:
        yield from _listed(f"{target} = [", map(str, values), "]")
        return
    yield f"{target} = ["
    for row in values:
        yield from _listed("    [", map(str, row), "],")
    yield "]"


def _listed(beginning: str, words: Iterable[str], end: str) -> Iterator[str]:
    """Yield the lines of a list, wrapped."""
    line, indent = beginning, " " * (len(beginning) - len(beginning.lstrip()) + 4)
    for place, word in enumerate(words):
        separated = f", {word}" if place else word
        if len(line) + len(separated) + len(end) > _WIDTH:
            yield f"{line},"
            line, separated = indent, word
        line += separated
    yield line + end


# --- PyTorch --------------------------------------------------------------------------------------------------------

_TORCH = Template('''"""$beginning

Needs: pip install torch numpy (and safetensors, to load weights from such files).
"""

${modules}import os
${more_modules}import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

WEIGHTS = Path(__file__).with_name($weights)
$units

class Net(nn.Module):
    """$architecture: gives y_hat, (samples, $outputs), for x, (samples, $inputs)."""

    def __init__(self):
        super().__init__()
        $parts

    def forward(self, x):
        $forward


LAYERS, NORMALISED = $layers, $normalised


def load(path=WEIGHTS):
    """Make the network with the weights in an NPZ or safetensors file that JOML wrote."""
    if Path(path).suffix == ".safetensors":
        from safetensors.numpy import load_file

        held = load_file(path)
    else:
        held = np.load(path, allow_pickle=False)
    state = {}
    for layer in range(1, LAYERS + 1):  # JOML's files count from 0
        state[f"layer{layer}.weight"] = held[f"layers.{layer - 1}.W"]
        state[f"layer{layer}.bias"] = held[f"layers.{layer - 1}.b"]
    for layer in NORMALISED:
        state[f"norm{layer}.weight"] = held[f"layers.{layer - 1}.gamma"]
        state[f"norm{layer}.bias"] = held[f"layers.{layer - 1}.beta"]
    net = Net()
    net.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return net.eval()
$terms

def predict(net, x):
    """Return the outputs, (samples, outputs), for samples x, (samples, features): samples are rows."""
    with torch.no_grad():
        return net(torch.tensor(np.asarray($samples, np.float32))).numpy()

$reading
if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} samples.csv [weights] ($rows)")
    x = $read$standardised
    y_hat = predict(load(*sys.argv[2:]), x)
    try:
        np.savetxt(sys.stdout, $y_hat, fmt="%.9g", delimiter=",")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has stopped reading
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
''')

#: PyTorch expressions of the functions, of z and of their settings.
_TORCH_FUNCTIONS: dict[type[ActivationFunction], str] = {
    ReLu: "torch.relu({z})",
    LeakyReLu: "F.leaky_relu({z}, {slope!r})",
    ELU: "F.elu({z}, {alpha!r})",
    GELU: 'F.gelu({z}, approximate="tanh")',
    SiLU: "F.silu({z})",
    Sigmoid: "torch.sigmoid({z})",
    Tanh: "torch.tanh({z})",
    Identity: "{z}",
    SoftMax: "torch.softmax({z}, dim=1)",
}


def torch_script(own: Trained, weights: str) -> str:
    """Return the script that rebuilds a network with PyTorch; ``weights`` is the name of the file beside it."""
    network = own.network
    return _TORCH.substitute(
        beginning=_beginning(own, "PyTorch"),
        weights=ascii(weights),
        architecture=network.architecture,
        inputs=network.input_size,
        outputs=network.output_layer.size,
        parts="\n        ".join(_torch_parts(own)),
        forward="\n        ".join(_torch_forward(own)),
        layers=len(network.layers),
        normalised=[place for place, layer in enumerate(network.layers, start=1) if layer.normalised],
        **_units(own),
    )


def _torch_parts(own: Trained) -> Iterator[str]:
    for place, (layer, previous) in enumerate(zip(own.network.layers, own.network.sizes, strict=False), start=1):
        yield f"self.layer{place} = nn.Linear({previous}, {layer.size})"
        if layer.normalised:
            yield f"self.norm{place} = nn.LayerNorm({layer.size}, eps={EPSILON})"
        if layer.dropout:
            yield f"self.dropout{place} = nn.Dropout({layer.dropout})"


def _torch_forward(own: Trained) -> Iterator[str]:
    last = len(own.network.layers)
    for place, layer in enumerate(own.network.layers, start=1):
        value = f"self.layer{place}({_activations(place - 1)})"
        value = f"self.norm{place}({value})" if layer.normalised else value
        value = _torch_function(layer.activation_function, value)
        value = f"self.dropout{place}({value})" if layer.dropout else value
        value = f"{_activations(place - layer.residual)} + {value}" if layer.residual else value
        yield f"return {value}" if place == last else f"{_activations(place)} = {value}"


def _activations(place: int) -> str:
    return f"a{place}" if place else "x"


def _torch_function(function: ActivationFunction, z: str) -> str:
    if type(function) not in _TORCH_FUNCTIONS:
        raise ExportError(f"{function!r} is a custom function, which PyTorch does not have")
    return _TORCH_FUNCTIONS[type(function)].format(z=z, **vars(function))


# --- both -----------------------------------------------------------------------------------------------------------


def _beginning(own: Trained, library: str) -> str:
    """Return the beginning of a script, without any text that users have typed."""
    metadata = own.metadata
    return (
        f"{own.network.architecture} in {library}, as JOML has trained it for {own.iteration:,} iterations.\n\n"
        f"Data set: {metadata['dataset']}, seed {metadata['seed']}.\nInputs: {metadata['inputs']}."
    )


def _units(own: Trained) -> dict[str, str]:
    """Return the code for output names, scaling, and the conversion of a file's rows."""
    units, lines, made = own.units, [""], {"standardised": "", "y_hat": "y_hat"}
    if units.outputs:
        lines += ["# Names of the outputs.", *_listed("OUTPUTS = [", map(ascii, units.outputs), "]"), ""]
    if units.x is not None:
        lines += [
            "# Of the features: predict() takes them minus the mean, over the deviation.",
            *_scaling("X", units.x),
        ]
        made["standardised"] = "\n    x = (x - X_MEAN) / X_DEVIATION"
    if units.y is not None:
        lines += ["# Of the values: predict() gives them minus the mean, over the deviation.", *_scaling("Y", units.y)]
        made["y_hat"] = "y_hat * Y_DEVIATION + Y_MEAN"
    return {"units": "\n".join(lines), **made, **_terms(own), **_reading(own)}


def _terms(own: Trained) -> dict[str, str]:
    """Return the code that computes the network's inputs as terms of features, and that calls it."""
    units = own.units
    if not units.terms:
        return {"terms": "", "columns": "x", "samples": "x"}
    source = terms_source(parse_terms(units.terms, units.features), len(units.features))
    return {"terms": source, "columns": "inputs_of(np.transpose(x)).T", "samples": "inputs_of(x)"}


def _reading(own: Trained) -> dict[str, str]:
    """Return the code that reads the rows of a file: numbers alone, or the columns of a table as in training."""
    preparation = own.units.preparation
    if preparation is None:
        read = 'np.loadtxt(sys.argv[1], delimiter=",", ndmin=2)'
        return {"modules": "", "more_modules": "", "rows": _PLAIN_ROWS, "read": read, "reading": ""}
    return {
        "modules": "import csv\nimport json\nimport math\n",
        "more_modules": "import re\n",
        "rows": "with the columns of the training data",
        "read": "read_features(sys.argv[1])",
        "reading": reading_source(preparation),
    }


def _scaling(name: str, scaling: Scaling) -> Iterator[str]:
    for part in ("mean", "deviation"):
        yield from _listed(f"{name}_{part.upper()} = np.array([", map(repr, getattr(scaling, part).tolist()), "])")
    yield ""
