"""Questions about a network, answered during training between two blocks, or later from its last state.

Questions and answers are plain data; each module has those of one subject, and the function that answers. To add a
question, write such a module and add it to the tables in ``questions.py``. The modules of these names are imported when
first used.
"""

from typing import TYPE_CHECKING

from joml.first_use import importing

if TYPE_CHECKING:
    from joml_tui.inspect.questions import (
        Answer,
        DataNeededError,
        Question,
        answer,
        answer_without_data,
    )
    from joml_tui.inspect.training_context import Remains, TrainingContext

__all__ = [
    "Answer",
    "DataNeededError",
    "Question",
    "Remains",
    "TrainingContext",
    "answer",
    "answer_without_data",
]

#: These names by the modules that have them.
_HOMES = {
    "joml_tui.inspect.questions": "Answer DataNeededError Question answer answer_without_data",
    "joml_tui.inspect.training_context": "Remains TrainingContext",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = importing(__name__, _HOMES)
