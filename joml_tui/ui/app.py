"""The application: the lab's screen, its commands in the palette, and leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.events import Key
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import Theme

from joml_tui.error_reports import reports_path
from joml_tui.experiment import Experiment
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment
from joml_tui.interruption import Interruption, interruptions_counted
from joml_tui.store.location import store_path
from joml_tui.ui import terminal_traits
from joml_tui.ui.actions import ACTIONS, LAB_SCOPES, rebind, request_of
from joml_tui.ui.ascii_filter import AsciiFilter
from joml_tui.ui.cache_cleanup import forget_with_widgets
from joml_tui.ui.deferred_calls import call_after_paint, call_once, call_soon, start_worker
from joml_tui.ui.dialogs.command_palette import Palette
from joml_tui.ui.dialogs.context_help import about
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.dialogs.question_dialog import Answer, Question
from joml_tui.ui.dirty_region_compositor import paint_sparingly
from joml_tui.ui.error_net import ErrorNet, threads_caught
from joml_tui.ui.fast_restyling import style_sparingly
from joml_tui.ui.gc_tuning import spare_what_stays
from joml_tui.ui.key_queue import KeyQueue
from joml_tui.ui.lab import Lab
from joml_tui.ui.outside_end import outside_end
from joml_tui.ui.painted_cells import PaintedCells
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.settings_validation import checked
from joml_tui.ui.shell.themes import THEMES, register_themes
from joml_tui.ui.text import plain
from joml_tui.ui.textual_compat import guard_pumps, paint_all_that_asked, take_any_bytes
from joml_tui.ui.threads import in_background
from joml_tui.ui_state import Memory, remembered_path
from joml_tui.user_settings import LoadedSettings, read_settings

if TYPE_CHECKING:
    from joml_tui.ui.lessons.lesson_source import Source

#: Seconds after which modules and threads that start after the first paint are ready.
_SECONDS_TO_SETTLE = 3.0

#: Invalid settings that are reported at the start; the others follow when these are mended.
_MOST_FAULTS = 4

_INTERRUPTED = 130

#: What a notice is, in words too: colours may be missing, or look alike.
_SEVERITIES: dict[SeverityLevel, str] = {"warning": "▲ Warning", "error": "✗ Error"}

# Textual's commands that the lab has under another name.
_REPLACED_COMMANDS = {"Quit", "Keys", "Screenshot", "Maximize", "Minimize"}


class LabApp(KeyQueue):
    """The lab in the terminal.

    Parameters
    ----------
    experiment : Experiment, optional
        The experiment that is composed at the start; default the article's 14-100-40-4.
    reading : Reading, optional
        The user's settings; the defaults unless given.
    memory : Memory, optional
        The lab's remembered state; by default it is lost at the end.
    store : Path, optional
        The file that records runs; by default nothing is recorded.
    reports : Path, optional
        The folder for reports of internal errors; by default they are only shown.
    """

    TITLE = "JOML"
    CSS_PATH = [
        "lab.tcss",
        "widgets/form.tcss",
        "compose/compose.tcss",
        "runs/runs.tcss",
        "inside/inside.tcss",
        "shell/few_colours.tcss",
    ]

    def __init__(
        self,
        experiment: Experiment | None = None,
        reading: LoadedSettings | None = None,
        memory: Memory | None = None,
        store: Path | None = None,
        reports: Path | None = None,
    ) -> None:
        reading = reading or LoadedSettings()
        self.settings, self._faults = checked(reading.settings, THEMES)
        if reading.fault:
            self._faults.insert(0, reading.fault)
        self.memory = memory or Memory()
        self.lesson: Source | None = None
        # No tour if the lab cannot remember that it was shown.
        self.shows_tour = self.settings.tour and memory is not None and not memory.now.tour_seen
        self.traits = terminal_traits.decide(self.settings)  # before Textual takes NO_COLOR out of the environment
        guard_pumps()
        paint_all_that_asked()
        forget_with_widgets()
        super().__init__()
        self.interruption = Interruption()
        self.painted = PaintedCells()
        self.stylesheet = style_sparingly(self.get_css_variables())
        self.net = ErrorNet(self, reports)
        rebind(self.settings.keys)
        self.set_keymap({action_id: ",".join(keys) for action_id, keys in self.settings.keys.items()})
        self._in_ascii = [AsciiFilter()] if self.traits.ascii else []
        if self.traits.quiet:
            self.animation_level = "none"
        self.set_class(self.traits.few_colours, "-few-colours")
        register_themes(self)
        chosen = self.settings.theme or self.memory.now.theme
        if chosen in self.available_themes:
            self.theme = chosen
        if experiment is None:
            self.lab = Lab(find_experiment(DEFAULT_PRESET), DEFAULT_PRESET, store)
        else:
            self.lab = Lab(experiment, store=store)

    def on_mount(self) -> None:
        """Report invalid settings, and remember the chosen theme from now on."""
        self.net.hang()
        self._heed_interruption()
        if self._faults:  # one notice is shown at a time
            faults = "\n".join(plain(fault, 400) for fault in self._faults[:_MOST_FAULTS])
            self.notify(faults, title="Settings", severity="warning", timeout=12, markup=False)
        if self.lesson is not None:
            from joml_tui.ui.lessons.one_step import OneStep  # noqa: PLC0415 - not before the first paint

            open_screen(self, OneStep([self.lesson]), lambda _: self.exit())
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        if not self.is_headless:  # in tests a process has several labs in turn
            call_after_paint(self, spare_what_stays)
            call_once(self, _SECONDS_TO_SETTLE, spare_what_stays)

    def _heed_interruption(self) -> None:
        """Leave after a SIGINT from another program; in the lab's terminal Ctrl-C is a key."""
        loop = asyncio.get_running_loop()
        # The loop may sleep when the signal comes, and the lab may not be mounted yet: ``run_lab`` stops its runs.
        self.interruption.wake = partial(loop.call_soon_threadsafe, self.exit)
        if self.interruption.count:
            self.exit()

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """Style a widget and its children, except a whole screen when only the terminal's focus changes.

        No rule of the lab depends on that, and the focused widget is styled separately. A widget that is still being
        made is not styled either: it is when it comes onto the screen.
        """
        if not (self.changes_focus and isinstance(node, Screen)) and node.is_attached:
            super().update_styles(node, animate)

    def catches(self, error: Exception) -> bool:
        """Report an uncaught error and continue, unless it breaks the screen."""
        return self.net.catch(error)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice in place of the one before; information stands beside a warning, which it does not replace.

        The title begins with the severity in words.
        """
        self.withdraw_notices(min(1, self.warnings_shown) if severity == "information" else 0)
        heading = ": ".join(filter(None, (_SEVERITIES.get(severity, ""), title)))
        super().notify(message, title=heading, severity=severity, timeout=timeout, markup=markup)

    def _theme_chosen(self, theme: Theme) -> None:
        self.remember(theme=theme.name)

    def remember(self, **changes: object) -> None:
        """Remember a state for the next start; errors of writing are ignored."""
        if self.memory.change(**changes):
            start_worker(self, self._keep(), group="memory")

    async def _keep(self) -> None:
        await in_background(self.memory.keep)

    def before_screen_is_styled(self, screen: Screen[object]) -> None:
        """Read the style sheets of a dialog when it is first shown.

        Every rule is checked for every widget, so the dialogs' rules would make styling twice as slow. Textual would
        also restyle everything, which one screen's style sheet does not need.
        """
        unread = [path for path in screen.css_path if not self.stylesheet.has_source(str(path), "")]
        for path in unread:
            self.stylesheet.read(path)
        if unread:
            self.stylesheet.parse()
        paint_sparingly(screen, self.painted)  # every dialog comes by here before it is laid out

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Write the screen in ASCII where the terminal has nothing else."""
        return [*super().get_line_filters(), *self._in_ascii]

    def get_default_screen(self) -> Screen[None]:
        """Begin with the lab, as it is in a terminal of this size."""
        self.lab.expect(self.size)
        paint_sparingly(self.lab, self.painted)
        return self.lab

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the lab, or of the screen in front, by name, then Textual's own commands."""
        heard = LAB_SCOPES if screen is self.lab else getattr(screen, "SCOPES", ())
        for action in ACTIONS:
            if action.scope in heard and screen.check_action(action.handler, ()) is not False:
                yield SystemCommand(action.label, action.help, partial(screen.run_action, request_of(action)))
        yield from (
            command for command in super().get_system_commands(screen) if command.title not in _REPLACED_COMMANDS
        )

    def action_command_palette(self) -> None:
        """Open the command palette."""
        commands = sorted(self.get_system_commands(self.screen), key=lambda command: command.title)
        self._offer(commands, "Search for commands…")

    def search_themes(self) -> None:
        """Offer the themes by name."""
        names = sorted(self.available_themes)
        self._offer(
            [SystemCommand(name, "", partial(setattr, self, "theme", name)) for name in names], "Search for themes…"
        )

    def _offer(self, commands: Sequence[SystemCommand], placeholder: str) -> None:
        if not isinstance(self.screen, Palette):
            open_screen(self, Palette(commands, placeholder), self._do_chosen)

    def _do_chosen(self, command: SystemCommand | None) -> None:
        if command is not None:
            call_soon(self, command.callback)

    def on_key(self, event: Key) -> None:
        """Open the help of a dialog at "?"; the lab has its own help, and in entries "?" is text."""
        elsewhere = self.screen is not self.lab and not isinstance(self.screen, Help | Palette)
        if elsewhere and event.key in ("f12", "question_mark"):
            event.stop()
            event.prevent_default()
            open_screen(self, Help(about(self.screen)))

    async def action_quit(self) -> None:
        """Leave; ask first while a run is alive."""
        live, waiting = self.lab.session.live, self.lab.queue.waiting
        if not (live or waiting) or isinstance(self.screen, Question):
            self._leave("quit")
            return
        names = live[0].label if len(live) == 1 else f"{len(live)} runs"
        stopped = f"{names} would be stopped, " if live else ""
        queued = f"{len(waiting):,} queued would not be trained, " if waiting else ""
        recorded = self.lab.recording.records and not self.lab.recording.trouble
        lost = "what was trained stays recorded" if recorded else "what has not been exported is lost"
        question = Question(
            "Quit the lab?",
            f"{stopped}{queued}and {lost}.",
            (Answer("stay", "Stay", "s", "primary"), Answer("quit", "Stop and leave", "q", "error")),
        )
        open_screen(self, question, self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "quit":
            self.lab.stop_all()
            self.exit()


def run_lab(
    experiment: Experiment | None = None,
    store: Path | None = None,
    warn: Callable[[str], object] | None = None,
    lesson: Source | None = None,
) -> int:
    """Open the lab in this terminal and return the exit code when it is left.

    Parameters
    ----------
    experiment : Experiment, optional
        The experiment that is composed at the start; default the article's 14-100-40-4.
    store : Path, optional
        The file that runs are recorded in; default: where `JOML_STORE` or the platform has it.
    warn : callable, optional
        Called at the end with a message if recording failed.
    lesson : Source, optional
        A network whose step is explained at the start; leaving the lesson leaves the lab.

    Returns
    -------
    int
        0, 1 when the lab ended by an error of its own, 130 when Ctrl-C from another program ended it, or 128 and the
        number of another signal that did, such as 143 (SIGTERM) or 129 (its terminal was closed).
    """
    terminal_traits.draw_on_terminal()
    with interruptions_counted() as interruption, outside_end(interruption) as end:
        take_any_bytes(end.terminal_closed)
        app = LabApp(experiment, read_settings(), Memory(remembered_path()), store_path(store), reports_path())
        app.interruption = interruption
        if lesson is not None:
            app.lesson, app.shows_tour = lesson, False
        try:
            with threads_caught(app.net):
                app.run()
        finally:
            interruption.wake = None
            app.lab.session.stop_all()
            trouble = app.lab.close_record()
            if trouble and warn is not None:
                warn(trouble)
    return end.code or app.return_code or (_INTERRUPTED if interruption.count else 0)
