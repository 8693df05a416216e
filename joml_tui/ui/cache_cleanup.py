"""Removal of objects that Textual would keep after their widgets are gone.

- Textual caches the two backgrounds of widgets in one cache, whose keys refer to the widgets' line caches: up to a
  thousand of these stay in memory, each with all lines of a widget that may no longer exist. Each dialog that was
  opened and closed left some 5,000 objects. Textual would have to make ``StylesCache.get_inner_outer`` a class method,
  as its first parameter says.
- A notice that is withdrawn early leaves its empty holder, with a task and a place in each layout. ``ToastRack.show``
  would have to remove the holder, as a notice does when it expires.
"""

from __future__ import annotations

from functools import lru_cache

from textual.color import Color
from textual.style import Style

from joml_tui.ui.textual_compat import remember_grounds_by, remove_holders_of_notices


@lru_cache(1024)
def _grounds(outside: Color, of_widget: Color) -> tuple[Style, Style]:
    """Return the backgrounds inside and outside a widget's border."""
    return Style(background=outside + of_widget), Style(background=outside)


def forget_with_widgets() -> None:
    """Cache backgrounds by colour only, and remove notices with their holders; called once per process."""
    remove_holders_of_notices()
    remember_grounds_by(_grounds)
