"""The table of the lab's actions, read by keys, buttons, footer, command palette and help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from joml_tui.ui.key_names import key_name

Scope = Literal[
    "lab",
    "layers",
    "charts",
    "inside",
    "queue",
    "earlier",
    "travel",
    "rates",
    "lesson",
    "one-step",
    "collapse",
    "differing",
    "reading",
    "words",
    "columns",
    "painting",
]
#: The scopes of the lab's areas. Every other scope is a separate screen.
LAB_SCOPES: frozenset[Scope] = frozenset({"lab", "layers", "charts", "inside"})
#: Scopes whose keys are active at the same time.
TOGETHER: tuple[frozenset[Scope], ...] = (
    LAB_SCOPES,
    frozenset({"queue"}),
    frozenset({"earlier"}),
    frozenset({"travel"}),
    frozenset({"rates"}),
    frozenset({"lesson", "one-step"}),
    frozenset({"lesson", "collapse"}),
    frozenset({"differing"}),
    frozenset({"reading"}),
    frozenset({"words"}),
    frozenset({"columns"}),
    frozenset({"painting"}),
)


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the lab.

    Attributes
    ----------
    id : str
        Its stable name, also of its key bindings.
    keys : tuple of str
        Keys by Textual's names. The first one is displayed; main actions also have one that works while an entry takes
        the printable keys.
    label : str
        One or two words, for footer, buttons and command palette.
    help : str
        One sentence, for help, palette and tooltips.
    group : str
        Its heading in the help.
    handler : str
        The method to call: ``charts.zoom(2)`` is ``action_zoom(2)`` of the lab's owner "charts" (`Lab.owners`). On a
        separate screen it is that screen's method, without an owner.
    scope : Scope
        Where its keys work: everywhere in the lab, in the list of layers, in the charts, in the panel inside the
        network, or on a separate screen.
    footer : bool
        Whether the footer shows it.
    shown : str
        The keys as the footer shows them if two actions share one hint; empty for the key's name.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    handler: str
    scope: Scope = "lab"
    footer: bool = False
    shown: str = ""


TRAIN, COMPARE, INSIDE, COMPOSE, KEEP, LAB = "Train", "Compare", "Inside", "Compose", "Keep", "The lab"
UNDERSTAND = "Understand"
QUEUE, EARLIER, TRAVEL, RATES = "In the queue", "Among earlier runs", "In time travel", "In the range test"
LESSONS, READING, COLUMNS = "In lessons", "In differences and settings", "Among columns"
PAINTING = "While painting"

ACTIONS: tuple[Action, ...] = (
    Action("train", ("r", "f5", "ctrl+r"), "Run", "Train the composed network", TRAIN, "training.train", footer=True),
    Action("pause", ("p", "f6"), "Pause", "Pause the run, or resume it", TRAIN, "training.pause", footer=True),
    Action("step", ("s", "f7"), "Step", "One iteration, then pause", TRAIN, "training.step", footer=True),
    Action(
        "first-step",
        ("exclamation_mark",),
        "First step",
        "Train one iteration of a new run, then pause",
        TRAIN,
        "training.first_step",
    ),
    Action("stop", ("x", "f8"), "Stop", "Stop the run (its results are kept)", TRAIN, "training.stop", footer=True),
    Action("slower", ("less_than_sign",), "Slower", "Train more slowly, to watch it", TRAIN, "pace.slower"),
    Action("faster", ("greater_than_sign",), "Faster", "Train faster, up to full speed", TRAIN, "pace.faster"),
    Action("full-speed", ("X",), "Full speed", "Train at full speed, or at a pace to watch", TRAIN, "pace.full"),
    Action("queue-add", ("a",), "Add to queue", "Add this network to the queue", TRAIN, "queue.add"),
    Action("queue", ("Q",), "Queue", "Show the queue: order, hold, cancel", TRAIN, "queue.show"),
    Action("grid", ("asterisk",), "Grid", "Queue every combination of some settings", TRAIN, "queue.grid"),
    Action("repeat", ("ampersand",), "Repeat", "Queue this network from several seeds", TRAIN, "queue.repeat"),
    Action("benchmark", ("B",), "Benchmark", "Queue the article's three networks", TRAIN, "queue.benchmark"),
    Action(
        "live-settings",
        ("w",),
        "Edit running run",
        "Change the learning rate and epochs of a run",
        TRAIN,
        "fork.live_settings",
    ),
    Action(
        "halve-rate",
        ("left_parenthesis",),
        "Halve rate",
        "Halve the learning rate of the run",
        TRAIN,
        "fork.scale_rate(0.5)",
    ),
    Action(
        "double-rate",
        ("right_parenthesis",),
        "Double rate",
        "Double the learning rate of the run",
        TRAIN,
        "fork.scale_rate(2)",
    ),
    Action("weights", ("W",), "Weights", "Train this network from weights in a file", TRAIN, "training.weights"),
    Action("travel", ("h",), "Time travel", "Go back to a snapshot and fork from it", TRAIN, "fork.travel"),
    Action("range-test", ("R",), "Range test", "Find a learning rate (range test)", TRAIN, "fork.range_test"),
    Action("mark", ("m",), "Mark", "Mark the run: its curves stay in the charts", COMPARE, "runs.mark", footer=True),
    Action("mark-all", ("A",), "Mark all", "Mark all runs in the table, or none", COMPARE, "runs.mark_all"),
    Action("log-cost", ("l",), "Log cost", "Cost on a logarithmic or a linear axis", COMPARE, "charts.log_cost"),
    Action(
        "log-error", ("L",), "Log error", "Accuracy, or the error on a logarithmic axis", COMPARE, "charts.log_error"
    ),
    Action("next-metric", ("f",), "Next metric", "Next metric in the second chart", COMPARE, "charts.next_metric"),
    Action(
        "smoother",
        ("full_stop",),
        "Smoother",
        "Smooth the curves more",
        COMPARE,
        "charts.smooth(1)",
    ),
    Action("rougher", ("comma",), "Rougher", "Smooth the curves less", COMPARE, "charts.smooth(-1)"),
    Action("unit", ("i",), "Count across", "Curves by iteration, epoch or time", COMPARE, "charts.unit"),
    Action("zoom-in", ("z",), "Zoom in", "Show half of the part in view", COMPARE, "charts.zoom(0.5)"),
    Action("zoom-out", ("Z",), "Zoom out", "Show twice the part in view", COMPARE, "charts.zoom(2)"),
    Action("whole", ("0",), "Whole curves", "Show the curves whole; again: with spikes", COMPARE, "charts.whole"),
    Action(
        "pan-left",
        ("left_square_bracket",),
        "Pan left",
        "Look further left; in Inside, one snapshot back",
        COMPARE,
        "replay.pan(-1)",
    ),
    Action(
        "pan-right",
        ("right_square_bracket",),
        "Pan right",
        "Look further right; in Inside, one snapshot on",
        COMPARE,
        "replay.pan(1)",
    ),
    Action("cursor", ("c",), "Cursor", "Show or hide the cursor that reads values", COMPARE, "charts.cursor"),
    Action(
        "cursor-left",
        ("left",),
        "Cursor left",
        "Move the cursor to the left",
        COMPARE,
        "charts.move_cursor(-1)",
        "charts",
    ),
    Action(
        "cursor-right",
        ("right",),
        "Cursor right",
        "Move the cursor to the right",
        COMPARE,
        "charts.move_cursor(1)",
        "charts",
    ),
    Action(
        "left", ("shift+left",), "Far left", "Cursor or view far to the left", COMPARE, "charts.move_far(-1)", "charts"
    ),
    Action(
        "right",
        ("shift+right",),
        "Far right",
        "Cursor or view far to the right",
        COMPARE,
        "charts.move_far(1)",
        "charts",
    ),
    Action(
        "baselines", ("b",), "Baselines", "Show or hide baselines without hidden layers", COMPARE, "charts.baselines"
    ),
    Action("sort", ("S",), "Sort", "Sort the runs by any field or setting", COMPARE, "runs.sort"),
    Action("table-columns", ("ctrl+t",), "Table columns", "Choose the columns of the table", COMPARE, "runs.columns"),
    Action(
        "group-seeds",
        ("ctrl+g",),
        "Group seeds",
        "One row and curve for runs that differ in seed",
        COMPARE,
        "runs.group",
    ),
    Action("filter", ("slash",), "Filter", "Show some of the runs: test_acc>0.9 tag:deep", COMPARE, "runs.filter"),
    Action("differences", ("equals_sign",), "Differences", "Compare the marked runs", COMPARE, "runs.differences"),
    Action("settings", ("v",), "Settings", "Read the selected run's settings as YAML", COMPARE, "runs.settings"),
    Action("rename", ("F",), "Rename", "Give the selected run a name", COMPARE, "notes.rename"),
    Action("note", ("N",), "Note", "Write a note about the selected run", COMPARE, "notes.note"),
    Action("tags", ("number_sign",), "Tags", "Write the selected run's tags", COMPARE, "notes.tags"),
    Action("delete-run", ("D",), "Delete run", "Delete the selected run", COMPARE, "runs.delete"),
    Action("undo", ("u",), "Undo", "Restore the run deleted last", COMPARE, "runs.undo"),
    Action("earlier", ("H",), "Earlier runs", "Open, resume or delete earlier runs", COMPARE, "history.show"),
    Action("copy", ("Y",), "Copy", "Copy a cell, the row or the table as text", COMPARE, "runs.copy"),
    Action("inside-next", ("right_curly_bracket",), "Next panel", "Next view of the network", INSIDE, "inside.turn(1)"),
    Action(
        "inside-previous",
        ("left_curly_bracket",),
        "Previous panel",
        "Previous view of the network",
        INSIDE,
        "inside.turn(-1)",
    ),
    Action(
        "inside-view",
        ("tab",),
        "Next view",
        "The next view of the network",
        INSIDE,
        "inside.turn(1)",
        "inside",
        True,
        "Tab ⇧Tab",
    ),
    Action(
        "inside-view-before",
        ("shift+tab",),
        "View before",
        "The view of the network before this one",
        INSIDE,
        "inside.turn(-1)",
        "inside",
    ),
    Action(
        "inside-up", ("up",), "Panel up", "Layer or output above; else scroll", INSIDE, "inside.use('up')", "inside"
    ),
    Action(
        "inside-down",
        ("down",),
        "Panel down",
        "Layer or output below; else scroll",
        INSIDE,
        "inside.use('down')",
        "inside",
    ),
    Action(
        "inside-left",
        ("left",),
        "Panel left",
        "Unit, columns, features or measure before",
        INSIDE,
        "inside.use('left')",
        "inside",
    ),
    Action(
        "inside-right",
        ("right",),
        "Panel right",
        "Next unit, columns, features or measure",
        INSIDE,
        "inside.use('right')",
        "inside",
    ),
    Action(
        "inside-choice",
        ("space",),
        "Panel's choice",
        "Test or training samples; points; scale; measure",
        INSIDE,
        "inside.use('choice')",
        "inside",
    ),
    Action(
        "inside-large",
        ("enter",),
        "Large unit",
        "One unit, or all; over time; undo inputs; cursor",
        INSIDE,
        "inside.use('large')",
        "inside",
    ),
    Action(
        "inside-before",
        ("shift+left",),
        "Sample before",
        "The sample before this one",
        INSIDE,
        "inside.use('before')",
        "inside",
    ),
    Action("inside-after", ("shift+right",), "Next sample", "The next sample", INSIDE, "inside.use('after')", "inside"),
    Action(
        "inside-shading",
        ("c",),
        "Shading",
        "Pictures in colours or characters",
        INSIDE,
        "inside.use('shading')",
        "inside",
    ),
    Action("replay", ("9",), "Replay", "Play an ended or paused run as a film, or halt it", INSIDE, "replay.play"),
    Action("preset", ("o",), "Open preset", "Choose an experiment to start from", COMPOSE, "compose.preset"),
    Action("open-file", ("J",), "Open file", "Open a data file or an experiment, by its path", COMPOSE, "files.open"),
    Action("paint", ("ctrl+d",), "Paint points", "Paint data of two features by hand", COMPOSE, "files.paint"),
    Action("columns", ("K",), "Columns", "The columns of the data file, and their kinds", COMPOSE, "files.columns"),
    Action(
        "network",
        ("n",),
        "Edit network",
        "Write the architecture as text, such as 14-28x6-4",
        COMPOSE,
        "compose.network",
    ),
    Action("more-settings", ("O",), "All settings", "Every setting of the next run", COMPOSE, "compose.more_settings"),
    Action("layers", ("y",), "Edit layers", "Go to the list of layers", COMPOSE, "compose.layers"),
    Action(
        "layer-add",
        ("plus", "insert"),
        "Add layer",
        "Add a layer below this one",
        COMPOSE,
        "compose.edit_layer('add')",
        "layers",
        footer=True,
    ),
    Action(
        "layer-copy", ("d",), "Duplicate layer", "Duplicate this layer", COMPOSE, "compose.edit_layer('copy')", "layers"
    ),
    Action(
        "layer-delete",
        ("delete",),
        "Delete layer",
        "Delete this layer",
        COMPOSE,
        "compose.edit_layer('delete')",
        "layers",
    ),
    Action(
        "layer-up",
        ("shift+up", "alt+up"),
        "Layer up",
        "Move this layer up",
        COMPOSE,
        "compose.edit_layer('up')",
        "layers",
    ),
    Action(
        "layer-down",
        ("shift+down", "alt+down"),
        "Layer down",
        "Move this layer down",
        COMPOSE,
        "compose.edit_layer('down')",
        "layers",
    ),
    Action(
        "layer-activation",
        ("right", "space"),
        "Next activation",
        "This layer's next activation function",
        COMPOSE,
        "compose.edit_layer('activation')",
        "layers",
    ),
    Action(
        "layer-pick",
        ("enter",),
        "Activation",
        "Choose this layer's activation function from a list",
        COMPOSE,
        "compose.pick_activation",
        "layers",
        footer=True,
    ),
    Action(
        "layer-all",
        ("equals_sign",),
        "All layers",
        "Give all layers this layer's activation function",
        COMPOSE,
        "compose.edit_layer('all')",
        "layers",
        footer=True,
    ),
    Action(
        "layer-undo",
        ("u", "ctrl+z"),
        "Undo edit",
        "Undo the last change of the layers",
        COMPOSE,
        "compose.edit_layer('undo')",
        "layers",
        True,
        "u U",
    ),
    Action(
        "layer-redo",
        ("U", "ctrl+y"),
        "Redo edit",
        "Repeat the change of the layers that was undone",
        COMPOSE,
        "compose.edit_layer('redo')",
        "layers",
    ),
    Action(
        "layer-dropout",
        ("D",),
        "Dropout",
        "This layer's next dropout",
        COMPOSE,
        "compose.edit_layer('dropout')",
        "layers",
    ),
    Action(
        "layer-normalised",
        ("N",),
        "Normalise",
        "Layer normalisation before this layer's activation",
        COMPOSE,
        "compose.edit_layer('normalised')",
        "layers",
    ),
    Action(
        "layer-residual",
        ("R",),
        "Residual",
        "Skip connection from 1, 2 or 3 layers back",
        COMPOSE,
        "compose.edit_layer('residual')",
        "layers",
    ),
    Action("one-step", ("U",), "Explain a step", "One training step, worked by hand", UNDERSTAND, "lessons.one_step"),
    Action(
        "accounting",
        ("C",),
        "Article's figures",
        "How the article measured accuracy and cost",
        UNDERSTAND,
        "lessons.accounting",
    ),
    Action("words", ("I",), "In words", "The charts or the panel as sentences, to copy", UNDERSTAND, "words.show"),
    Action("collapse", ("V",), "Equivalence", "Collapse linear layers into one", UNDERSTAND, "lessons.collapse"),
    Action(
        "export-run",
        ("e", "f9"),
        "Export run",
        "Save the metrics, network or settings of the run",
        KEEP,
        "export.run",
    ),
    Action("export-table", ("E",), "Export table", "Save the table of runs to a file", KEEP, "export.table"),
    Action("area-compose", ("1", "f1"), "Compose", "Go to the settings", LAB, "areas.go('compose')"),
    Action("area-charts", ("2", "f2"), "Charts", "Go to the charts", LAB, "areas.go('charts')"),
    Action("area-runs", ("3", "f3"), "Runs", "Go to the table of runs", LAB, "areas.go('runs')"),
    Action("area-inside", ("4", "f4"), "Inside", "Look inside the selected run's network", LAB, "areas.go('inside')"),
    Action("maximise", ("M",), "Maximise", "Maximise or restore this panel", LAB, "areas.maximise"),
    Action(
        "narrower", ("alt+left",), "Narrower", "Less room for the settings, more for the charts", LAB, "areas.widen(-1)"
    ),
    Action("wider", ("alt+right",), "Wider", "More room for the settings", LAB, "areas.widen(1)"),
    Action("taller", ("alt+up",), "Taller", "More room for the table of runs", LAB, "areas.heighten(1)"),
    Action("lower", ("alt+down",), "Lower", "Less room for the table of runs", LAB, "areas.heighten(-1)"),
    Action("jump", ("semicolon",), "Jump", "Jump: press a letter to focus a field", LAB, "shell.jump"),
    Action("theme", ("t",), "Light or dark", "Switch between dark and light", LAB, "shell.light_dark"),
    Action("picture", ("P",), "Picture", "Save a picture of the screen as SVG", LAB, "shell.picture"),
    Action("tour", ("T",), "Tour", "Take a tour of the lab", LAB, "shell.tour"),
    Action(
        "help",
        ("question_mark", "f12"),
        "Help",
        "Help for this panel, and all keys; type to search",
        LAB,
        "shell.help",
        footer=True,
    ),
    Action("quit", ("q", "ctrl+q"), "Quit", "Quit the lab", LAB, "shell.quit", footer=True),
    Action(
        "queue-sooner",
        ("shift+up", "alt+up"),
        "Earlier",
        "Move up: train earlier",
        QUEUE,
        "move(-1)",
        "queue",
        footer=True,
    ),
    Action(
        "queue-later",
        ("shift+down", "alt+down"),
        "Later",
        "Move down: train later",
        QUEUE,
        "move(1)",
        "queue",
        footer=True,
    ),
    Action(
        "queue-cancel",
        ("delete", "backspace"),
        "Cancel",
        "Remove from the queue, or stop the run",
        QUEUE,
        "cancel",
        "queue",
        footer=True,
    ),
    Action("queue-hold", ("p",), "Hold", "Pause or resume the queue", QUEUE, "hold", "queue", footer=True),
    Action("queue-clear", ("C",), "Clear", "Clear the queue", QUEUE, "clear", "queue", footer=True),
    Action("queue-grid", ("asterisk",), "Grid", "Add a grid of settings", QUEUE, "grid", "queue", footer=True),
    Action("earlier-open", ("enter",), "Open", "Open the marked runs, or this one", EARLIER, "open", "earlier", True),
    Action("earlier-mark", ("space",), "Mark", "Mark or unmark this run", EARLIER, "mark", "earlier", True),
    Action("earlier-resume", ("r",), "Resume", "Resume this run where it ended", EARLIER, "resume", "earlier", True),
    Action("earlier-filter", ("slash",), "Filter", "Show some of the runs", EARLIER, "filter", "earlier", True),
    Action("earlier-sort", ("S",), "Sort", "Sort by any field or setting", EARLIER, "sort", "earlier"),
    Action(
        "earlier-delete",
        ("delete",),
        "Delete",
        "Delete marked runs, or this one",
        EARLIER,
        "delete",
        "earlier",
        True,
    ),
    Action("travel-on", ("enter",), "Fork from here", "Train on from this snapshot", TRAVEL, "go_on", "travel", True),
    Action(
        "travel-rate",
        ("l",),
        "Learning rate",
        "Write another learning rate",
        TRAVEL,
        "edit('travel-rate')",
        "travel",
        True,
    ),
    Action(
        "travel-optimizer",
        ("o",),
        "Optimizer",
        "Choose another optimizer",
        TRAVEL,
        "edit('travel-optimizer')",
        "travel",
        True,
    ),
    Action("travel-epochs", ("e",), "Epochs", "Up to which epoch", TRAVEL, "edit('travel-epochs')", "travel", True),
    Action(
        "rates-settings",
        ("u",),
        "Use it in the settings",
        "Compose with the suggested rate",
        RATES,
        "use('settings')",
        "rates",
    ),
    Action(
        "rates-run",
        ("i",),
        "Use it in the run",
        "Continue the run with the suggested rate",
        RATES,
        "use('run')",
        "rates",
    ),
    Action("rates-other", ("o",), "Other network", "Try the composed network, or the run", RATES, "other", "rates"),
    Action("lesson-again", ("a",), "Again", "Refresh: the run may have trained on", LESSONS, "again", "lesson", True),
    Action(
        "lesson-other",
        ("c",),
        "Run or composed",
        "Switch between the run and the composed network",
        LESSONS,
        "other",
        "lesson",
        True,
    ),
    Action(
        "step-next",
        ("right", "space"),
        "Step",
        "The next step of five",
        LESSONS,
        "step(1)",
        "one-step",
        True,
        "← →",
    ),
    Action("step-back", ("left",), "Step back", "The step before", LESSONS, "step(-1)", "one-step"),
    Action("step-layer", ("down",), "Layer", "The next layer", LESSONS, "layer(1)", "one-step", True, "↑ ↓"),
    Action("step-layer-before", ("up",), "Layer before", "The layer before", LESSONS, "layer(-1)", "one-step"),
    Action("step-unit", ("u", "shift+down"), "Unit", "The next unit", LESSONS, "unit(1)", "one-step", True, "u U"),
    Action("step-unit-before", ("U", "shift+up"), "Unit before", "The unit before", LESSONS, "unit(-1)", "one-step"),
    Action("step-input", ("i", "shift+right"), "Input", "The next input", LESSONS, "input(1)", "one-step", True, "i I"),
    Action(
        "step-input-before", ("I", "shift+left"), "Input before", "The input before", LESSONS, "input(-1)", "one-step"
    ),
    Action("collapse-output", ("down", "u"), "Output", "The next output", LESSONS, "unit(1)", "collapse", True, "↑ ↓"),
    Action("collapse-output-before", ("up", "U"), "Output before", "One before", LESSONS, "unit(-1)", "collapse"),
    Action("collapse-input", ("right", "i"), "Input", "The next input", LESSONS, "input(1)", "collapse", True, "← →"),
    Action("collapse-input-before", ("left", "I"), "Input before", "One before", LESSONS, "input(-1)", "collapse"),
    Action("differences-all", ("a",), "All settings", "All settings, or what differs", READING, "all", "differing"),
    Action("differences-copy", ("c",), "Copy differences", "Copy what is shown", READING, "copy", "differing"),
    Action("words-copy", ("c",), "Copy words", "Copy the sentences", READING, "copy", "words"),
    Action("settings-copy", ("c",), "Copy text", "Copy the YAML, or what failed", READING, "copy", "reading"),
    Action("column-number", ("n",), "Number", "A column of numbers", COLUMNS, "use_as('number')", "columns", True),
    Action(
        "column-category", ("c",), "Category", "A column of categories", COLUMNS, "use_as('category')", "columns", True
    ),
    Action("column-boolean", ("b",), "Yes or no", "A column of yes and no", COLUMNS, "use_as('boolean')", "columns"),
    Action("column-date", ("d",), "Date", "A column of dates or times", COLUMNS, "use_as('date')", "columns"),
    Action(
        "column-target",
        ("t",),
        "Target",
        "A column to predict, or no more",
        COLUMNS,
        "use_as('target')",
        "columns",
        True,
    ),
    Action(
        "column-ignore", ("i",), "Ignore", "A column that is left out", COLUMNS, "use_as('ignore')", "columns", True
    ),
    Action(
        "column-automatic",
        ("a",),
        "Automatic",
        "A column whose kind its cells decide",
        COLUMNS,
        "use_as('automatic')",
        "columns",
        True,
    ),
    Action("columns-take", ("enter",), "Use", "Use these columns in the next run", COLUMNS, "take", "columns", True),
    Action("brush-left", ("left",), "Left", "Move the cursor left", PAINTING, "move_cursor(-1,0)", "painting"),
    Action("brush-right", ("right",), "Move", "Right", PAINTING, "move_cursor(1,0)", "painting", True, "← → ↑ ↓"),
    Action("brush-up", ("up",), "Up", "Move the cursor up", PAINTING, "move_cursor(0,-1)", "painting"),
    Action("brush-down", ("down",), "Down", "Move the cursor down", PAINTING, "move_cursor(0,1)", "painting"),
    Action("brush-far-left", ("shift+left",), "Far left", "Move far left", PAINTING, "move_far(-1,0)", "painting"),
    Action("brush-far-right", ("shift+right",), "Far right", "Move far right", PAINTING, "move_far(1,0)", "painting"),
    Action("brush-far-up", ("shift+up",), "Far up", "Move far up", PAINTING, "move_far(0,-1)", "painting"),
    Action("brush-far-down", ("shift+down",), "Far down", "Move far down", PAINTING, "move_far(0,1)", "painting"),
    Action("brush-paint", ("space",), "Paint", "Paint at the cursor", PAINTING, "paint", "painting", True),
    Action("brush-erase", ("backspace", "delete"), "Erase", "Erase at the cursor", PAINTING, "erase", "painting", True),
    *(
        Action(
            f"brush-class-{number}",
            (str(number),),
            "Class",
            f"Paint class {number}",
            PAINTING,
            f"class({number})",
            "painting",
            number == 1,
            "1-9" if number == 1 else "",
        )
        for number in range(1, 10)
    ),
    Action("brush-wider", ("plus",), "Brush", "A wider brush", PAINTING, "brush(1)", "painting", True, "+ −"),
    Action("brush-narrower", ("minus",), "Narrower", "A narrower brush", PAINTING, "brush(-1)", "painting"),
    Action("brush-empty", ("c",), "Empty", "Remove all points", PAINTING, "empty", "painting"),
    Action("brush-take", ("enter",), "Use", "Compose a network for the points", PAINTING, "take", "painting", True),
)

BY_ID = {action.id: action for action in ACTIONS}

#: Keys from the user's settings, by action.
_REBOUND: dict[str, tuple[str, ...]] = {}


def rebind(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Set the displayed keys of actions; the application's keymap binds them."""
    _REBOUND.clear()
    _REBOUND.update(keys)


def keys_of(action: Action) -> tuple[str, ...]:
    """Return the keys of an action, the displayed one first."""
    return _REBOUND.get(action.id, action.keys)


def key_of(action_id: str) -> str:
    """Return the displayed key of an action, as written in a sentence."""
    return key_name(keys_of(BY_ID[action_id])[0])


def request_of(action: Action) -> str:
    """Return the request that makes an action's screen run it."""
    return f"perform('{action.id}')" if action.scope in LAB_SCOPES else action.handler


def bindings(scope: Scope) -> list[Binding]:
    """Return the key bindings of one scope."""
    return [
        Binding(
            ",".join(action.keys),
            f"screen.{request_of(action)}" if scope in LAB_SCOPES else action.handler,
            action.label,
            show=action.footer,
            tooltip=action.help,
            id=action.id,
        )
        for action in ACTIONS
        if action.scope == scope
    ]
