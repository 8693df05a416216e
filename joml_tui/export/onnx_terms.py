"""The terms of features in an ONNX model, which then takes the features in the units of the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from joml.data.input_terms import Term, parse_terms
from joml.data.preparation import Preparation
from joml_tui.export.onnx_graph import Graph


def feature_input(preparation: Preparation) -> Any:
    """Return the description of the model's input ``x``, (batch, features), in double precision.

    Parameters
    ----------
    preparation : Preparation

    Returns
    -------
    onnx.ValueInfoProto
    """
    from onnx import TensorProto, helper  # noqa: PLC0415

    return helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["batch", len(preparation.feature_names)])


def add_scaling(graph: Graph, x: str, preparation: Preparation) -> str:
    """Add the scaling of features in double precision, and return the name of the result, in single precision.

    Parameters
    ----------
    graph : Graph
    x : str
        The name of the features.
    preparation : Preparation

    Returns
    -------
    str
    """
    from onnx import TensorProto  # noqa: PLC0415

    if preparation.x_mean is not None and preparation.x_deviation is not None:
        mean = graph.constant("features.mean", preparation.x_mean, np.float64)
        deviation = graph.constant("features.deviation", preparation.x_deviation, np.float64)
        x = graph.add("Div", [graph.add("Sub", [x, mean], "features.centred"), deviation], "features.scaled")
    return graph.add("Cast", [x], "features.single", to=TensorProto.FLOAT)


def add_terms(graph: Graph, x: str, preparation: Preparation) -> str:
    """Add the terms of scaled features, and return the name of the network's input; without terms, that of features.

    Parameters
    ----------
    graph : Graph
    x : str
        The name of the scaled features, in single precision.
    preparation : Preparation

    Returns
    -------
    str
    """
    if not preparation.terms:
        return x
    terms = parse_terms(preparation.terms, preparation.feature_names)
    places = sorted({place for term in terms for place in (term.first, term.second)})
    columns = {place: _column(graph, x, place) for place in places}
    computed = [
        _term(graph, f"terms.{place}", term, columns[term.first], columns[term.second])
        for place, term in enumerate(terms)
    ]
    return graph.add("Concat", computed, "terms", axis=1)


def _column(graph: Graph, x: str, place: int) -> str:
    chosen = graph.constant(f"features.{place}.place", np.array([place]), np.int64)
    return graph.add("Gather", [x, chosen], f"features.{place}", axis=1)


def _term(graph: Graph, name: str, term: Term, first: str, second: str) -> str:
    match term.kind:
        case "feature":
            return graph.add("Identity", [first], name)
        case "square" | "product":
            return graph.add("Mul", [first, second], name)
        case "sin":
            return graph.add("Sin", [first], name)
        case "cos":
            return graph.add("Cos", [first], name)
