"""The area "Inside": views into the network of the selected run."""

from __future__ import annotations

from joml_tui.ui.inside.inside_area import InsideArea

__all__ = ["InsideArea"]
