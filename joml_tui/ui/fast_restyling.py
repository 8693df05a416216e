"""Faster restyling of a whole screen, as after a change of theme or size.

The main costs, and what Textual would have to change:

- For every widget each of some 330 rules is looked up in a set, and a rule's ``__hash__`` is written in Python although
  it equals the default. It would have to be removed.
- Every changed style refreshes its widget, and an inherited one all children too: in a deep tree a widget is refreshed
  a hundred times. It would have to be refreshed once at the end.
- At a new value of a variable, as in the first moment, all sources are parsed in a style sheet that is then thrown
  away, and parsed once more with the next source. It would have to keep them.
- Every rule of a widget is set anew, by a function that checks it, also where nothing changes. Textual means to leave
  out widgets that stay as they are, but compares how often they were changed too. It would have to compare the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from textual.css.model import RuleSet
from textual.css.styles import RulesMap, Styles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from joml_tui.ui.textual_compat import is_mounted


@dataclass
class _Changes:
    """Widgets that have been styled, but not refreshed yet.

    Attributes
    ----------
    painted, laid_out : DOMNodes
        Widgets to paint and to lay out anew, the former in order.
    with_children : set of (DOMNode, bool)
        Widgets whose children are already included, and whether these are laid out.
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


#: The changes of the current styling; None outside of it.
_under_way: list[_Changes] = []


class SparingStylesheet(Stylesheet):
    """A style sheet that sets the rules that change, and refreshes each widget once, after styling all."""

    def reparse(self) -> None:
        """Parse all sources with the present variables, and remember the result for when another source comes."""
        self.parse()

    @classmethod
    def replace_rules(cls, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:
        """Replace the rules of a widget."""
        base = node.styles.base
        before, after = dict(base.get_rules()), dict(rules)
        changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        if animate and (changed or _is_animated(node, after)):
            super().replace_rules(node, rules, animate)
            return
        for name in changed:
            setattr(base, name, after.get(name))
        node.notify_style_update()  # what is around the widget may have changed

    def update_nodes(self, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        """Style widgets, then refresh the changed ones."""
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


def _is_animated(node: DOMNode, rules: Iterable[str]) -> bool:
    """Return whether one of a widget's rules is on its way to another value."""
    is_being_animated, base = node.app.animator.is_being_animated, node.styles.base
    return any(base.is_animatable(name) and is_being_animated(base, name) for name in rules)


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
    """Return an empty style sheet with fast restyling."""
    RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]
    Styles.refresh = _refresh_later  # type: ignore[method-assign]
    return SparingStylesheet(variables=variables)
