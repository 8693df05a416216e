"""A run's network as an ONNX model, from rows of samples to rows of outputs.

It uses opset 17, the first with layer normalisation and the last that is supported almost everywhere; GELU's tanh form
is composed of simpler operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from joml import ELU, GELU, ActivationFunction, Identity, Layer, LeakyReLu, Network, ReLu, Sigmoid, SiLU, SoftMax, Tanh
from joml.array_types import Array
from joml.layer_normalisation import EPSILON
from joml_tui import __version__
from joml_tui.export.networks import trained
from joml_tui.export.safe_files import ExportError, exported

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

#: The version of the operators, and the lowest format version for it.
_OPSET, _FORMAT = 17, 8

#: Functions with an ONNX operator.
_OPERATORS: dict[type[ActivationFunction], str] = {
    ReLu: "Relu",
    LeakyReLu: "LeakyRelu",
    ELU: "Elu",
    Sigmoid: "Sigmoid",
    Tanh: "Tanh",
    Identity: "Identity",
    SoftMax: "Softmax",
}


def write_onnx(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write the network as an ONNX model: ``x``, (batch, features), to ``y_hat``, (batch, outputs), in float32.

    Raises
    ------
    ExportError
        onnx is not installed, there is no network yet, the file exists and ``overwrite`` is false, or it cannot be
        written.
    """
    if find_spec("onnx") is None:
        raise ExportError("ONNX files need onnx; install it with: pip install 'joml-tui[onnx]'")
    with exported(path, overwrite=overwrite) as temporary:
        own = trained(run)
        model = onnx_model(own.network, own.weights.metadata)
        temporary.write_bytes(model.SerializeToString())


def onnx_model(network: Network, told: Mapping[str, str] | None = None) -> Any:
    """Return a network as an ``onnx.ModelProto``, without dropout, which is for training only.

    Raises
    ------
    ExportError
        A layer has a custom activation function, which ONNX lacks.
    """
    import onnx  # noqa: PLC0415

    graph = _Graph()
    y_hat = graph.network(network)
    graph.add("Identity", [y_hat], "y_hat")
    number = onnx.TensorProto.FLOAT
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "network",
            [onnx.helper.make_tensor_value_info("x", number, ["batch", network.input_size])],
            [onnx.helper.make_tensor_value_info("y_hat", number, ["batch", network.output_layer.size])],
            graph.constants,
            doc_string=f"{network.architecture}, trained with JOML",
        ),
        producer_name="joml",
        producer_version=__version__,
        ir_version=_FORMAT,
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
    )
    onnx.helper.set_model_props(model, dict(told or {}))
    onnx.checker.check_model(model)
    return model


class _Graph:
    """The nodes of a network's graph; values are referred to by name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def network(self, network: Network) -> str:
        """Add all layers, and return the name of the outputs."""
        a = ["x"]
        for place, layer in enumerate(network.layers):
            a.append(self.layer(layer, f"layers.{place}", a))
        return a[-1]

    def layer(self, layer: Layer, name: str, a: list[str]) -> str:
        """Add a = a_before + sigma(normalise(W a_previous + b)); ``a`` has the names of the earlier activations."""
        # Samples are rows, so the product is a W^T.
        W, b = self.constant(f"{name}.W", layer.W), self.constant(f"{name}.b", layer.b)
        z = self.add("Gemm", [a[-1], W, b], f"{name}.z", transB=1)
        if layer.normalised:
            norm = [self.constant(f"{name}.gamma", layer.gamma), self.constant(f"{name}.beta", layer.beta)]
            z = self.add("LayerNormalization", [z, *norm], f"{name}.n", axis=-1, epsilon=EPSILON)
        value = self.activation(layer.activation_function, z, f"{name}.a")
        return self.add("Add", [value, a[-layer.residual]], f"{name}.sum") if layer.residual else value

    def activation(self, function: ActivationFunction, z: str, name: str) -> str:
        """Add sigma(z)."""
        kind = type(function)
        if kind is SiLU:
            return self.add("Mul", [z, self.add("Sigmoid", [z], f"{name}.sigmoid")], name)
        if kind is GELU:
            return self.gelu(z, name)
        if kind not in _OPERATORS:
            raise ExportError(f"{function!r} is a custom function, which ONNX files cannot contain")
        return self.add(_OPERATORS[kind], [z], name, **_settings(function))

    def gelu(self, z: str, name: str) -> str:
        """Add z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2."""
        cube = self.add("Mul", [self.add("Mul", [z, z], f"{name}.square"), z], f"{name}.cube")
        inner = self.add("Add", [z, self.scaled(cube, 0.044715, f"{name}.cubic")], f"{name}.inner")
        tanh = self.add("Tanh", [self.scaled(inner, float(np.sqrt(2 / np.pi)), f"{name}.u")], f"{name}.tanh")
        one = self.constant(f"{name}.one", np.float32(1))
        doubled = self.add("Mul", [z, self.add("Add", [tanh, one], f"{name}.gate")], f"{name}.doubled")
        return self.scaled(doubled, 0.5, name)

    def scaled(self, value: str, factor: float, name: str) -> str:
        """Add a product with a number."""
        return self.add("Mul", [value, self.constant(f"{name}.factor", np.float32(factor))], name)

    def add(self, operator: str, inputs: list[str], output: str, **settings: Any) -> str:
        """Add a node, and return the name of its output."""
        from onnx import helper  # noqa: PLC0415

        self.nodes.append(helper.make_node(operator, inputs, [output], output, **settings))
        return output

    def constant(self, name: str, values: Array | np.float32) -> str:
        """Add a constant array to the model."""
        from onnx import numpy_helper  # noqa: PLC0415

        self.constants.append(numpy_helper.from_array(np.array(values, np.float32, order="C"), name))
        return name


def _settings(function: ActivationFunction) -> dict[str, float]:
    """Return a function's settings by their ONNX names."""
    match function:
        case LeakyReLu():
            return {"alpha": function.slope}
        case ELU():
            return {"alpha": function.alpha}
        case SoftMax():
            return {"axis": -1}
    return {}
