"""The graph of an ONNX model: nodes and constants, which are referred to by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from joml import ELU, GELU, ActivationFunction, Identity, LeakyReLu, ReLu, Sigmoid, SiLU, SoftMax, Tanh
from joml.data.preparation import Preparation
from joml_tui.export.safe_files import ExportError

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


class Graph:
    """The nodes of a network's graph; values are referred to by name."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def unscaled(self, y_hat: str, preparation: Preparation) -> str:
        """Add the outputs in the units of the data."""
        if preparation.y_mean is None or preparation.y_deviation is None:
            return y_hat
        deviation = self.constant("values.deviation", preparation.y_deviation)
        product = self.add("Mul", [y_hat, deviation], "values.spread")
        return self.add("Add", [product, self.constant("values.mean", preparation.y_mean)], "values")

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

    def constant(self, name: str, values: ArrayLike, kind: DTypeLike = np.float32) -> str:
        """Add a constant array to the model."""
        from onnx import numpy_helper  # noqa: PLC0415

        self.constants.append(numpy_helper.from_array(np.array(values, kind, order="C"), name))
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
