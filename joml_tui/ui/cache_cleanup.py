"""What was shown is forgotten when it is gone: what Textual keeps of it for good.

- It remembers the two grounds that a widget is painted on in one cache for all, whose keys hold what painted it: a
  thousand of these stay, each with all the lines of a widget that may be long gone. Of each dialog that was opened and
  closed some 5,000 objects stayed. Textual would have to make ``StylesCache.get_inner_outer`` the
  class method that its first parameter says it is.
- A notice that is taken back before its time leaves the holder that it stood in, empty, with a task and a place in each
  layout. ``ToastRack.show`` would have to remove the holder, as the notice does by itself in the end.
"""

from __future__ import annotations

from functools import lru_cache

from textual.color import Color
from textual.style import Style

from joml_tui.ui.textual_compat import remember_grounds_by, remove_holders_of_notices


@lru_cache(1024)
def _grounds(outside: Color, of_widget: Color) -> tuple[Style, Style]:
    """Return the grounds within a widget's border and without."""
    return Style(background=outside + of_widget), Style(background=outside)


def forget_with_widgets() -> None:
    """Have grounds remembered by their colours alone, and notices go with their holders; once for the process."""
    remove_holders_of_notices()
    remember_grounds_by(_grounds)
