"""A run with its user's name, note and tags, for lists, tables and charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.run_record import RunRecord

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


@dataclass(frozen=True, slots=True)
class AnnotatedRun:
    """A run with its name, note and tags, empty by default."""

    run: Run
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    number: int = 0

    @property
    def label(self) -> str:
        """The run's name, or its network."""
        return self.name or self.run.architecture

    @property
    def status(self) -> tuple[str, str]:
        """The run's state, and why it ended if there is a reason."""
        return self.run.state.value, self.run.message

    @property
    def record(self) -> RunRecord:
        """The run's settings and figures."""
        return self.run.record

    @property
    def yaml(self) -> str:
        """The run's experiment as YAML."""
        return dump_experiment(self.run.experiment)
