"""The encoding of a table's columns in an ONNX model, which then takes the raw columns.

Each column is an input of its own, of shape (batch, 1): numbers are doubles with nan for a missing one. Categories and
truth values are texts without blanks around them, "" for a missing one; numbers among them have no zeros in front or
behind. Dates are seconds since 1970 (times of day since midnight) as doubles, nan for a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from joml.data.missing_texts import MISSING
from joml.data.preparation import Preparation
from joml.data.tables.cell_meanings import BOOLEANS
from joml.data.tables.encoding import BooleanEncoder, CategoryEncoder, ColumnEncoder, DateEncoder, NumberEncoder
from joml_tui.export.onnx_graph import Graph
from joml_tui.export.onnx_terms import add_scaling

#: The version of the operators on categories.
ML_OPSET = 3
# Days from the first of March of the year 0 to 1970; years then begin in March, and leap days are at their ends.
_DAYS_TO_1970 = 719_468


def input_names(columns: Sequence[ColumnEncoder]) -> list[str]:
    """Return the names of the model's inputs: those of the columns, made of letters that every program takes.

    Parameters
    ----------
    columns : sequence of ColumnEncoder

    Returns
    -------
    list of str
        Different ones.
    """
    names: list[str] = []
    for place, encoder in enumerate(columns, start=1):
        name = re.sub(r"\W+", "_", encoder.name, flags=re.ASCII).strip("_") or f"x{place}"
        names.append(name if name not in (*names, "y_hat") and len(name) <= 100 else f"{name[:100]}_{place}")
    return names


def column_inputs(columns: Sequence[ColumnEncoder]) -> list[Any]:
    """Return the descriptions of the model's inputs, one for each column.

    Parameters
    ----------
    columns : sequence of ColumnEncoder

    Returns
    -------
    list of onnx.ValueInfoProto
    """
    from onnx import TensorProto, helper  # noqa: PLC0415

    kinds = [
        TensorProto.DOUBLE if isinstance(each, NumberEncoder | DateEncoder) else TensorProto.STRING for each in columns
    ]
    return [
        helper.make_tensor_value_info(name, kind, ["batch", 1])
        for name, kind in zip(input_names(columns), kinds, strict=True)
    ]


def add_columns(graph: Graph, preparation: Preparation) -> str:
    """Add the encoding of raw columns and the scaling of their features, and return the name of the scaled features.

    Parameters
    ----------
    graph : Graph
    preparation : Preparation

    Returns
    -------
    str
    """
    features: list[str] = []
    for name, encoder in zip(input_names(preparation.columns), preparation.columns, strict=True):
        features += _features(graph, f"columns.{name}", name, encoder)
    x = graph.add("Concat", features, "features", axis=1)
    return add_scaling(graph, x, preparation)


def _features(graph: Graph, at: str, name: str, encoder: ColumnEncoder) -> list[str]:
    """Add the features of a column, in double precision, and return their names."""
    match encoder:
        case NumberEncoder():
            return _of_numbers(graph, at, name, encoder)
        case CategoryEncoder():
            return _of_categories(graph, at, name, encoder)
        case BooleanEncoder():
            return _of_truth_values(graph, at, name, encoder)
        case DateEncoder():
            return _of_dates(graph, at, name, encoder)


def _of_numbers(graph: Graph, at: str, name: str, encoder: NumberEncoder) -> list[str]:
    absent = graph.add("IsNaN", [name], f"{at}.absent")
    value = graph.add("Where", [absent, _double(graph, f"{at}.fill", encoder.fill), name], f"{at}.value")
    return [value, *_marks(graph, at, absent, encoder.missing)]


def _of_categories(graph: Graph, at: str, name: str, encoder: CategoryEncoder) -> list[str]:
    """Add a column of 0 and 1 for each category, found by its place in a list."""
    trained = [each for each in encoder.categories if each not in encoder.absent]
    places = {category: encoder.categories.index(category) for category in trained}
    rest = len(encoder.categories) if encoder.other else -1
    gone = len(encoder.feature_names) - 1 if encoder.missing else -1
    texts = [*places, *(text for text in _missing_texts() if text not in places)]
    values = [places.get(text, gone) for text in texts]
    place = _looked_up(graph, f"{at}.place", name, texts, values, rest)
    numbers = graph.constant(f"{at}.places", np.arange(len(encoder.feature_names)), np.int64)
    return [_cast(graph, graph.add("Equal", [place, numbers], f"{at}.is"), f"{at}.features", "DOUBLE")]


def _of_truth_values(graph: Graph, at: str, name: str, encoder: BooleanEncoder) -> list[str]:
    """Add 1 for true, 0 for false, and 0.5 for what is neither."""
    pairs = [(encoder.true, encoder.false), *BOOLEANS, ("1", "0"), ("1.0", "0.0")]
    doubled = {text: 2 * int(text == pair[0]) for pair in reversed(pairs) for text in pair}
    doubled |= {write(text): value for text, value in doubled.items() for write in (str.upper, str.capitalize)}
    place = _looked_up(graph, f"{at}.doubled", name, list(doubled), list(doubled.values()), 1)
    value = _cast(graph, place, f"{at}.double", "DOUBLE")
    absent = graph.add("Equal", [place, graph.constant(f"{at}.neither", np.array(1), np.int64)], f"{at}.absent")
    half = graph.add("Mul", [value, _double(graph, f"{at}.half", 0.5)], f"{at}.value")
    return [half, *_marks(graph, at, absent, encoder.missing)]


def _of_dates(graph: Graph, at: str, name: str, encoder: DateEncoder) -> list[str]:
    absent = graph.add("IsNaN", [name], f"{at}.absent")
    seconds = graph.add("Where", [absent, _double(graph, f"{at}.start", encoder.start), name], f"{at}.seconds")
    features: list[str] = []
    for part in encoder.parts:
        if part == "days":
            passed = graph.add("Sub", [seconds, f"{at}.start"], f"{at}.passed")
            days = graph.add("Div", [passed, _double(graph, f"{at}.day", 86_400.0)], f"{at}.days")
            fill = _double(graph, f"{at}.fill", encoder.fill)
            features.append(graph.add("Where", [absent, fill, days], f"{at}.elapsed"))
            continue
        share = _share_of(graph, f"{at}.{part}", seconds, part)
        angle = graph.add("Mul", [share, _double(graph, f"{at}.{part}.circle", 2 * np.pi)], f"{at}.{part}.angle")
        # Some programs know these functions in single precision alone.
        angle = _cast(graph, angle, f"{at}.{part}.float", "FLOAT")
        for function in ("Sin", "Cos"):
            value = graph.add(function, [angle], f"{at}.{part}.{function}")
            value = _cast(graph, value, f"{value}.double", "DOUBLE")
            zero = _double(graph, f"{value}.zero", 0.0)
            features.append(graph.add("Where", [absent, zero, value], f"{value}.known"))
    return [*features, *_marks(graph, at, absent, encoder.missing)]


def _share_of(graph: Graph, at: str, seconds: str, part: str) -> str:
    """Add how much of the year, the week or the day has gone, from 0 to below 1."""
    day = _double(graph, f"{at}.day", 86_400.0)
    days = graph.add("Floor", [graph.add("Div", [seconds, day], f"{at}.in_days")], f"{at}.days")
    if part == "hour":
        begin = graph.add("Mul", [days, day], f"{at}.begin")
        return graph.add("Div", [graph.add("Sub", [seconds, begin], f"{at}.rest"), day], f"{at}.share")
    whole = _cast(graph, days, f"{at}.whole", "INT64")
    if part == "weekday":  # 1970 began on a Thursday
        weekday = _remainder(graph, f"{at}.weekday", _plus(graph, f"{at}.shifted", whole, 3), 7)
        return _divided_double(graph, f"{at}.share", weekday, 7.0)
    return _divided_double(graph, f"{at}.share", _month(graph, at, whole), 12.0)


def _month(graph: Graph, at: str, days: str) -> str:
    """Add the month of days since 1970, from 0: January."""
    since = _plus(graph, f"{at}.since", days, _DAYS_TO_1970)
    of_era = _remainder(graph, f"{at}.of_era", since, 146_097)  # 400 years
    years = graph.add(
        "Sub",
        [
            graph.add(
                "Add",
                [
                    graph.add("Sub", [of_era, _quotient(graph, f"{at}.leaps", of_era, 1_460)], f"{at}.a"),
                    _quotient(graph, f"{at}.centuries", of_era, 36_524),
                ],
                f"{at}.b",
            ),
            _quotient(graph, f"{at}.eras", of_era, 146_096),
        ],
        f"{at}.c",
    )
    year = _quotient(graph, f"{at}.year", years, 365)
    before = graph.add(
        "Sub",
        [
            graph.add("Add", [_times(graph, f"{at}.d", year, 365), _quotient(graph, f"{at}.e", year, 4)], f"{at}.f"),
            _quotient(graph, f"{at}.g", year, 100),
        ],
        f"{at}.before",
    )
    of_year = graph.add("Sub", [of_era, before], f"{at}.of_year")
    from_march = _quotient(
        graph, f"{at}.from_march", _plus(graph, f"{at}.h", _times(graph, f"{at}.i", of_year, 5), 2), 153
    )
    return _remainder(graph, f"{at}.month", _plus(graph, f"{at}.j", from_march, 2), 12)


# --- operators ------------------------------------------------------------------------------------------------------


def _marks(graph: Graph, at: str, absent: str, missing: int) -> list[str]:
    """Add the feature that marks missing cells, if the column had any in training."""
    return [_cast(graph, absent, f"{at}.missing", "DOUBLE")] if missing else []


def _missing_texts() -> list[str]:
    """Return the texts for a missing value as they are usually written."""
    return sorted({write(text) for text in MISSING for write in (str, str.upper, str.capitalize)} | {"NaN", "-NaN"})


def _looked_up(graph: Graph, output: str, name: str, texts: list[str], values: list[int], default: int) -> str:
    """Add a table from texts to whole numbers."""
    return graph.add(
        "LabelEncoder",
        [name],
        output,
        domain="ai.onnx.ml",
        keys_strings=[text.encode() for text in texts],
        values_int64s=values,
        default_int64=default,
    )


def _cast(graph: Graph, value: str, output: str, kind: str) -> str:
    from onnx import TensorProto  # noqa: PLC0415

    return graph.add("Cast", [value], output, to=getattr(TensorProto, kind))


def _double(graph: Graph, name: str, value: float) -> str:
    return graph.constant(name, np.array(value), np.float64)


def _whole(graph: Graph, name: str, value: int) -> str:
    return graph.constant(name, np.array(value), np.int64)


def _plus(graph: Graph, output: str, value: str, number: int) -> str:
    return graph.add("Add", [value, _whole(graph, f"{output}.by", number)], output)


def _times(graph: Graph, output: str, value: str, number: int) -> str:
    return graph.add("Mul", [value, _whole(graph, f"{output}.by", number)], output)


def _quotient(graph: Graph, output: str, value: str, number: int) -> str:
    return graph.add("Div", [value, _whole(graph, f"{output}.by", number)], output)


def _remainder(graph: Graph, output: str, value: str, number: int) -> str:
    return graph.add("Mod", [value, _whole(graph, f"{output}.by", number)], output)


def _divided_double(graph: Graph, output: str, value: str, number: float) -> str:
    double = _cast(graph, value, f"{output}.double", "DOUBLE")
    return graph.add("Div", [double, _double(graph, f"{output}.by", number)], output)
