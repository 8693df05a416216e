"""A line of text that is written by the user."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from joml_tui.ui.text import Printable


class SafeInput(Input):
    """Shows harmlessly whatever was typed or pasted, and no letter lays the screen out anew.

    Parameters
    ----------
    value : str
        What stands there at first.
    id : str
    placeholder : str
        What stands there while there is nothing.
    long : bool
        Whether it is gone on with when it gets the keys; a number is written anew.
    longest : int
        Letters that it takes at most; any number of them where it is 0.
    """

    # The length of what is written, which decides how far it scrolls and not how much room the entry has: with the
    # layout that Textual does for it, each key would lay the whole screen out anew.
    virtual_size = Reactive(Size(0, 0))

    def __init__(
        self, value: str = "", *, id: str, placeholder: str = "", long: bool = False, longest: int = 0
    ) -> None:
        super().__init__(
            value,
            id=id,
            placeholder=placeholder,
            compact=True,
            highlighter=Printable(),
            select_on_focus=not long,
            max_length=longest,
        )
