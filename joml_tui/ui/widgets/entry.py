"""A line of text in a form."""

from __future__ import annotations

from textual.events import Key

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.textual_compat import bindings_of
from joml_tui.ui.widgets.safe_input import SafeInput


class Entry(SafeInput):
    """A text entry. On a page Enter and Escape leave it; in a dialog Enter accepts the dialog and Escape cancels it."""

    BINDINGS = [("escape", "leave", "Leave field")]

    def on_focus(self) -> None:
        """Move the cursor to the end of a longer text."""
        if not self.select_on_focus:
            self.cursor_position = len(self.value)

    async def on_key(self, event: Key) -> None:
        """Run a key's binding at once.

        Textual runs a binding only after the key has bubbled up to the application; a letter typed right after
        Backspace would be handled first and then deleted.
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
        """Accept the dialog; on a page, keep the text and leave the entry."""
        if isinstance(self.screen, Dialog):
            await self.screen.run_action("accept")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave the field and give the keys back to the page."""
        self.screen.set_focus(None)
