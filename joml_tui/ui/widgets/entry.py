"""A line of text in a form."""

from __future__ import annotations

from textual.events import Key

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.textual_compat import bindings_of
from joml_tui.ui.widgets.safe_input import SafeInput


class Entry(SafeInput):
    """A line of text. On a page Enter and Escape leave it; in a dialog Enter accepts all of it, and Escape nothing."""

    BINDINGS = [("escape", "leave", "Leave field")]

    def on_focus(self) -> None:
        """Go on writing at the end of a longer text."""
        if not self.select_on_focus:
            self.cursor_position = len(self.value)

    async def on_key(self, event: Key) -> None:
        """Do what a key is bound to at once.

        Textual looks for a binding only after the key has bubbled up to the application; a letter typed right after
        Backspace would overtake it and be what is deleted.
        """
        if event.key == "enter" and isinstance(self.screen, Dialog):
            return  # it may take this entry away, which nobody can wait for in the entry's own key
        for binding in bindings_of(self, event.key):
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Escape to the dialog."""
        return action != "leave" or not isinstance(self.screen, Dialog)

    async def action_submit(self) -> None:
        """Enter: accept the dialog; on a page the entry holds as typed, and the keys of the page work again."""
        if isinstance(self.screen, Dialog):
            await self.screen.run_action("accept")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave the field and give the keys back to the page."""
        self.screen.set_focus(None)
