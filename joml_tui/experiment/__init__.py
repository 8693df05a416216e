"""Experiments: everything that decides a run, as immutable data.

The modules of these names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from joml.first_use import importing

if TYPE_CHECKING:
    from joml.task import Task
    from joml_tui.experiment.consistency import MAX_PARAMETERS, own_part_problem, problems
    from joml_tui.experiment.cost_scale import SMOOTHED, STANDARDISED, CostScale, cost_mark_of, cost_name_of
    from joml_tui.experiment.cost_units import cost_scale_of, cost_unit_of
    from joml_tui.experiment.data_parts import (
        divides_by_seed,
        load_data,
        looks_at_validation,
        needs_validation,
        part_sizes_of,
        split_of,
    )
    from joml_tui.experiment.dataset_specs import (
        CsvFile,
        DatasetSpec,
        DatasetT,
        SplitSpec,
        map_paths,
        source_of,
        summary_of,
    )
    from joml_tui.experiment.experiment import (
        AugmentSpec,
        ClassWeights,
        EarlyStoppingSpec,
        Experiment,
        architecture_of,
        batch_size_of,
        has_layers_of_kinds,
        input_size_of,
        iterations_per_epoch,
        kind_at,
        map_own_parts,
        metrics_of,
        one_line_name,
        own_parts_of,
        with_architecture,
        with_columns_of_data,
        with_layers,
        with_sizes,
        with_sizes_of_data,
    )
    from joml_tui.experiment.layer_parts import build_layer
    from joml_tui.experiment.layer_specs import (
        HIDDEN_ACTIVATIONS,
        OUTPUT_ACTIVATIONS,
        Activation,
        Cost,
        HiddenLayer,
        Initialisation,
        LayerSpec,
        OtherLayer,
        OutputActivation,
        OutputSpec,
        OwnLayerSpec,
        ResidualSpec,
    )
    from joml_tui.experiment.loading import DatasetShape, expand_user, hold_files, shape_of, task_of
    from joml_tui.experiment.metric_specs import MetricSpec, OwnMetricSpec, better_of, is_built_in, metric_name
    from joml_tui.experiment.optimizer_specs import (
        DEFAULT_OPTIMIZER,
        OptimizerSpec,
        OwnOptimizerSpec,
        Schedule,
        declared_setting,
        schedule_settings,
    )
    from joml_tui.experiment.own_data import OwnDatasetSpec
    from joml_tui.experiment.own_parts import OwnPartError, OwnSpec, anchor_reference, installed_parts, reference_of
    from joml_tui.experiment.problem import Problem
    from joml_tui.experiment.specs import build_part, name_of, part_behind, spec_named
    from joml_tui.names import figure_name

__all__ = [
    "DEFAULT_OPTIMIZER",
    "HIDDEN_ACTIVATIONS",
    "MAX_PARAMETERS",
    "OUTPUT_ACTIVATIONS",
    "SMOOTHED",
    "STANDARDISED",
    "Activation",
    "AugmentSpec",
    "ClassWeights",
    "Cost",
    "CostScale",
    "CsvFile",
    "DatasetShape",
    "DatasetSpec",
    "DatasetT",
    "EarlyStoppingSpec",
    "Experiment",
    "HiddenLayer",
    "Initialisation",
    "LayerSpec",
    "MetricSpec",
    "OptimizerSpec",
    "OtherLayer",
    "OutputActivation",
    "OutputSpec",
    "OwnDatasetSpec",
    "OwnLayerSpec",
    "OwnMetricSpec",
    "OwnOptimizerSpec",
    "OwnPartError",
    "OwnSpec",
    "Problem",
    "ResidualSpec",
    "Schedule",
    "SplitSpec",
    "Task",
    "anchor_reference",
    "architecture_of",
    "batch_size_of",
    "better_of",
    "build_layer",
    "build_part",
    "cost_mark_of",
    "cost_name_of",
    "cost_scale_of",
    "cost_unit_of",
    "declared_setting",
    "divides_by_seed",
    "expand_user",
    "figure_name",
    "has_layers_of_kinds",
    "hold_files",
    "input_size_of",
    "installed_parts",
    "is_built_in",
    "iterations_per_epoch",
    "kind_at",
    "load_data",
    "looks_at_validation",
    "map_own_parts",
    "map_paths",
    "metric_name",
    "metrics_of",
    "name_of",
    "needs_validation",
    "one_line_name",
    "own_part_problem",
    "own_parts_of",
    "part_behind",
    "part_sizes_of",
    "problems",
    "reference_of",
    "schedule_settings",
    "shape_of",
    "source_of",
    "spec_named",
    "split_of",
    "summary_of",
    "task_of",
    "with_architecture",
    "with_columns_of_data",
    "with_layers",
    "with_sizes",
    "with_sizes_of_data",
]

#: These names by the modules that have them.
_HOMES = {
    "joml.task": "Task",
    "joml_tui.experiment.consistency": "MAX_PARAMETERS own_part_problem problems",
    "joml_tui.experiment.cost_scale": "SMOOTHED STANDARDISED CostScale cost_mark_of cost_name_of",
    "joml_tui.experiment.cost_units": "cost_scale_of cost_unit_of",
    "joml_tui.experiment.data_parts": (
        "divides_by_seed load_data looks_at_validation needs_validation part_sizes_of split_of"
    ),
    "joml_tui.experiment.dataset_specs": "CsvFile DatasetSpec DatasetT SplitSpec map_paths source_of summary_of",
    "joml_tui.experiment.experiment": (
        "AugmentSpec ClassWeights EarlyStoppingSpec Experiment architecture_of batch_size_of has_layers_of_kinds "
        "input_size_of iterations_per_epoch kind_at map_own_parts metrics_of one_line_name own_parts_of "
        "with_architecture with_layers with_sizes with_columns_of_data with_sizes_of_data"
    ),
    "joml_tui.experiment.layer_parts": "build_layer",
    "joml_tui.experiment.layer_specs": (
        "HIDDEN_ACTIVATIONS OUTPUT_ACTIVATIONS Activation Cost HiddenLayer Initialisation LayerSpec OtherLayer "
        "OutputActivation OutputSpec OwnLayerSpec ResidualSpec"
    ),
    "joml_tui.experiment.loading": "DatasetShape expand_user hold_files shape_of task_of",
    "joml_tui.experiment.metric_specs": "MetricSpec OwnMetricSpec better_of is_built_in metric_name",
    "joml_tui.experiment.optimizer_specs": (
        "DEFAULT_OPTIMIZER OptimizerSpec OwnOptimizerSpec Schedule declared_setting schedule_settings"
    ),
    "joml_tui.experiment.own_data": "OwnDatasetSpec",
    "joml_tui.experiment.own_parts": "OwnPartError OwnSpec anchor_reference installed_parts reference_of",
    "joml_tui.experiment.problem": "Problem",
    "joml_tui.experiment.specs": "build_part name_of part_behind spec_named",
    "joml_tui.names": "figure_name",
}


def _find_spec(name: str) -> Any:
    """Return the struct of a part's settings, such as ``AdamSpec`` or ``Moons``, made from what it declares."""
    from joml_tui.experiment.specs import spec_named  # noqa: PLC0415

    import_module("joml_tui.experiment.experiment")  # it imports the modules that make structs
    spec = spec_named("ReduceOnPlateauSpec" if name == "PlateauSpec" else name)
    if spec is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return spec


if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
else:
    __getattr__, __dir__ = importing(__name__, _HOMES, _find_spec)
