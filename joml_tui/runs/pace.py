"""The pace of a training: epochs or iterations a second, slow enough to be watched."""

from __future__ import annotations

import math
import re
from typing import Literal

from msgspec import Struct

from joml.validation import above_zero

#: A training that is watched takes at least this many seconds, and at most two and a half times as many.
_LEAST_SECONDS = 5.0
#: The slowest pace; slower ones would be pauses.
SLOWEST = 0.001
#: The fastest of the usual paces in iterations a second; a faster one can hardly be told from full speed.
_FASTEST = 5_000
#: The pace of a run that should not wait, as it is written.
FULL = "full"

_WRITTEN = re.compile(
    r"(?P<count>\d+(?:\.\d*)?|\.\d+)\s*"
    r"(?:(?P<epochs>e|epochs?)|(?P<iterations>i|it|iterations?|steps?))?\s*"
    r"(?:/\s*s(?:ec|econd)?)?",
    re.IGNORECASE,
)
_ALLOWED = "5 or 5/s for epochs a second, 100i/s for iterations a second, or full"


class Pace(Struct, frozen=True):
    """The number of epochs or iterations that a training does each second, if the computer is fast enough.

    Attributes
    ----------
    per_second : float
        Above 0.
    unit : {"epoch", "iteration"}

    Raises
    ------
    ValueError
        It is no pace.
    """

    per_second: float
    unit: Literal["epoch", "iteration"]

    def __post_init__(self) -> None:
        """Refuse what would be no pace, also when it is made in Python."""
        above_zero(self.per_second, "per_second")
        if self.unit not in ("epoch", "iteration"):
            raise ValueError(f"unit must be epoch or iteration, got {self.unit!r}")

    def iterations_per_second(self, iterations_per_epoch: int) -> float:
        """Return the pace in iterations a second."""
        return self.per_second * (iterations_per_epoch if self.unit == "epoch" else 1)

    def __str__(self) -> str:
        """Return it as shown and as it may be written: ``5 epochs/s``."""
        return f"{self.per_second:,g} {self.unit}{'' if self.per_second == 1 else 's'}/s"


def parse_pace(text: str) -> Pace | None:
    """Return a written pace; None for ``full``.

    Parameters
    ----------
    text : str
        Such as ``5`` or ``5/s`` for epochs a second, ``100i/s`` or ``100 iterations/s``, or ``full``.

    Returns
    -------
    Pace or None

    Raises
    ------
    ValueError
        It cannot be read; the message says what is allowed.
    """
    written = text.strip().replace(",", "")
    if written.lower() == FULL:
        return None
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError(f"{text!r} is no pace: write {_ALLOWED}")
    per_second = float(match["count"])
    if not SLOWEST <= per_second < math.inf:
        raise ValueError(f"{text!r} is too slow: a pace is at least {SLOWEST:g} a second, such as {_ALLOWED}")
    return Pace(per_second, "iteration" if match["iterations"] else "epoch")


def require_pace(pace: Pace | None) -> Pace | None:
    """Return a pace, or None for full; raise TypeError if it is neither.

    Parameters
    ----------
    pace : Pace or None

    Returns
    -------
    Pace or None
    """
    if pace is not None and not isinstance(pace, Pace):
        raise TypeError(f"pace: a Pace such as Pace(20, 'iteration') was expected, or None for full, got {pace!r}")
    return pace


def pace_to_watch(epochs: int, iterations_per_epoch: int) -> Pace | None:
    """Return the pace at which a whole training takes 5 to 12.5 seconds; None if it takes longer at full speed."""
    pace = Pace(_rounded_down(epochs / _LEAST_SECONDS), "epoch")
    return None if pace.iterations_per_second(iterations_per_epoch) > _FASTEST else pace


def slower(pace: Pace | None, iterations_per_epoch: int, per_second: float) -> Pace:
    """Return the next slower of the usual paces; the slowest one stays.

    Parameters
    ----------
    pace : Pace or None
        None for full speed.
    iterations_per_epoch : int
    per_second : float
        Iterations a second at full speed.

    Returns
    -------
    Pace
    """
    usual = _usual_paces(iterations_per_epoch)
    present = per_second if pace is None else pace.iterations_per_second(iterations_per_epoch)
    below = [each for each in usual if each.iterations_per_second(iterations_per_epoch) < present * (1 - 1e-6)]
    return below[-1] if below else usual[0]


def faster(pace: Pace | None, iterations_per_epoch: int) -> Pace | None:
    """Return the next faster of the usual paces; None for full speed, which follows the fastest one."""
    if pace is None:
        return None
    present = pace.iterations_per_second(iterations_per_epoch) * (1 + 1e-6)
    usual = _usual_paces(iterations_per_epoch)
    return next((each for each in usual if each.iterations_per_second(iterations_per_epoch) > present), None)


def _usual_paces(iterations_per_epoch: int) -> list[Pace]:
    """Return round paces, each slower than the next: iterations a second below one epoch a second, then epochs."""
    round_numbers = [leading * 10**power for power in range(4) for leading in (1, 2, 5)]
    iterations = [Pace(each, "iteration") for each in round_numbers if each < min(iterations_per_epoch, _FASTEST + 1)]
    return iterations + [Pace(each, "epoch") for each in round_numbers if each * iterations_per_epoch <= _FASTEST]


def _rounded_down(value: float) -> float:
    """Return the largest of 1, 2, 5, 10 and so on, or of 0.5, 0.2, 0.1 and so on, that is not above a value."""
    power = math.floor(math.log10(value) + 1e-9)
    leading = max(each for each in (1, 2, 5) if each <= value / 10.0**power + 1e-9)
    return float(leading * 10**power) if power >= 0 else leading / float(10**-power)
