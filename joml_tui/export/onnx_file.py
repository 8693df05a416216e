"""A run's network as an ONNX model, from rows of samples to rows of outputs.

It uses opset 17, the first with layer normalisation and the last that is supported almost everywhere; GELU's tanh form
is composed of simpler operators.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joml import Network
from joml.data.preparation import Preparation
from joml_tui import __version__
from joml_tui.export.networks import trained
from joml_tui.export.onnx_columns import ML_OPSET, add_columns, column_inputs
from joml_tui.export.onnx_graph import Graph
from joml_tui.export.onnx_layers import add_network
from joml_tui.export.onnx_terms import add_scaling, add_terms, feature_input
from joml_tui.export.safe_files import ExportError, exported

if TYPE_CHECKING:
    from joml_tui.runs.run import Run

#: The version of the operators, and the lowest format version for it.
_OPSET, _FORMAT = 17, 8


def write_onnx(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write the network as an ONNX model: ``x``, (batch, features), to ``y_hat``, (batch, outputs), in float32.

    For a table of mixed columns it takes the raw columns, as in `joml_tui.export.onnx_columns`. A network on terms of
    the features takes these in the units of the data, in float64.

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
        model = onnx_model(own.network, own.weights.metadata, own.preparation)
        temporary.write_bytes(model.SerializeToString())


def onnx_model(network: Network, about: Mapping[str, str] | None = None, preparation: Preparation | None = None) -> Any:
    """Return a network as an ``onnx.ModelProto``, without dropout, which is for training only.

    Parameters
    ----------
    network : Network
    about : mapping of str to str, optional
        The model's metadata.
    preparation : Preparation, optional
        Of its data. For a table of mixed columns the model takes the raw columns, and for terms of features the
        features in the units of the data; its values to predict are then in these units too.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    ExportError
        A layer or an activation function is of one's own, which ONNX lacks; the message names it.
    """
    import onnx  # noqa: PLC0415

    graph = Graph()
    number = onnx.TensorProto.FLOAT
    if preparation is not None and preparation.columns:
        inputs, sets = column_inputs(preparation.columns), [("", _OPSET), ("ai.onnx.ml", ML_OPSET)]
        y_hat = add_network(graph, network, add_terms(graph, add_columns(graph, preparation), preparation))
        y_hat = graph.unscaled(y_hat, preparation)
    elif preparation is not None and preparation.terms:
        inputs, sets = [feature_input(preparation)], [("", _OPSET)]
        y_hat = add_network(graph, network, add_terms(graph, add_scaling(graph, "x", preparation), preparation))
        y_hat = graph.unscaled(y_hat, preparation)
    else:
        inputs, sets = [onnx.helper.make_tensor_value_info("x", number, ["batch", network.input_size])], [("", _OPSET)]
        y_hat = add_network(graph, network, "x")
    graph.add("Identity", [y_hat], "y_hat")
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            "network",
            inputs,
            [onnx.helper.make_tensor_value_info("y_hat", number, ["batch", network.output_layer.size])],
            graph.constants,
            doc_string=f"{network.architecture}, trained with JOML",
        ),
        producer_name="joml",
        producer_version=__version__,
        ir_version=_FORMAT,
        opset_imports=[onnx.helper.make_opsetid(*each) for each in sets],
    )
    onnx.helper.set_model_props(model, dict(about or {}))
    onnx.checker.check_model(model)
    return model
