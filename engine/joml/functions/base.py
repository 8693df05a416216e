"""What an activation function is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from joml.arrays import Array, Calls
from joml.checks import require_shape
from joml.initialisation import he


class ActivationFunction:
    """An activation function and its derivative, broadcast over arrays.

    Subclass it with ``value`` and ``der`` to define one's own elementwise function.

    Attributes
    ----------
    name : str
        How the function is called in presets and summaries.
    reads_z : bool
        Whether the derivative needs z. Those that can tell it from a = sigma(z) work in place, with z and a in one
        buffer.
    initialisation : function
        How the weights of a layer with this function start unless the layer says: ``he``, or what a subclass sets with
        ``initialisation = staticmethod(...)``.
    """

    name: str = "custom"
    reads_z: bool = True
    initialisation = staticmethod(he)

    def value(self, z: Array) -> Array:
        """Give sigma(z), of the shape of z.

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        raise TypeError(f"{type(self).__name__} defines no value(z)")

    def der(self, z: Array) -> Array:
        """Give sigma'(z), of the shape of z.

        Raises
        ------
        TypeError
            A subclass has not defined it.
        """
        raise TypeError(f"{type(self).__name__} defines no der(z)")

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
