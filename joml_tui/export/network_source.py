"""A run's network as source code: a script for joml, and one for PyTorch.

Each rebuilds the network, loads its weights from an NPZ file beside it, and predicts. The joml script contains the
weights of a small network itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from joml.data.input_terms import parse_terms
from joml.files.weights import to_npz
from joml_tui.export.column_source import reading_source
from joml_tui.export.joml_layers import inlined_weights, joml_layers
from joml_tui.export.networks import Trained, trained
from joml_tui.export.safe_files import check_writable, exported
from joml_tui.export.scaling import Scaling
from joml_tui.export.source_lines import listed
from joml_tui.export.term_source import terms_source
from joml_tui.export.torch_layers import TorchLayers

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

#: Largest number of parameters, and of what layers keep besides, that are written into the script itself.
INLINE_PARAMETERS = 500
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
    numbers = np.concatenate([own.network.parameters.theta, own.network.parameters.state])
    inline = numbers.size <= INLINE_PARAMETERS and bool(np.isfinite(numbers).all())
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
    network = own.network
    layers = joml_layers(network)
    imports = [f"from joml import {', '.join(layers.imports)}"]
    if weights is None:
        taken = list(inlined_weights(network))
    else:
        imports.append("from joml.files.weights import load")
        taken = [f"load(network, Path(__file__).with_name({weights!a}))"]
    return _JOML.substitute(
        beginning=_beginning(own, "joml"),
        path="" if weights is None else "from pathlib import Path\n",
        imports="\n".join(imports),
        inputs=layers.inputs,
        seed=own.experiment.seed,
        layers="\n".join(layers.stacked) or "# no hidden layer",
        output=layers.output,
        weights="\n".join(taken),
        **_units(own),
    )


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


#: Where PyTorch has JOML's arrays: the part of a layer, and its array.
ARRAYS = {
    "W": ("layer", "weight"),
    "b": ("layer", "bias"),
    "gamma": ("norm", "weight"),
    "beta": ("norm", "bias"),
    "running_mean": ("norm", "running_mean"),
    "running_variance": ("norm", "running_var"),
}


def load(path=WEIGHTS):
    """Make the network with the weights in an NPZ or safetensors file that JOML wrote."""
    if Path(path).suffix == ".safetensors":
        from safetensors.numpy import load_file

        arrays = load_file(path)
    else:
        arrays = np.load(path, allow_pickle=False)
    state = {}
    for name in arrays:
        if name.startswith("layers."):
            _, *places, array = name.split(".")
            number = "_".join(str(int(place) + 1) for place in places)  # JOML's files count from 0
            part, torch_name = ARRAYS[array]
            state[f"{part}{number}.{torch_name}"] = torch.tensor(arrays[name])
    net = Net()
    net.load_state_dict(state)
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


def torch_script(own: Trained, weights: str) -> str:
    """Return the script that rebuilds a network with PyTorch; ``weights`` is the name of the file beside it."""
    network = own.network
    layers = TorchLayers(network)
    return _TORCH.substitute(
        beginning=_beginning(own, "PyTorch"),
        weights=ascii(weights),
        architecture=network.architecture,
        inputs=network.input_size,
        outputs=network.output_layer.size,
        parts="\n        ".join(layers.parts),
        forward="\n        ".join(layers.forward),
        **_units(own),
    )


# --- both -----------------------------------------------------------------------------------------------------------


def _beginning(own: Trained, library: str) -> str:
    """Return the beginning of a script, without quotes or anything else by which a name could become code."""
    metadata = own.metadata
    return (
        f"{own.network.architecture} in {library}, as JOML has trained it for {own.iteration:,} iterations.\n\n"
        f"Data set: {_harmless(metadata['dataset'])}, seed {metadata['seed']}.\nInputs: {metadata['inputs']}."
    )


def _harmless(name: str) -> str:
    """Return a name for a docstring: a custom data set may be called anything."""
    return "".join(sign if sign.isascii() and sign.isprintable() and sign not in "'\"\\" else "?" for sign in name)


def _units(own: Trained) -> dict[str, str]:
    """Return the code for output names, scaling, and the conversion of a file's rows."""
    units, lines, made = own.units, [""], {"standardised": "", "y_hat": "y_hat"}
    if units.outputs:
        lines += ["# Names of the outputs.", *listed("OUTPUTS = [", map(ascii, units.outputs), "]"), ""]
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
        yield from listed(f"{name}_{part.upper()} = np.array([", map(repr, getattr(scaling, part).tolist()), "])")
    yield ""
