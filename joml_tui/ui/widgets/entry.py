"""A line of text in a form."""

from __future__ import annotations

from textual.binding import Binding
from textual.events import Key, MouseEvent, MouseScrollDown, MouseScrollUp

from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.textual_compat import bindings_of
from joml_tui.ui.widgets.number_steps import stepped
from joml_tui.ui.widgets.safe_input import SafeInput


class Entry(SafeInput):
    """A text entry. On a page Enter and Escape leave it; in a dialog Enter accepts the dialog and Escape cancels it.

    On a page the arrows up and down change a number by a small step, and so does the mouse's wheel everywhere.
    """

    BINDINGS = [
        ("escape", "leave", "Leave field"),
        Binding("up", "step(1)", show=False),
        Binding("down", "step(-1)", show=False),
    ]

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
        """Leave Escape to the dialog, and the arrows to others where there is no number."""
        if action == "step":  # in a dialog they go from entry to entry
            return not isinstance(self.screen, Dialog) and stepped(self.value, 1) is not None
        return action != "leave" or not isinstance(self.screen, Dialog)

    def action_step(self, steps: int) -> None:
        """Change the number by a small step."""
        text = stepped(self.value, steps)
        if text is not None:
            self.value = text
            self.select_all()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Raise the number, if the entry has the keys."""
        self._step_by_wheel(event, 1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Lower the number, if the entry has the keys."""
        self._step_by_wheel(event, -1)

    def _step_by_wheel(self, event: MouseEvent, steps: int) -> None:
        if self.has_focus and stepped(self.value, steps) is not None:
            event.stop()
            event.prevent_default()
            self.action_step(steps)

    async def action_submit(self) -> None:
        """Accept the dialog; on a page, keep the text and leave the entry."""
        if isinstance(self.screen, Dialog):
            await self.screen.run_action("accept")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave the field and give the keys back to the page."""
        self.screen.set_focus(None)
