"""Mathematics in ASCII for limited terminals: ``z⁽ˡ⁾ = 10⁻⁸`` becomes ``z[l] = 10^-8``."""

from __future__ import annotations

import re

from joml_tui.ui.terminal_traits import traits

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼ˡᴸⁿᵀⁱᵗ", "0123456789+-=lLnTit", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌ₖᵢⱼₗ", "0123456789+-=kijl", strict=True))
_OTHERS = str.maketrans(
    {
        "⁽": "[", "⁾": "]", "₍": "(", "₎": ")", "·": "*", "×": "x", "−": "-", "–": "-", "∞": "inf", "√": "sqrt",
        "∇": "d", "δ": "delta", "σ": "sigma", "Σ": "sum", "β": "beta", "ε": "eps", "η": "eta", "λ": "lambda",
        "μ": "mu", "γ": "gamma", "α": "alpha", "ŷ": "y^", "ẑ": "z^", "≤": "<=", "≥": ">=", "≈": "~", "∂": "d",
        "⊙": "o", "←": "<-", "→": "->", "↑": "Up", "↓": "Down", "✓": "y", "✗": "n", "▸": ">",
        "θ": "theta", "φ": "phi", "Φ": "Phi", "′": "'",
        "\N{COMBINING CIRCUMFLEX ACCENT}": "^", "½": "1/2",
        "│": "|", "…": "...",
    }
)  # fmt: skip
_IN_BRACKETS = re.compile("⁽([^⁾]*)⁾")
_POWER = re.compile(f"[{''.join(_RAISED)}]+")
_INDEX = re.compile(f"[{''.join(_LOWERED)}]+")
_ROOT = re.compile(r"√([^\s(),+/·]+)")


def spelled(text: str) -> str:
    """Return a text, in ASCII if the terminal needs it."""
    return in_ascii(text) if traits().ascii else text


def in_ascii(text: str) -> str:
    """Return a text with its mathematics in ASCII.

    Numbers of layers are in brackets, powers after ``^`` and indices after ``_``. The start of a column of numbers
    keeps its width.
    """
    text = _ROOT.sub(r"√(\1)", text)
    text = _IN_BRACKETS.sub(lambda match: f"[{_plainly(match[1], _RAISED)}]", text)
    text = _POWER.sub(lambda match: f"^{_plainly(match[0], _RAISED)}", text)
    text = _INDEX.sub(lambda match: f"_{_plainly(match[0], _LOWERED)}", text)
    return text.replace("ŷ  ", "y^ ").translate(_OTHERS)


def _plainly(text: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(character, character) for character in text)
