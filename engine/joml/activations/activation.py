"""What an activation function is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from joml.activations.broadcasting import broadcast_method, elementwise
from joml.array_types import Array, Calls
from joml.initialisation import he
from joml.validation import name_after_class, require_shape


class ActivationFunction:
    """An activation function and its derivative, broadcast over arrays.

    One's own is a subclass with the methods ``value`` and ``der``, or is made of two functions:
    ``ActivationFunction(value, derivative)``. Either may be written for arrays, or for a single number: it is then
    called once for every number, which is slower. Both methods take numbers, lists and arrays.

    Parameters
    ----------
    value, derivative : function, optional
        sigma and sigma' of an array or of a number. A subclass that defines the methods needs neither.

    Raises
    ------
    ValueError
        A function is none, or its results depend on more than the number at the same place.

    Attributes
    ----------
    name : str
        How the function is called in presets and summaries: one's own by its class's name.
    reads_z : bool
        Whether the derivative needs z. Those that can tell it from a = sigma(z) work in place, with z and a in one
        buffer.
    elementwise : bool
        Whether each result depends on the number at its own place alone; hidden layers take only such functions.
    initialisation : function
        How the weights of a layer with this function start unless the layer says: ``he``, or what a subclass sets with
        ``initialisation = staticmethod(...)``.
    """

    name: str = "custom"
    reads_z: bool = True
    elementwise: bool = True
    initialisation = staticmethod(he)

    def __init__(
        self, value: Callable[[Any], Any] | None = None, derivative: Callable[[Any], Any] | None = None
    ) -> None:
        if value is not None:
            self._value = elementwise(value, "value")
        if derivative is not None:
            self._derivative = elementwise(derivative, "derivative")

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Let the methods of a subclass take numbers and lists too, and be written for single numbers."""
        super().__init_subclass__(**keywords)
        name_after_class(cls)
        for method in ("value", "der"):
            if callable(vars(cls).get(method)):
                setattr(cls, method, broadcast_method(vars(cls)[method]))

    def value(self, z: Any) -> Any:
        """Return sigma(z), of the shape of z.

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        return self._called("_value", "value", z)

    def der(self, z: Any) -> Any:
        """Return sigma'(z), of the shape of z.

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        return self._called("_derivative", "der", z)

    def _called(self, attribute: str, method: str, z: Any) -> Any:
        """Call the function that the constructor was given."""
        function = vars(self).get(attribute)
        if function is None:
            raise TypeError(
                f"{type(self).__name__} defines no {method}(z): write ActivationFunction(value, derivative), or a "
                "subclass with the methods value and der"
            )
        return function(z)

    def forward_calls(self, z: Array, a: Array) -> Calls:
        """Prepare a = sigma(z); z and a may be one buffer unless ``reads_z``.

        Raises
        ------
        ValueError
            A function of one's own gives another shape; ``slope_calls`` raises it too.
        """
        self._require_shape(self.value, z, "value")

        def activate() -> None:
            a[...] = self.value(z)

        return (activate,)

    def slope_calls(self, z: Array, a: Array, slope: Array) -> Calls:
        """Prepare slope = sigma'(z), from z or from a, for as many layers at once as lie in these buffers."""
        self._require_shape(self.der, z, "der")

        def differentiate() -> None:
            slope[...] = self.der(z)

        return (differentiate,)

    def backward_calls(self, a: Array, slope: Array, delta: Array) -> Calls:
        """Prepare the step from the gradient with respect to a to the one with respect to z, in place in delta.

        ``slope`` is what ``slope_calls`` made: sigma'(z), or what stands for it.
        """
        return (partial(np.multiply, delta, slope, delta),)

    def _require_shape(self, function: Callable[[Array], Array], z: Array, name: str) -> None:
        with np.errstate(all="ignore"):
            require_shape(function(np.zeros_like(z)), z.shape, f"{self!r}.{name}(z)")

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"{type(self).__name__}({settings})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *sorted(vars(self).items())))
