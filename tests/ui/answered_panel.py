"""Panels of the area Inside without a screen, which are answered at once."""

from joml_tui.inspect import answer
from joml_tui.plots.palette import ink_for
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.inside.shading import Shading

INK = ink_for(0x101010, 0xE0E0E0)


def answered(panel_type, experiment, height=20, subject=None):
    """Return a panel about an experiment's network, which asks and is answered whenever it wants to."""

    class Answered(panel_type):
        def _room(self):
            return self.room

        def ask_again(self):
            question = self.question()
            if question is not None:
                self.show_answer(answer(question, self.subject))

        def redraw(self):
            """There is no screen to draw on."""

        def lines(self, width=80):
            rows = self.rows(width, self.room, INK, dark=True)
            return ["".join(piece.text for piece in row) for row in rows]

        def actions(self, width=80):
            return [
                piece.action for row in self.rows(width, self.room, INK, dark=True) for piece in row if piece.action
            ]

    panel = Answered()
    panel.subject, panel.room = subject or build_subject(experiment), height
    panel.experiment = experiment
    panel._shading = Shading.COLOURS
    panel.ask_again()
    return panel
