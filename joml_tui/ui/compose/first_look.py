"""A first look at an experiment: its data as a picture, and a sentence about what training will do."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from joml_tui.experiment import DatasetShape, Experiment, part_sizes_of
from joml_tui.experiment.dataset_specs import dataset_part, is_read, source_of
from joml_tui.inspect.data_preview import DataPreview, Floats
from joml_tui.plots.chart_model import Piece, Row
from joml_tui.plots.data_picture import (
    describe_range,
    draw_counts,
    draw_distribution,
    draw_images,
    draw_points,
    draw_range,
)
from joml_tui.plots.palette import Ink
from joml_tui.ui.actions import key_of
from joml_tui.ui.compose.preset_choices import describe_optimizer
from joml_tui.ui.text import count, plain
from joml_tui.ui.widgets.plot import Plot
from joml_tui.ui.widgets.static_text import StaticText

#: Cells of a picture of points, across for each one down, as letters are twice as high as wide.
_ACROSS_A_ROW = 2.2
_MOST_BARS = 36
_BAR_WIDTH = 110
_SMALL = 12
_LONGEST_NAME = 24
#: Pictures of at least this height have the names and ranges of what they show.
_NAMED_FROM = 6


class FirstLook(Vertical):
    """The composed experiment's data as a picture, with what they are and what training does above it."""

    DEFAULT_CSS = """
    FirstLook { height: 1fr; padding: 0 1; }
    FirstLook .sentence { width: 1fr; height: auto; color: $foreground 70%; }
    FirstLook .look-training { margin-top: 1; }
    FirstLook Plot { width: 1fr; height: 1fr; margin: 1 0; }
    FirstLook.-small Plot { margin: 0; }
    FirstLook.-small .look-data { text-wrap: nowrap; text-overflow: ellipsis; height: 1; }
    FirstLook.-small .look-training { display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._data = self._training = self._obstacle = Content("")

    def compose(self) -> ComposeResult:
        """Put the picture below two sentences."""
        yield StaticText(classes="sentence look-data")
        yield StaticText(classes="sentence look-training")
        yield Plot()

    def on_resize(self) -> None:
        """Leave out what the picture needs the room of."""
        self.set_class(self.size.height < _SMALL, "-small")

    def show(self, experiment: Experiment, shape: DatasetShape, parameters: int | None) -> None:
        """Describe an experiment and its data."""
        self._data = describe_data(experiment, shape)
        self._training = describe_training(experiment, shape, parameters)
        self._say()

    def show_obstacle(self, obstacle: str) -> None:
        """Say what prevents the training, in place of what it would do; nothing for ""."""
        self._obstacle = _describe_obstacle(obstacle) if obstacle else Content("")
        self._say()

    def _say(self) -> None:
        """Show the sentences; without data the obstacle stands first."""
        training = self._obstacle or self._training
        self.query_one(".look-data", StaticText).say(self._data or training)
        self.query_one(".look-training", StaticText).say(training if self._data else "")

    def show_preview(self, preview: DataPreview | None) -> None:
        """Draw the data; nothing for None."""
        self.query_one(Plot).show(partial(_draw, preview))

    def forget(self) -> None:
        """Show nothing, because the experiment has no data."""
        self._data = self._training = Content("")
        self._say()
        self.show_preview(None)


def _describe_obstacle(obstacle: str) -> Content:
    """Return what prevents a training, with where that is mended, and what happens then."""
    entry, train = ((key_of(action), "bold") for action in ("area-compose", "train"))
    ways = Content.assemble(entry, " Compose marks the entry; once it is right, ", train, " trains the network.")
    return Content.assemble((f"▲ {obstacle}", "$text-warning"), "\n", ways)


def describe_data(experiment: Experiment, shape: DatasetShape) -> Content:
    """Return a sentence that says what a data set is."""
    dataset = experiment.dataset
    name = plain(source_of(dataset), 60)
    features = f"{count(shape.input_size)} feature{'s' if shape.input_size > 1 else ''}"
    samples = f"{count(shape.samples)} sample{'s' if shape.samples > 1 else ''}"
    sizes = f"{samples}, {features}, {shape.outputs}"
    about = "" if is_read(dataset) else f" · {dataset_part(dataset).title}"
    return Content.assemble((name, "bold"), f"{about} · {sizes}")


def describe_training(experiment: Experiment, shape: DatasetShape, parameters: int | None) -> Content:
    """Return a sentence that says what the key for training does."""
    try:
        sizes = part_sizes_of(experiment, shape)
    except ValueError:  # shown at the entry where it can be fixed
        return Content("")
    network = "a network" if parameters is None else f"a network of {count(parameters)} parameters"
    epochs = f"{count(experiment.epochs)} epoch{'s' if experiment.epochs > 1 else ''}"
    return Content.assemble(
        (key_of("train"), "bold"),
        f" trains {network} with {describe_optimizer(experiment.optimizer)} on "
        f"{count(sizes.train)} sample{'s' if sizes.train > 1 else ''}, {epochs}, and tests it on "
        f"{count(sizes.test)} other{'s' if sizes.test > 1 else ''}.",
    )


def _draw(preview: DataPreview | None, width: int, height: int, ink: Ink, dark: bool) -> tuple[Row, ...]:
    """Return the picture of a preview; of points not wider than they are high."""
    if preview is None:
        return ()
    if preview.images is not None:
        return draw_images(preview.images, width, height, ink)
    if preview.points is not None and preview.labels is not None:
        return _draw_points(preview, preview.points, preview.labels, width, height, ink, dark)
    if preview.values is not None:
        has_room = height >= _NAMED_FROM
        rows = draw_distribution(preview.values, width, min(height - has_room, _MOST_BARS), ink, dark=dark)
        wide = max(1, width // len(preview.values)) * len(preview.values)
        (axis,) = preview.axes
        name = f"distribution of {axis.name}"
        return (*rows, draw_range(name, axis.low, axis.high, min(wide, width), ink)) if has_room else rows
    wide, high = min(width, _BAR_WIDTH), min(height, _MOST_BARS)
    return draw_counts(preview.names, preview.counts, preview.samples, wide, high, ink, dark=dark)


def _draw_points(
    preview: DataPreview, points: Floats, labels: Floats, width: int, height: int, ink: Ink, dark: bool
) -> tuple[Row, ...]:
    """Return the samples in the plane, with what lies upwards above them and what lies across below."""
    classes = 0 if preview.task == "regression" else len(preview.names)
    high = height - 2 if height >= _NAMED_FROM else height
    wide = min(width, round(high * _ACROSS_A_ROW))
    rows = draw_points(points, labels, wide, high, ink, dark=dark, classes=classes)
    if high == height:
        return _indented(rows, (width - wide) // 2)
    across, up = preview.axes
    above = f"↑ {describe_range(plain(up.name, _LONGEST_NAME), up.low, up.high)}"
    if not classes and preview.features > 1:
        above += f", coloured by {preview.names[0]}"
    by = (width - wide) // 2
    title = Piece(" " * max(0, min(by, width - len(above)))), Piece(plain(above, width), ink.muted)
    return (title, *_indented((*rows, draw_range(across.name, across.low, across.high, wide, ink)), by))


def _indented(rows: tuple[Row, ...], by: int) -> tuple[Row, ...]:
    return tuple((Piece(" " * by), *row) for row in rows)
