"""A logger that keeps what it hears, for tests of loggers."""


class Ear:
    """A logger of one's own."""

    def __init__(self):
        self.heard = []

    def begin(self, trainer):
        self.heard.append(trainer.total_iterations)

    def hear(self, steps):
        self.heard.append(steps)

    def end(self):
        self.heard.append("end")
