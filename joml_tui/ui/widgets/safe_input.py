"""A text input that is safe for any text."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from joml_tui.ui.text import Printable


class SafeInput(Input):
    """An input that shows any text as printable characters, and needs no layout while typing.

    Parameters
    ----------
    value : str
        The initial text.
    id : str
    placeholder : str
        The text of an empty entry.
    long : bool
        Whether typing continues the text after focusing; otherwise it replaces it, as for numbers.
    longest : int
        Largest number of characters; 0 for no limit.
    """

    # The length of the text affects scrolling, but not the entry's size: without this, Textual would lay out the whole
    # screen at each key.
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
