"""Names and marks of costs, and costs of standardised values in the units of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from msgspec import Struct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: The unit of cross-entropies with label smoothing, which are not comparable with others.
SMOOTHED = "nats of smoothed labels"
#: Suffix of the unit for costs of standardised values.
STANDARDISED = ", standardised"


class CostScale(Struct, frozen=True, array_like=True):
    """The conversion of costs of one value to an error in the units of the data.

    Attributes
    ----------
    target : str
        The value's name.
    deviation : float
        Its standard deviation over the training samples, by which it was divided; 1 if it was not.
    is_squared : bool
        Whether the cost is the mean of squared errors, whose root is in the units of the data; else of absolute errors.
    """

    target: str
    deviation: float
    is_squared: bool

    @property
    def figure(self) -> str:
        """The name of the error in JSON and lists."""
        return "root_mean_squared_error" if self.is_squared else "mean_absolute_error"

    @property
    def abbreviation(self) -> str:
        """The usual short name of the error."""
        return "RMSE" if self.is_squared else "MAE"

    def __str__(self) -> str:
        from joml.data.tables.cell_meanings import shown_name  # noqa: PLC0415 - lists of runs do without

        return f"{self.figure.replace('_', ' ')} of {shown_name(self.target)}"

    @overload
    def convert(self, cost: float) -> float: ...
    @overload
    def convert(self, cost: NDArray[np.floating]) -> NDArray[np.floating]: ...
    def convert(self, cost: float | NDArray[np.floating]) -> float | NDArray[np.floating]:
        """Return the error in the units of the data for a cost, or for each of several."""
        import numpy as np  # noqa: PLC0415 - lists of runs do without

        with np.errstate(all="ignore"):
            error = np.sqrt(np.maximum(cost, 0)) if self.is_squared else np.asarray(cost)
            converted = error * np.asarray(self.deviation, error.dtype)
        return converted if isinstance(cost, np.ndarray) else float(converted)


def cost_name_of(scale: CostScale | None, unit: str) -> str:
    """Return the name of the figure that is shown for costs: an error in the units of the data, or a cost.

    Parameters
    ----------
    scale : CostScale or None
        The conversion of the costs; None where there is no exact one.
    unit : str
        The unit of the costs, as `cost_unit_of` returns it.

    Returns
    -------
    str
        Such as "root mean squared error of price", "standardised cost" or "cost".
    """
    if scale is not None:
        return str(scale)
    return "standardised cost" if unit.endswith(STANDARDISED) else "cost"


def error_name_of(scale: CostScale | None) -> str:
    """Return the short name of the error in the units of the data, RMSE or MAE; empty where there is no conversion."""
    return "" if scale is None else scale.abbreviation


def cost_mark_of(scale: CostScale | None, unit: str) -> str:
    """Return the mark of costs in tables, which tells two kinds of costs apart.

    Parameters
    ----------
    scale : CostScale or None
        The conversion of the costs; None where there is no exact one.
    unit : str
        The unit of the costs, as `cost_unit_of` returns it.

    Returns
    -------
    str
        "RMSE" or "MAE" for errors in the units of the data; else such as "squared", "smoothed" or "standardised Huber",
        and "standardised" alone for squared errors. Empty for nats, and where the unit is unknown.
    """
    if scale is not None:
        return scale.abbreviation
    kind = unit.removesuffix(STANDARDISED).removesuffix(" error")
    if kind == unit:
        return {"nats": "", SMOOTHED: "smoothed"}.get(unit, kind)
    if not unit.endswith(STANDARDISED):
        return kind
    return "standardised" if kind == "squared" else f"standardised {kind}"
