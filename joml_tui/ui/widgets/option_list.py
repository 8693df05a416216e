"""Option lists with safe paging.

Textual's ``OptionList`` looks up the line of the highlighted option, and raises `KeyError` before the first layout, or
in a terminal without room for the list. It would have to do the layout first, or use the first option.
"""

from __future__ import annotations

from textual.widgets import OptionList


def move_page(options: OptionList, direction: int) -> None:
    """Move the highlight by about the number of visible options, at least by one."""
    if not options.option_count:
        return
    last = options.option_count - 1
    if options.highlighted is None:
        options.highlighted = 0 if direction < 0 else last
        return
    by = max(1, options.scrollable_content_region.height)
    options.highlighted = min(max(0, options.highlighted + direction * by), last)


class Options(OptionList):
    """Textual's option list, which pages by options."""

    def action_page_up(self) -> None:
        """Go up by a page."""
        move_page(self, -1)

    def action_page_down(self) -> None:
        """Go down by a page."""
        move_page(self, 1)
