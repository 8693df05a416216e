"""The base class of activation functions."""

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

    A custom one is a subclass with the methods ``value`` and ``der``, or is made from two functions:
    ``ActivationFunction(value, derivative)``. Each may be written for arrays or for a single number; in the second case
    it is called once for every number, which is slower. Both methods take numbers, lists and arrays.

    Parameters
    ----------
    value, derivative : function, optional
        sigma and sigma' of an array or of a number. A subclass that defines the methods needs neither.

    Raises
    ------
    ValueError
        An argument is not a function, or a result depends on more than the number at its own place.

    Attributes
    ----------
    name : str
        Its name in presets and summaries; a custom function has the name of its class.
    reads_z : bool
        Whether the derivative needs z. A function whose derivative follows from a = sigma(z) works in place, with z and
        a in one buffer.
    elementwise : bool
        Whether each result depends on the number at its own place alone; hidden layers take only such functions.
    initialisation : function
        The default initialisation of a layer with this function: ``he``, or what a subclass sets with ``initialisation
        = staticmethod(...)``.
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
        """Make the methods of a subclass take numbers, lists and arrays, even when written for single numbers."""
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
            A custom function returns another shape; ``slope_calls`` raises it too.
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

        ``slope`` is what ``slope_calls`` computed: sigma'(z), or an equivalent.
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
