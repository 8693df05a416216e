"""Textual's private names: the only module of the lab that uses them.

`PRIVATE` lists each with the reason, and what Textual would have to change for the lab to do without it. What the lab
builds on them has public names here.
"""

from __future__ import annotations

import codecs
import importlib
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Sequence
from types import CodeType
from typing import Any, Self
from weakref import WeakKeyDictionary, WeakMethod

from rich.console import Console, RenderableType
from rich.text import Text
from textual._callback import invoke
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._styles_cache import StylesCache
from textual.app import App
from textual.binding import Binding
from textual.color import Color
from textual.content import Content
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.message import Message
from textual.message_pump import MessagePump
from textual.notifications import Notification, Notifications
from textual.reactive import Reactive
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import VisualType
from textual.widget import Widget
from textual.widgets import Select
from textual.widgets._select import SelectCurrent, SelectOverlay
from textual.widgets._toast import ToastHolder, ToastRack
from textual.widgets.option_list import Option

__all__ = ["ChopsUpdate", "SelectCurrent"]

#: Each private name, why the lab needs it, and what Textual would have to offer in its place.
PRIVATE = {
    "message_pump.MessagePump._closing": "A widget that is about to go is still attached: a public `is_going`.",
    "message_pump.MessagePump._closed": "As `_closing`.",
    "widget.Widget._pruning": "As `_closing`; its children may be gone already.",
    "message_pump.MessagePump._dispatch_message": (
        "An exception in a handler ends the widget's pump before the application hears of it: a hook before the end."
    ),
    "message_pump.MessagePump._flush_next_callbacks": "As `_dispatch_message`: callbacks after a failed one are lost.",
    "message_pump.MessagePump._next_callbacks": "As `_flush_next_callbacks`.",
    "events.Callback._prevent": "As `_flush_next_callbacks`.",
    "_callback.invoke": "As `_flush_next_callbacks`.",
    "app.App._handle_exception": "Every error that escaped comes here; the lab reports it and lives on: a public hook.",
    "app.App._display": "An error while the screen is painted can't be shown on it: a public mark of such errors.",
    "app.App._batch_count": "What is painted during a batch of updates is lost: paint it at the end.",
    "app.App._return_code": "An application that ends by an error has the exit code 0: `panic(return_code=1)`.",
    "app.App._notifications": "Older notices make room for new ones on small terminals: a public list of notices.",
    "app.App._unnotify": "As `_notifications`.",
    "app.App._load_screen_css": "Style sheets of dialogs are read when they open: a hook before a screen is styled.",
    "app.App._watch_app_focus": "A terminal that gets the keys styles the whole screen anew: no styling for that.",
    "screen.Screen._compositor_refresh": "Beneath a dialog the screen is repainted for ever: clear the mark there.",
    "screen.Screen._repaint_required": "As `_compositor_refresh`.",
    "screen.Screen._on_timer_update": "A dialog forgets what it has to paint if the screen beneath changes: keep it.",
    "screen.Screen._dirty_widgets": "As `_on_timer_update`.",
    "screen.Screen._layout_required": "As `_on_timer_update`.",
    "screen.Screen._compositor": "A change is painted by the box around all changes: paint each by itself.",
    "_compositor.Compositor._dirty_regions": "As `Screen._compositor`.",
    "_compositor.Compositor._get_renders": "As `Screen._compositor`.",
    "_compositor.ChopsUpdate": "Lines are written whole: a hook between what is painted and what is written.",
    "_compositor.LayoutUpdate": "As `ChopsUpdate`.",
    "_styles_cache.StylesCache.get_inner_outer": "A cache for all widgets keeps those that are gone: a class method.",
    "widgets._toast.ToastRack._toast_id": "A notice taken back leaves its empty holder: `ToastRack.show` removes it.",
    "widgets._toast.ToastHolder": "As `ToastRack._toast_id`.",
    "message_pump.MessagePump._is_mounted": "Styles of a widget that is not there yet refresh nothing: a public name.",
    "dom.DOMNode._bindings": "A dialog binds its answers' keys, and an entry looks its keys up: `bind`, `binding_of`.",
    "widgets._select.SelectOverlay._find_search_match": "Typing passes over lines of `Content`: search their text.",
    "widgets._select.SelectCurrent": "As `_find_search_match`, to compose a `Select` with another list.",
    "widgets.Select._type_to_search": "As `_find_search_match`.",
    "scroll_view.ScrollView._scroll_update": "More rows lay the whole screen out: a virtual size without a layout.",
}

#: A handler of exceptions in message pumps; returns whether the pump may continue.
Catch = Callable[[Exception], bool]

#: Weakly: what catches holds its application, which would then stay for ever, with all its widgets.
_catches: WeakKeyDictionary[App[Any], WeakMethod[Catch]] = WeakKeyDictionary()


def is_gone(node: MessagePump) -> bool:
    """Return whether a widget or screen is closed or closing, or belongs to a closed screen."""
    if isinstance(node, App):
        return not node.is_running
    if not node.is_attached or node._closing or node._closed or getattr(node, "_pruning", False):
        return True
    stack = node.app.screen_stack
    screen = node if isinstance(node, Screen) else node.screen if isinstance(node, DOMNode) else None
    return screen is not None and screen not in stack


def catch_in(app: App[Any], catch: Catch) -> None:
    """Have the exceptions of an application's handlers caught from now on, by a method of what it keeps."""
    _catches[app] = WeakMethod(catch)


def tell_error(node: MessagePump, error: Exception) -> None:
    """Report an error of a widget or the application, unless it is gone."""
    app = node if isinstance(node, App) else node.app
    if not is_gone(node):
        app._handle_exception(error)


def _caught(pump: MessagePump, error: Exception) -> bool:
    """Return whether an exception is handled: its widget is gone, or it was caught."""
    app = pump if isinstance(pump, App) else pump.app
    catching = _catches.get(app)
    catch = catching() if catching is not None else None
    if catch is None:
        return False
    return is_gone(pump) or catch(error)


def _comes_too_late(pump: MessagePump, message: Message) -> bool:
    """Return whether a message is for a closed widget; messages that close it still reach it."""
    is_widgets = not message.__module__.startswith("textual.") or message.__module__.startswith("textual.widgets")
    return is_widgets and not isinstance(pump, App) and is_gone(pump)


_dispatch = MessagePump._dispatch_message


async def _dispatch_guarded(self: MessagePump, message: Message) -> None:
    if _catches and _comes_too_late(self, message):
        return
    try:
        await _dispatch(self, message)
    except CancelledError:
        raise
    except Exception as error:
        if not _caught(self, error):
            raise


async def _flush_guarded(self: MessagePump) -> None:
    callbacks = self._next_callbacks.copy()
    self._next_callbacks.clear()
    for callback in callbacks:
        try:
            with self.prevent(*callback._prevent):
                await invoke(callback.callback)
        except Exception as error:
            if not _caught(self, error):
                self.app._handle_exception(error)
                break


_paint = Screen._on_timer_update


def _paint_all_that_asked(self: Screen[Any]) -> None:
    if self._repaint_required and not self._layout_required:
        self._repaint_required = False
        self._dirty_widgets.add(self)
    _paint(self)


def paint_all_that_asked() -> None:
    """Make screens paint a part of themselves together with the widgets that asked to be painted.

    Textual forgets these widgets whenever a screen is to be painted, although it asks a dialog to paint just the part
    in front of what has changed beneath: its new text then stays away until the next key. It would have to keep them.
    """
    Screen._on_timer_update = _paint_all_that_asked  # type: ignore[method-assign]


def guard_pumps() -> None:
    """Make message pumps call the handler before an exception ends them; called once per process."""
    MessagePump._dispatch_message = _dispatch_guarded  # type: ignore[method-assign]
    MessagePump._flush_next_callbacks = _flush_guarded  # type: ignore[method-assign]


def take_any_bytes(at_end: Callable[[], object]) -> None:
    """Show typed or pasted bytes that are not UTF-8 as replacement characters, and hear of the end of the terminal.

    Parameters
    ----------
    at_end : callable
        Called in the thread that reads, each time it has read nothing.
    """

    def decoder_of(encoding: str) -> Callable[[], codecs.IncrementalDecoder]:
        class Decoder(codecs.getincrementaldecoder(encoding)):  # type: ignore[misc]  # a class of that encoding
            def decode(self, data: bytes, final: bool = False) -> str:
                if not data and not final:
                    at_end()
                return str(super().decode(data, final))

        return lambda: Decoder("replace")

    for name in ("linux_driver", "linux_inline_driver", "web_driver"):
        try:
            driver = importlib.import_module(f"textual.drivers.{name}")
        except ImportError:  # another system
            continue
        driver.getincrementaldecoder = decoder_of  # type: ignore[attr-defined]


#: The code that paints the application, whose errors cannot be shown on the screen.
PAINTING: CodeType = App._display.__code__


class HookedApp(App[None]):
    """Textual's application with the hooks that the lab needs."""

    #: Whether the terminal has just gained or lost the focus.
    changes_focus = False

    def catches(self, error: Exception) -> bool:
        """Return whether an uncaught error was handled."""
        return False

    def before_screen_is_styled(self, screen: Screen[object]) -> None:
        """Do what has to be done before a screen is styled for the first time."""

    @property
    def warnings_shown(self) -> int:
        """The number of warnings and errors among the notices that are shown."""
        return sum(each.severity != "information" for each in self._notifications)

    def withdraw_notices(self, most: int) -> None:
        """Withdraw notices beyond a number, information before warnings and errors."""
        shown: list[Notification] = sorted(
            self._notifications, key=lambda each: (each.severity != "information", each.raised_at)
        )
        for each in shown[: max(0, len(shown) - most)]:
            self._unnotify(each, refresh=False)

    def panic(self, *renderables: RenderableType) -> None:
        """Exit after an error, with an exit code."""
        self._return_code = 1
        super().panic(*renderables)

    def _watch_app_focus(self, focus: bool) -> None:
        self.changes_focus = True
        try:
            super()._watch_app_focus(focus)
        finally:
            self.changes_focus = False

    def _handle_exception(self, error: Exception) -> None:
        if not self.catches(error):
            super()._handle_exception(error)

    def _load_screen_css(self, screen: Screen[object]) -> None:
        self.before_screen_is_styled(screen)
        super()._load_screen_css(screen)


class QuietBeneathScreen(Screen[None]):
    """A screen that is not repainted again and again beneath a dialog, nor in vain during a batch of updates.

    Textual takes what it has just handed to the dialog for still to be painted, and hands all of it over again whenever
    a message comes. What it paints during a batch it does not show, neither then nor later.
    """

    focused = Reactive[Widget | None](None, repaint=False)  # the widgets repaint themselves

    def _compositor_refresh(self) -> None:
        if self.app._batch_count:  # nothing is shown now, so all is painted at the end
            self._compositor._dirty_regions.add(self._compositor.size.region)
            self._repaint_required = True
            return
        is_whole = self._compositor.size.region in self._compositor._dirty_regions
        super()._compositor_refresh()
        if is_whole or self.app.screen is not self:
            self._repaint_required = False


#: A strip with its line and its first column.
Piece = tuple[int, int, Strip]
#: Returns what has to be written to the terminal for pieces of a screen of that size.
Writer = Callable[[Size, Iterable[Piece], Console], str]


class _WrittenPieces(ChopsUpdate):
    """A partial update that is written by the lab."""

    size = Size(0, 0)
    write: Writer | None = None

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        return super().render_segments(console) if self.write is None else self.write(self.size, self.pieces(), console)

    def pieces(self) -> Iterable[Piece]:
        """Yield the strips that have changed cells."""
        for y, first, last in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is not None and x < last and end > first:
                    yield y, x, strip


class _WrittenLines(LayoutUpdate):
    """A whole screen that is written by the lab."""

    size = Size(0, 0)
    write: Writer | None = None

    def render_segments(self, console: Console) -> str:
        """Return what is written to the terminal."""
        return super().render_segments(console) if self.write is None else self.write(self.size, self.pieces(), console)

    def pieces(self) -> Iterable[Piece]:
        """Yield all strips."""
        for y, strips in enumerate(self.strips, start=self.region.y):
            x = self.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length


class ChangesCompositor(Compositor):
    """A compositor that knows each region that has changed, and lets a subclass say what to render for them.

    Parameters
    ----------
    write : callable, optional
        Returns what has to be written for pieces of the screen; Textual does it unless given.
    write_all : callable, optional
        The same for the whole screen.
    """

    def __init__(self, write: Writer | None = None, write_all: Writer | None = None) -> None:
        super().__init__()
        self._write, self._write_all = write, write_all

    def render_changes(self, regions: Sequence[Region]) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yield the region of each widget to paint, the rows of it to paint, and these rows as strips.

        Here as Textual does: all that lies in the box around the regions.
        """
        return super()._get_renders(Region.from_union(regions))

    _changed: tuple[Region, ...] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Paint what has changed since the last time."""
        self._changed = tuple(self._dirty_regions)
        try:
            update = super().render_partial_update()
        finally:
            self._changed = ()
        if update is None or self._write is None:
            return update
        written = _WrittenPieces(update.chops, update.spans, update.chop_ends)
        written.size, written.write = self.size, self._write
        return written

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """Paint the whole screen."""
        update = super().render_full_update(simplify)
        if self._write_all is None:
            return update
        written = _WrittenLines(update.strips, update.region)
        written.size, written.write = self.size, self._write_all
        return written

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        return self.render_changes(self._changed or (crop or self.size.region,))


def replace_compositor(screen: Screen[Any], make: Callable[[], Compositor]) -> None:
    """Replace the compositor of a screen before its first layout."""
    if type(screen._compositor) is Compositor:
        screen._compositor = make()


_show = ToastRack.show


def _show_and_remove_holders(self: ToastRack, notifications: Notifications) -> None:
    _show(self, notifications)
    wanted = {self._toast_id(notice) for notice in notifications}
    for holder in self.query_children(ToastHolder):
        if holder.id not in wanted:
            holder.remove()


def remove_holders_of_notices() -> None:
    """Have notices that are taken back remove the holders that they stood in; once for the process."""
    ToastRack.show = _show_and_remove_holders  # type: ignore[method-assign]


def remember_grounds_by(grounds: Callable[[Color, Color], tuple[Style, Style]]) -> None:
    """Have the grounds of widgets remembered by a function of their two colours; once for the process."""
    StylesCache.get_inner_outer = staticmethod(grounds)  # type: ignore[method-assign, assignment]


def is_mounted(node: DOMNode) -> bool:
    """Return whether a widget has been put on the screen."""
    return node._is_mounted


def bind_key(node: DOMNode, key: str, action: str, description: str) -> None:
    """Bind a key of one widget or screen."""
    node._bindings.bind(key, action, description)


def bindings_of(node: DOMNode, key: str) -> Sequence[Binding]:
    """Return what a key is bound to at one widget or screen."""
    return node._bindings.key_to_bindings.get(key, ())


class SearchedOverlay(SelectOverlay):
    """The open list of a `Select`; letters go to the first line that has them, also in a line that is `Content`.

    The line for no choice has the colour of the others: Textual's dim letters have a contrast below 4.5 to 1.
    """

    def add_options(self, new_options: Iterable[Option | VisualType | None]) -> Self:
        """Add options, none of them dim."""
        return super().add_options(
            Option(Content(each.prompt.plain)) if isinstance(each, Option) and isinstance(each.prompt, Text) else each
            for each in new_options
        )

    def replace_option_prompt_at_index(self, index: int, prompt: VisualType) -> Self:
        """Replace an option's line by one that is not dim."""
        shown = Content(prompt.plain) if isinstance(prompt, Text) else prompt
        return super().replace_option_prompt_at_index(index, shown)

    def _find_search_match(self, query: str) -> int | None:
        places = [str(option.prompt).casefold().find(query.casefold()) for option in self.options]
        matches = [place for place in places if place >= 0]
        return places.index(min(matches)) if matches else None


def types_to_search(select: Select[Any]) -> bool:
    """Return whether letters search a list's options."""
    return select._type_to_search


def update_scroll_bars(view: ScrollView, size: Size) -> None:
    """Let a view's scroll bars follow its size without a layout."""
    view._scroll_update(size)
