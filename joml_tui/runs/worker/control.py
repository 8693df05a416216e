"""Control of a running training: pause, resume, step, stop, settings and questions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from joml_tui.runs.pace import Pace
from joml_tui.runs.worker.messages import Ask, Command


class Mailbox:
    """Commands and questions for a training, kept until a receiver is connected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Command | Ask] = []
        self._receiver: Callable[[Command | Ask], None] | None = None

    def post(self, message: Command | Ask) -> None:
        """Pass a message to the receiver, or keep it until one is connected."""
        with self._lock:
            if self._receiver is None:
                self._waiting.append(message)
            else:
                self._receiver(message)

    def connect(self, receiver: Callable[[Command | Ask], None]) -> None:
        """Send the waiting messages to the receiver, and further ones at once."""
        with self._lock:
            for message in self._waiting:
                receiver(message)
            self._waiting.clear()
            self._receiver = receiver

    def disconnect(self) -> None:
        """Discard later messages, because the training has ended."""
        self.connect(lambda message: None)


class Control:
    """The number of iterations that a training may do; commands from other threads change it.

    Parameters
    ----------
    paused : bool
        Whether to wait before the first iteration.
    pace : Pace, optional
        Default full.
    """

    def __init__(self, paused: bool, pace: Pace | None = None) -> None:
        self._changed = threading.Condition()
        self._allowed: int | None = 0 if paused else None  # None: unlimited
        self._stopped = False
        self._settings: deque[Command] = deque([] if pace is None else [Command("pace", pace=pace)])
        self._questions: deque[Ask] = deque()

    def apply(self, message: Command | Ask) -> None:
        """Handle a command or a question."""
        with self._changed:
            if isinstance(message, Ask):
                kept = [each for each in self._questions if each.number != message.replaces]
                self._questions = deque([*kept, message])
                self._changed.notify_all()
                return
            match message.kind:
                case "pause":
                    self._allowed = 0
                case "resume":
                    self._allowed = None
                case "step":
                    self._allowed = (self._allowed or 0) + message.steps
                case "stop":
                    self._stopped = True
                case "learning_rate" | "epochs" | "pace":
                    self._settings.append(message)
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Return whether training is to stop."""
        return self._stopped

    @property
    def free(self) -> bool:
        """Return whether training may continue without a limit."""
        return self._allowed is None and not self._stopped

    @property
    def blocked(self) -> bool:
        """Return whether no iteration is allowed now."""
        return self._allowed == 0 and not self._stopped

    def wait(self) -> None:
        """Wait until iterations are allowed, a question or setting is pending, or training is to stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._allowed != 0 or bool(self._questions) or bool(self._settings)
            )

    def wait_until_due(self, seconds: float) -> None:
        """Wait for this time, or until a command or question arrives that has to be heard before."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self.free or bool(self._questions) or bool(self._settings), timeout=seconds
            )

    def next_question(self, wanted: Callable[[Ask], bool] = lambda question: True) -> Ask | None:
        """Remove and return the oldest question that is wanted; None if there is none."""
        with self._changed:
            question = next(filter(wanted, self._questions), None)
            if question is not None:
                self._questions.remove(question)
        return question

    def next_setting(self) -> Command | None:
        """Remove and return the oldest change of a setting; None if there is none."""
        return self._settings.popleft() if self._settings else None

    def most(self, wanted: int) -> int:
        """Return the allowed number of iterations, at most ``wanted``."""
        allowed = self._allowed
        return wanted if allowed is None else min(wanted, allowed)

    def spend(self, iterations: int) -> None:
        """Subtract iterations that were done."""
        with self._changed:
            if self._allowed is not None:
                self._allowed = max(0, self._allowed - iterations)
