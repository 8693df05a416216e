"""Pace: what is asked of a training while it goes on - to pause, to go on, to do some steps, to stop, to tell."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from joml_tui.runs.worker.messages import Ask, Command


class Mailbox:
    """Commands and questions on their way to a training, kept until somebody is there to take them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Command | Ask] = []
        self._receiver: Callable[[Command | Ask], None] | None = None

    def post(self, message: Command | Ask) -> None:
        """Hand a message to the receiver, or keep it for the one to come."""
        with self._lock:
            if self._receiver is None:
                self._waiting.append(message)
            else:
                self._receiver(message)

    def connect(self, receiver: Callable[[Command | Ask], None]) -> None:
        """Send the receiver what has waited, and from now on everything at once."""
        with self._lock:
            for message in self._waiting:
                receiver(message)
            self._waiting.clear()
            self._receiver = receiver

    def disconnect(self) -> None:
        """Let later messages fall: the training has ended."""
        self.connect(lambda message: None)


class Pace:
    """How many iterations a training may do now; the training asks, commands from other threads change it."""

    def __init__(self, paused: bool) -> None:
        self._changed = threading.Condition()
        self._allowed: int | None = 0 if paused else None  # None: as many as it likes
        self._stopped = False
        self._settings: deque[Command] = deque()
        self._questions: deque[Ask] = deque()

    def apply(self, message: Command | Ask) -> None:
        """Take a command or a question into account."""
        with self._changed:
            if isinstance(message, Ask):
                self._questions.append(message)
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
                case "learning_rate" | "epochs":
                    self._settings.append(message)
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether to stop for good."""
        return self._stopped

    @property
    def free(self) -> bool:
        """Whether training may go on without being counted."""
        return self._allowed is None and not self._stopped

    @property
    def blocked(self) -> bool:
        """Whether nothing may be done now."""
        return self._allowed == 0 and not self._stopped

    def wait(self) -> None:
        """Wait until something may be done or told, or training is to stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._allowed != 0 or bool(self._questions) or bool(self._settings)
            )

    def next_question(self) -> Ask | None:
        """Take the question that has waited longest."""
        return self._questions.popleft() if self._questions else None

    def next_setting(self) -> Command | None:
        """Take the change of a setting that has waited longest."""
        return self._settings.popleft() if self._settings else None

    def most(self, wanted: int) -> int:
        """Return how many iterations may be done of those wanted."""
        allowed = self._allowed
        return wanted if allowed is None else min(wanted, allowed)

    def spend(self, iterations: int) -> None:
        """Count iterations that were done."""
        with self._changed:
            if self._allowed is not None:
                self._allowed = max(0, self._allowed - iterations)
