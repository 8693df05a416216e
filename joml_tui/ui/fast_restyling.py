"""Style sheets applied sooner, for the moments in which a whole screen is styled anew: a theme, another size.

What costs most there, and what Textual would have to change:

- For every widget each rule is looked up in a set, some 330 of them, and a rule's ``__hash__`` is written in Python
  and returns what Python's own does, its identity. It would have to be left out.
- Every style that changes refreshes its widget, and one that its children see all of these: in a tree as deep as the
  lab's a widget is refreshed a hundred times. It would have to be refreshed once, when all have been styled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from textual.css.model import RuleSet
from textual.css.styles import Styles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from joml_tui.ui.textual_compat import is_mounted


@dataclass
class _Changes:
    """What has been styled and not refreshed yet.

    Attributes
    ----------
    painted, laid_out : DOMNodes
        What is to be painted and laid out anew, the former in the order in which they came.
    with_children : set of (DOMNode, bool)
        Those whose children are among them already, and whether these are laid out.
    """

    painted: dict[DOMNode, None] = field(default_factory=dict)
    laid_out: set[DOMNode] = field(default_factory=set)
    with_children: set[tuple[DOMNode, bool]] = field(default_factory=set)

    def take(self, node: DOMNode, *, layout: bool) -> None:
        self.painted[node] = None
        if layout:
            self.laid_out.add(node)

    def take_children(self, node: DOMNode, *, layout: bool) -> None:
        if (node, layout) not in self.with_children:
            self.with_children.add((node, layout))
            for child in node.walk_children(with_self=False):
                self.take(child, layout=layout)


#: Those of what is being styled at this moment, if anything is.
_under_way: list[_Changes] = []


class SparingStylesheet(Stylesheet):
    """A style sheet that refreshes each widget once, after it has styled all."""

    def update_nodes(self, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        """Style widgets, then refresh those that have changed."""
        if _under_way:
            super().update_nodes(nodes, animate)
            return
        _under_way.append(_Changes())
        try:
            super().update_nodes(nodes, animate)
        finally:
            changes = _under_way.pop()
            for node in changes.painted:
                node.refresh(layout=node in changes.laid_out)


_refresh = Styles.refresh


def _refresh_later(
    self: Styles, *, layout: bool = False, children: bool = False, parent: bool = False, repaint: bool = True
) -> None:
    if not _under_way or not repaint:
        _refresh(self, layout=layout, children=children, parent=parent, repaint=repaint)
        return
    changes, node = _under_way[0], self.node
    if node is None or not is_mounted(node):
        return
    if parent and isinstance(node.parent, DOMNode):
        changes.take(node.parent, layout=False)
    changes.take(node, layout=layout)
    if children:
        changes.take_children(node, layout=layout)


def style_sparingly(variables: dict[str, str]) -> Stylesheet:
    """Return an empty style sheet that does so."""
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]
    Styles.refresh = _refresh_later  # type: ignore[method-assign]
    return SparingStylesheet(variables=variables)
