"""A run with what its user wrote about it, as lists, tables and charts show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.runs.run_record import RunRecord

if TYPE_CHECKING:
    from joml_tui.runs.run import Run


@dataclass(frozen=True, slots=True)
class AnnotatedRun:
    """A run with what was written about it; nothing unless that was done."""

    run: Run
    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    number: int = 0

    @property
    def label(self) -> str:
        """Its name, or its network."""
        return self.name or self.run.architecture

    @property
    def status(self) -> tuple[str, str]:
        """Its state, and why it ended where there is something to say."""
        return self.run.state.value, self.run.message

    @property
    def record(self) -> RunRecord:
        """Its settings and figures."""
        return self.run.record

    @property
    def yaml(self) -> str:
        """Its experiment as YAML."""
        return dump_experiment(self.run.experiment)
