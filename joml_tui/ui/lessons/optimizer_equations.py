"""The declared formulas of optimizers, also with the numbers of one parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joml_tui.experiment import name_of, part_behind, reference_of
from joml_tui.inspect.step_numbers import RuleTaken
from joml_tui.ui.lessons.notation import drawn_formula, factor, power, value, whole
from joml_tui.ui.lessons.page import SPACE, Said


@dataclass(frozen=True, slots=True)
class Parameter:
    """One weight or bias in an update.

    Attributes
    ----------
    name : str
        Such as ``W₃,₇``.
    before, after, gradient : float
    memory, memory_after : dict
        The optimizer's state before and after.
    """

    name: str
    before: float
    after: float
    gradient: float
    memory: dict[str, float]
    memory_after: dict[str, float]


def name_of_rule(rule: RuleTaken) -> str:
    """Return an optimizer's name."""
    return name_of(rule.optimizer) if reference_of(rule.optimizer) else part_behind("optimizer", rule.optimizer).label


def rule_lines(rule: RuleTaken, parameter: Parameter) -> list[Said]:
    """Return the rule, followed by the same with the numbers of one parameter."""
    lines: list[Said] = [("equation", equation) for equation in drawn_formula(rule.formula)]
    lines += [SPACE, ("text", f"By hand, for {parameter.name}:")]
    return [*lines, *_gradient_lines(rule, parameter), *(("hand", line) for line in _numbers(rule, parameter))]


def _used_gradient(rule: RuleTaken, parameter: Parameter) -> float:
    optimizer, before = rule.optimizer, parameter.before
    sign = (before > 0) - (before < 0)
    return rule.shrunk * parameter.gradient + optimizer.l2 * before + optimizer.l1 * sign


def _gradient_lines(rule: RuleTaken, parameter: Parameter) -> list[Said]:
    """Return lines that derive g."""
    optimizer = rule.optimizer
    terms, symbols = [value(parameter.gradient)], "∇"
    if rule.shrunk != 1:
        terms, symbols = [f"{value(rule.shrunk)}·{factor(parameter.gradient)}"], "c ∇"
    if optimizer.l2:
        terms.append(f"{value(optimizer.l2)}·{factor(parameter.before)}")
        symbols += " + l2 θ"
    if optimizer.l1:
        terms.append(f"{value(optimizer.l1)}·sign({value(parameter.before)})")
        symbols += " + l1 sign θ"
    if symbols == "∇":
        return [("hand", f"g = ∇ = {terms[0]}")]
    lines: list[Said] = [("hand", f"g = {symbols} = {' + '.join(terms)} = {value(_used_gradient(rule, parameter))}")]
    if rule.shrunk != 1:
        limit = value(optimizer.clip_norm or 0.0)
        lines.append(("text", f"c shortens the gradient of all parameters together to the length {limit}."))
    return lines


def _numbers(rule: RuleTaken, parameter: Parameter) -> list[str]:  # noqa: PLR0911 - a rule each
    """Return a rule's steps with numbers; for unknown rules, the change of the parameter."""
    g, eta, theta = _used_gradient(rule, parameter), rule.learning_rate, parameter.name
    old, new, before, after = parameter.memory, parameter.memory_after, parameter.before, parameter.after

    def moved(step: str) -> str:
        return f"{theta} = {value(before)} − {step} = {value(after)}"

    settings: Any = rule.optimizer
    match "" if reference_of(settings) else name_of(settings):
        case "gradient-descent":
            return [moved(f"{value(eta)}·{factor(g)}")]
        case "momentum":
            v, mu = new["v"], settings.momentum
            return [
                f"v = {value(mu)}·{factor(old['v'])} + {factor(g)} = {value(v)}",
                moved(f"{value(eta)}·{factor(v)}"),
            ]
        case "nesterov":
            v, mu = new["v"], settings.momentum
            return [
                f"v = {value(mu)}·{factor(old['v'])} + {factor(g)} = {value(v)}",
                moved(f"{value(eta)}·({value(g)} + {value(mu)}·{factor(v)})"),
            ]
        case "adagrad":
            w, epsilon = new["w"], settings.epsilon
            return [
                f"w = {value(old['w'])} + {whole(g)}² = {value(w)}",
                moved(f"{value(eta)}·{factor(g)} / (√{whole(w)} + {value(epsilon)})"),
            ]
        case "rmsprop":
            v, beta, epsilon = new["v"], settings.beta, settings.epsilon
            return [
                f"v = {value(beta)}·{value(old['v'])} + {value(1 - beta)}·{whole(g)}² = {value(v)}",
                moved(f"{value(eta)}·{factor(g)} / (√{whole(v)} + {value(epsilon)})"),
            ]
        case "lion":
            m, beta1, beta2 = old["m"], settings.beta1, settings.beta2
            direction = beta1 * m + (1 - beta1) * g
            decay = f" + {value(settings.weight_decay)}·{factor(before)}" if settings.weight_decay else ""
            return [
                f"c = {value(beta1)}·{factor(m)} + {value(1 - beta1)}·{factor(g)} = {value(direction)}",
                f"m = {value(beta2)}·{factor(m)} + {value(1 - beta2)}·{factor(g)} = {value(new['m'])}",
                moved(f"{value(eta)}·(sign(c){decay})"),
            ]
        case "adam" | "adamw" | "amsgrad" as name:
            m, v, t = new["m"], new["v"], rule.t
            beta1, beta2, epsilon = settings.beta1, settings.beta2, settings.epsilon
            largest = new["v_max"] if name == "amsgrad" else v
            m_hat, v_hat = m / (1 - beta1**t), largest / (1 - beta2**t)
            step = f"{value(eta)}·{factor(m_hat)} / (√{whole(v_hat)} + {value(epsilon)})"
            if name == "adamw":
                step = f"{value(eta)}·{value(settings.weight_decay)}·{factor(before)} − {step}"
            return [
                f"m = {value(beta1)}·{factor(old['m'])} + {value(1 - beta1)}·{factor(g)} = {value(m)}",
                f"v = {value(beta2)}·{factor(old['v'])} + {value(1 - beta2)}·{whole(g)}² = {value(v)}",
                *([f"v_max = max({value(old['v_max'])}, {value(v)}) = {value(largest)}"] if name == "amsgrad" else ()),
                f"m̂ = {value(m)} / (1 − {value(beta1)}{power(t)}) = {value(m_hat)}",
                f"v̂ = {value(largest)} / (1 − {value(beta2)}{power(t)}) = {value(v_hat)}",
                moved(step),
            ]
        case _:
            return [moved(value(before - after))]
