"""The application: the lab's screen, its commands in the palette, and how it is left."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from textual.app import SystemCommand
from textual.command import CommandPalette
from textual.events import Key
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import BUILTIN_THEMES, Theme

from joml_tui.experiment import Experiment
from joml_tui.presets import DEFAULT_PRESET, find_experiment
from joml_tui.remembered import Memory, remembered_path
from joml_tui.settings import Reading, read_settings
from joml_tui.store.location import store_path
from joml_tui.ui import terminal
from joml_tui.ui.actions import ACTIONS, LAB_SCOPES, rebind
from joml_tui.ui.ascii_filter import AsciiFilter
from joml_tui.ui.background import in_background
from joml_tui.ui.collecting import spare_what_stays
from joml_tui.ui.dialogs.help import Help
from joml_tui.ui.dialogs.question import Answer, Question
from joml_tui.ui.in_turn import KeysInTurn
from joml_tui.ui.lab import Lab
from joml_tui.ui.living.about import about
from joml_tui.ui.living.checked import checked
from joml_tui.ui.sparing import paint_sparingly
from joml_tui.ui.text import plain

#: After which the modules and threads that are started after the first paint are there.
_SECONDS_TO_SETTLE = 3.0

#: Of each so many lines of the screen one notice may take its four or five.
_LINES_A_NOTICE = 8

# Commands of Textual's own that the lab has under its own name.
_REPLACED_COMMANDS = {"Quit", "Keys", "Screenshot", "Maximize", "Minimize"}


class LabApp(KeysInTurn):
    """The lab in the terminal.

    Parameters
    ----------
    experiment : Experiment, optional
        What stands composed at the beginning; without it the article's 14-100-40-4.
    reading : Reading, optional
        The user's settings; the defaults unless given.
    memory : Memory, optional
        What the lab remembers; one that forgets everything in the end unless given.
    store : Path, optional
        The file that runs are recorded in; nothing is recorded unless given.
    """

    TITLE = "JOML"
    CSS_PATH = [
        "lab.tcss",
        "compose/compose.tcss",
        "runs/runs.tcss",
        "inside/inside.tcss",
        "living/few_colours.tcss",
    ]

    def __init__(
        self,
        experiment: Experiment | None = None,
        reading: Reading | None = None,
        memory: Memory | None = None,
        store: Path | None = None,
    ) -> None:
        reading = reading or Reading()
        self.settings, self._faults = checked(reading.settings, BUILTIN_THEMES)
        if reading.fault:
            self._faults.insert(0, reading.fault)
        self.memory = memory or Memory()
        # Nobody is shown around by a lab that would forget having done so.
        self.shows_tour = self.settings.tour and memory is not None and not memory.now.tour_seen
        self.traits = terminal.decide(self.settings)  # before Textual takes NO_COLOR out of the environment
        super().__init__()
        rebind(self.settings.keys)
        self.set_keymap({action_id: ",".join(keys) for action_id, keys in self.settings.keys.items()})
        self._in_ascii = [AsciiFilter()] if self.traits.ascii else []
        if self.traits.quiet:
            self.animation_level = "none"
        self.set_class(self.traits.few_colours, "-few-colours")
        chosen = self.settings.theme or self.memory.now.theme
        if chosen in self.available_themes:
            self.theme = chosen
        if experiment is None:
            self.lab = Lab(find_experiment(DEFAULT_PRESET), DEFAULT_PRESET, store)
        else:
            self.lab = Lab(experiment, store=store)

    def on_mount(self) -> None:
        """Tell what does not hold of the settings, and remember from now on which theme is chosen."""
        for fault in self._faults:
            self.notify(plain(fault, 400), title="Settings", severity="warning", timeout=12, markup=False)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        if not self.is_headless:  # a process of tests has one lab after the other
            self.call_after_refresh(spare_what_stays)
            self.set_timer(_SECONDS_TO_SETTLE, spare_what_stays)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Tell something at the screen's edge; what was told before goes where it would cover too much.

        Mere information goes before warnings and errors do.
        """
        told = sorted(self._notifications, key=lambda each: (each.severity != "information", each.raised_at))
        for each in told[: max(0, len(told) + 1 - max(2, self.size.height // _LINES_A_NOTICE))]:
            self._unnotify(each, refresh=False)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def _theme_chosen(self, theme: Theme) -> None:
        self.remember(theme=theme.name)

    def remember(self, **changes: object) -> None:
        """Remember something for the next time; a file that cannot be written is nobody's trouble."""
        if self.memory.change(**changes):
            self.run_worker(self._keep(), group="memory", exit_on_error=False)

    async def _keep(self) -> None:
        await in_background(self.memory.keep)

    def _load_screen_css(self, screen: Screen[object]) -> None:
        """Read the style sheets of a dialog when it is first shown.

        Every rule is looked at for every widget that is styled: those of dialogs would make each of these twice as
        slow. Textual would style all that stands there anew, for which a sheet of one screen is no reason.
        """
        unread = [path for path in screen.css_path if not self.stylesheet.has_source(str(path), "")]
        for path in unread:
            self.stylesheet.read(path)
        if unread:
            self.stylesheet.parse()
        super()._load_screen_css(screen)
        paint_sparingly(screen)  # every dialog comes by here before it is laid out

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Write the screen in ASCII where the terminal has nothing else."""
        return [*super().get_line_filters(), *self._in_ascii]

    def get_default_screen(self) -> Screen[None]:
        """Begin with the lab, as it is in a terminal of this size."""
        self.lab.expect(self.size)
        paint_sparingly(self.lab)
        return self.lab

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action of the lab, or of the screen in front, by name, then Textual's own commands."""
        heard = LAB_SCOPES if screen is self.lab else getattr(screen, "SCOPES", ())
        for action in ACTIONS:
            if action.scope in heard and screen.check_action(action.handler, ()) is not False:
                yield SystemCommand(action.label, action.help, partial(screen.run_action, action.handler))
        yield from (
            command for command in super().get_system_commands(screen) if command.title not in _REPLACED_COMMANDS
        )

    def on_key(self, event: Key) -> None:
        """Tell what can be done in a dialog; the lab has its own help, and where text is written "?" is text."""
        elsewhere = self.screen is not self.lab and not isinstance(self.screen, Help | CommandPalette)
        if elsewhere and event.key in ("f1", "question_mark"):
            event.stop()
            event.prevent_default()
            self.push_screen(Help(about(self.screen)))

    async def action_quit(self) -> None:
        """Leave; ask first while a run is alive."""
        live, waiting = self.lab.book.live, self.lab.queue.waiting
        if not (live or waiting) or isinstance(self.screen, Question):
            self._leave("quit")
            return
        names = live[0].label if len(live) == 1 else f"{len(live)} runs"
        stopped = f"{names} would be stopped, " if live else ""
        queued = f"{len(waiting):,} queued would not be trained, " if waiting else ""
        recorded = self.lab.recording.records and not self.lab.recording.trouble
        lost = "what was trained stays recorded" if recorded else "what has not been exported is lost"
        question = Question(
            "Leave the lab?",
            f"{stopped}{queued}and {lost}.",
            (Answer("stay", "Stay", "s", "primary"), Answer("quit", "Stop and leave", "q", "error")),
        )
        self.push_screen(question, self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "quit":
            self.lab.stop_all()
            self.exit()


def run_lab(experiment: Experiment | None = None, store: Path | None = None) -> int:
    """Open the lab in this terminal and return the exit code when it is left.

    Parameters
    ----------
    experiment : Experiment, optional
        What stands composed at the beginning; without it the article's 14-100-40-4.
    store : Path, optional
        The file that runs are recorded in; where `JOML_STORE` or the platform has it unless given.

    Returns
    -------
    int
        0, or 1 when the lab ended by an error of its own.
    """
    app = LabApp(experiment, read_settings(), Memory(remembered_path()), store_path(store))
    try:
        app.run()
    finally:
        app.lab.book.stop_all()
        if said := app.lab.close_record():
            print(f"joml-tui: {said}", file=sys.stderr)
    return app.return_code or 0
