"""Pace: what is asked of a training while it goes on - to pause, to go on, to do some steps, to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from joml_tui.running.messages import Command


class Mailbox:
    """Commands on their way to a training, kept until somebody is there to take them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Command] = []
        self._receiver: Callable[[Command], None] | None = None

    def post(self, command: Command) -> None:
        """Hand a command to the receiver, or keep it for the one to come."""
        with self._lock:
            if self._receiver is None:
                self._waiting.append(command)
            else:
                self._receiver(command)

    def connect(self, receiver: Callable[[Command], None]) -> None:
        """Give the receiver what has waited, and from now on everything at once."""
        with self._lock:
            for command in self._waiting:
                receiver(command)
            self._waiting.clear()
            self._receiver = receiver

    def disconnect(self) -> None:
        """Let later commands fall: the training has ended."""
        self.connect(lambda command: None)


class Pace:
    """How many iterations a training may do now; the training asks, commands from other threads change it."""

    def __init__(self, paused: bool) -> None:
        self._changed = threading.Condition()
        self._allowed: int | None = 0 if paused else None  # None: as many as it likes
        self._stopped = False

    def apply(self, command: Command) -> None:
        """Take a command into account."""
        with self._changed:
            match command.kind:
                case "pause":
                    self._allowed = 0
                case "resume":
                    self._allowed = None
                case "step":
                    self._allowed = (self._allowed or 0) + command.steps
                case "stop":
                    self._stopped = True
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
        """Wait until something may be done, or training is to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._allowed != 0)

    def most(self, wanted: int) -> int:
        """Give how many iterations may be done of those wanted."""
        allowed = self._allowed
        return wanted if allowed is None else min(wanted, allowed)

    def spend(self, iterations: int) -> None:
        """Count iterations that were done."""
        with self._changed:
            if self._allowed is not None:
                self._allowed = max(0, self._allowed - iterations)
