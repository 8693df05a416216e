"""Composing: where the entries and the layers are."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Select

from joml_tui.ui.compose.compose_area import ComposeArea
from joml_tui.ui.compose.layer_list import LayerList
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.handlers.base import LabScreen
from joml_tui.ui.screen_stack import open_screen


class ComposingHandlers(LabScreen):
    """What the actions of composing do."""

    def action_preset(self) -> None:
        """Open the list of experiments."""
        self.show_area("compose")
        select = self.query_one("#experiment", Select)
        select.focus()
        select.action_show_overlay()

    def action_network(self) -> None:
        """Edit the architecture as text."""
        self.show_area("compose")
        self.query_one("#architecture").focus()

    def action_layers(self) -> None:
        """Edit the layers one by one."""
        self.show_area("compose")
        self.query_one(LayerList).focus()

    def action_more_settings(self) -> None:
        """Show every setting of the next run; from the list of layers, those of the selected layer."""
        area, layers = self.query_one(ComposeArea), self.query_one(LayerList)
        experiment, found = area.settings()
        place = ("layers", layers.cursor) if layers.has_focus and layers.rows else None
        open_screen(self, SettingsDialog(experiment, found, place), area.take_settings)

    def action_layer_add(self) -> None:
        """Add a layer."""
        self._edit_layers(LayerList.add)

    def action_layer_copy(self) -> None:
        """Duplicate a layer."""
        self._edit_layers(LayerList.copy)

    def action_layer_delete(self) -> None:
        """Delete a layer."""
        self._edit_layers(LayerList.delete)

    def action_layer_up(self) -> None:
        """Move a layer up."""
        self._edit_layers(lambda layers: layers.move(-1))

    def action_layer_down(self) -> None:
        """Move a layer down."""
        self._edit_layers(lambda layers: layers.move(1))

    def action_layer_activation(self) -> None:
        """Choose a layer's next activation."""
        self._edit_layers(lambda layers: layers.action_activation(1))

    def action_layer_dropout(self) -> None:
        """Choose a layer's dropout."""
        self._edit_layers(LayerList.next_dropout)

    def action_layer_normalised(self) -> None:
        """Normalise a layer, or do not."""
        self._edit_layers(LayerList.toggle_normalised)

    def action_layer_residual(self) -> None:
        """Choose where a layer's residual block starts."""
        self._edit_layers(LayerList.next_residual)

    def _edit_layers(self, edit: Callable[[LayerList], None]) -> None:
        """Edit the selected layer, with the list in view so that one sees which it is."""
        layers = self.query_one(LayerList)
        if not layers.has_focus:
            self.action_layers()
        edit(layers)
