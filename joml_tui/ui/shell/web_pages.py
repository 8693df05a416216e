"""The pages of the lab in a browser: a lab for each, so many at once, that ends with its page or with the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.server import Server

from joml_tui.ui.shell.web_visitors import Visitors, is_of_this_machine, may_ask, page_size

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
#: Seconds that the labs may take to end their runs when the server ends.
SECONDS_TO_END = 10.0
# Fonts of textual-serve's page would come from elsewhere; the browser has others.
_FROM_HERE = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _FROM_HERE,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address has the token
}
# textual-serve's page waits for a click before it takes keys, and the lab leaves out its footer until then. The page
# must be connected, or it tells nobody that it is attended to.
_WITH_KEYS = """\
<script>
const waiting = setInterval(() => {
  if (!document.body.classList.contains("-first-byte")) return;
  clearInterval(waiting);
  const keys = document.querySelector(".xterm-helper-textarea");
  keys.blur();
  keys.focus();
}, 50);
</script>
</body>"""


class LabServer(Server):  # type: ignore[misc] # textual-serve declares no types
    """textual-serve's server with a limit of labs, which takes no message that is none and leaves no lab behind.

    Parameters
    ----------
    command : str
        Opens a lab, for the shell.
    host : str
    port : int
    visitors : Visitors
        Who may use a lab.
    most_labs : int
        Labs that are open at once.
    """

    def __init__(self, command: str, host: str, port: int, visitors: Visitors, most_labs: int) -> None:
        super().__init__(command, host=host, port=port, title="JOML")
        self.public_url: str
        self._address = self.public_url
        self._visitors = visitors
        self._most_labs = most_labs
        self._pages: set[web.WebSocketResponse] = set()

    async def application(self) -> web.Application:
        """Return the web application, protected and without textual-serve's greeting."""
        app = await self._make_app()
        app.on_startup.clear()

        async def guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        app.middlewares.append(web.middleware(guarded))
        app.on_response_prepare.append(_with_headers)
        app.on_shutdown.append(self._close_pages)
        return app

    async def _guarded(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        local, is_page = is_of_this_machine(self.host), request.path == "/"
        websocket = request.path == "/ws"
        if not may_ask(request.host, request.headers.get("Origin"), local=local, websocket=websocket):
            raise web.HTTPForbidden(text=f"Open the lab at {self._address}; other pages may not use it.\n")
        given = request.query.get("token")
        # The page's scripts and styles are everybody's.
        if not request.path.startswith("/static/") and not self._visitors.admits(
            given, request.cookies.get(self._visitors.cookie)
        ):
            raise web.HTTPForbidden(
                text="Open the lab at the address that joml-tui serve has printed: it ends with a token, which shows "
                "that you may use it.\n"
            )
        if (is_page or websocket) and sum(not page.closed for page in self._pages) >= self._most_labs:
            raise web.HTTPServiceUnavailable(
                text=f"{self._most_labs} labs are open, and no more may be: close the page of one, or start the server "
                f"with joml-tui serve --labs {self._most_labs * 2}.\n"
            )
        response = await self._answered(request, handler)
        if is_page and given is not None and self._visitors.token:
            response.set_cookie(self._visitors.cookie, self._visitors.token, httponly=True, samesite="Strict")
        return response

    async def _answered(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        # The page's addresses use the requested host: localhost, or this machine's name. Making it awaits nothing.
        self.public_url = f"http://{request.host}"
        response = await handler(request)
        if isinstance(response, web.Response) and response.content_type == "text/html" and response.text is not None:
            response.text = response.text.replace("</body>", _WITH_KEYS)
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Open a lab for a page, and pass messages on until the page or the lab ends.

        Parameters
        ----------
        request : aiohttp.web.Request

        Returns
        -------
        aiohttp.web.WebSocketResponse
        """
        page = web.WebSocketResponse(heartbeat=15)
        self._pages.add(page)
        try:
            await page.prepare(request)
            lab = AppService(
                self.command,
                write_bytes=page.send_bytes,
                write_str=page.send_str,
                close=page.close,
                download_manager=self.download_manager,
            )
            try:
                await lab.start(*page_size(request.query.get("width"), request.query.get("height")))
                await _pass_on(page, lab)
            finally:
                # A lab that does not end is left to the end of its input, with the server's.
                await asyncio.wait_for(lab.stop(), SECONDS_TO_END)
        except (TimeoutError, ConnectionError):
            pass
        finally:
            self._pages.discard(page)
        return page

    async def _close_pages(self, _: web.Application) -> None:
        await asyncio.gather(
            *(page.close(code=WSCloseCode.GOING_AWAY) for page in list(self._pages)), return_exceptions=True
        )


async def _with_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _pass_on(page: web.WebSocketResponse, lab: AppService) -> None:
    """Pass a page's messages on to its lab until the page is closed; a message that is none closes it."""
    async for message in page:
        if message.type != WSMsgType.TEXT:
            continue
        match _read(message.data):
            case ["stdin", str(keys)]:
                await lab.send_bytes(keys.encode("utf-8", "replace"))
            case ["resize", {"width": width, "height": height}]:
                await lab.set_terminal_size(*page_size(width, height))
            case ["ping", sent]:
                await page.send_json(["pong", sent])
            case ["blur", *_]:
                await lab.blur()
            case ["focus", *_]:
                await lab.focus()
            case _:
                await page.close(code=WSCloseCode.UNSUPPORTED_DATA)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
