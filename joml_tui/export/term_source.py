"""The terms of features as source code, for scripts whose networks take terms as their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from joml.data.input_terms import Term, TermKind

_SOURCE = Template('''

def inputs_of(x):
    """Return the network's inputs, (samples, $inputs), from features, (samples, $features)."""
    x = np.asarray(x, np.float32).astype(np.float64)
    columns = [
        $columns,
    ]
    return np.column_stack(columns).astype(np.float32)
''')
_EXPRESSIONS: dict[TermKind, str] = {
    "feature": "x[:, {first}]",
    "square": "x[:, {first}] ** 2",
    "product": "x[:, {first}] * x[:, {second}]",
    "sin": "np.sin(x[:, {first}])",
    "cos": "np.cos(x[:, {first}])",
}


def terms_source(terms: Sequence[Term], features: int) -> str:
    """Return the source of `inputs_of`, which computes terms of features; it needs NumPy as np.

    Features are named by their places, so that no name becomes code.

    Parameters
    ----------
    terms : sequence of Term
    features : int
        Number of features.

    Returns
    -------
    str
    """
    columns = (_EXPRESSIONS[term.kind].format(first=term.first, second=term.second) for term in terms)
    return _SOURCE.substitute(inputs=len(terms), features=features, columns=",\n        ".join(columns))
