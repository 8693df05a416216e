"""The lab's side of a page in a browser: its input and output are the server's."""

from __future__ import annotations

from typing import Any

from textual.drivers.web_driver import WebDriver
from textual.messages import ExitApp

from joml_tui.ui.shell.web_visitors import page_size


class LabWebDriver(WebDriver):
    """Textual's driver for pages, whose lab ends with its server and takes no size that is none.

    Textual's own goes on without a server, and would draw a screen of any size.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        write = self._write

        def write_while_served(data: bytes) -> int:
            try:
                return write(data)
            except BrokenPipeError:  # the lab ends, and nobody sees it any more
                return len(data)

        self._write = write_while_served  # type: ignore[assignment] # of the same form

    def run_input_thread(self) -> None:
        """Pass keys on until the lab ends; the end of the input ends it, because the server is gone."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.post_message(ExitApp())

    def on_meta(self, packet_type: str, payload: dict[str, Any]) -> None:
        """Heed a message of the server's, a new size among them.

        Parameters
        ----------
        packet_type : str
        payload : dict
        """
        if packet_type == "resize":
            width, height = page_size(payload.get("width"), payload.get("height"))
            payload = {**payload, "width": width, "height": height}
        super().on_meta(packet_type, payload)
