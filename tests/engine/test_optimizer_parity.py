"""Update rules, what goes around them, and schedules, against torch's over 100 steps."""

import numpy as np
import pytest
from late_torch import Late, torch_for

from joml import (
    AdaGrad,
    Adam,
    AdamW,
    AMSGrad,
    CosineDecay,
    GradientDescent,
    Momentum,
    Nesterov,
    OneCycle,
    ReduceOnPlateau,
    RMSProp,
    Scheduled,
    StepDecay,
    WarmUp,
    WithGradientClipping,
    WithWeightDecay,
)
from joml.optimizers.schedules import course_of

torch = torch_for("parity")

pytestmark = pytest.mark.slow

STEPS = 100
SIZE = 40

optim = Late("torch.optim")
PAIRS = {
    "gradient descent": (GradientDescent(0.01), lambda p: optim.SGD(p, lr=0.01)),
    "momentum": (Momentum(0.01, 0.9), lambda p: optim.SGD(p, lr=0.01, momentum=0.9)),
    "nesterov": (Nesterov(0.01, 0.9), lambda p: optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True)),
    "adagrad": (AdaGrad(0.01), lambda p: torch.optim.Adagrad(p, lr=0.01)),
    "rmsprop": (RMSProp(0.01), lambda p: torch.optim.RMSprop(p, lr=0.01)),
    "adam": (Adam(0.002), lambda p: torch.optim.Adam(p, lr=0.002)),
    "adamw": (AdamW(0.002, weight_decay=0.1), lambda p: torch.optim.AdamW(p, lr=0.002, weight_decay=0.1)),
    "amsgrad": (AMSGrad(0.002), lambda p: torch.optim.Adam(p, lr=0.002, amsgrad=True)),
    "l2 and momentum": (
        WithWeightDecay(Momentum(), l2=0.1),
        lambda p: optim.SGD(p, lr=0.01, momentum=0.9, weight_decay=0.1),
    ),
    "l2 and nesterov": (
        WithWeightDecay(Nesterov(), l2=0.1),
        lambda p: optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True, weight_decay=0.1),
    ),
    "l2 and adagrad": (WithWeightDecay(AdaGrad(), l2=0.1), lambda p: torch.optim.Adagrad(p, weight_decay=0.1)),
    "l2 and rmsprop": (
        WithWeightDecay(RMSProp(), l2=0.1),
        lambda p: torch.optim.RMSprop(p, lr=0.001, weight_decay=0.1),
    ),
    "l2 and adam": (WithWeightDecay(Adam(), l2=0.1), lambda p: torch.optim.Adam(p, weight_decay=0.1)),
}


def problem():
    """Start, scales and noise of a noisy quadratic: its gradients depend on where the steps have led."""
    generator = np.random.default_rng(4)
    return generator.normal(size=SIZE), np.logspace(-2, 0.5, SIZE), generator.normal(size=(STEPS, SIZE))


def ours(optimizer, dtype):
    start, scales, noise = problem()
    theta, gradient = start.astype(dtype), np.empty(SIZE, dtype)
    rule = optimizer.bind(theta, gradient)
    for step_noise in noise:
        gradient[...] = scales * theta + step_noise
        for call in rule.calls:
            call()
    return theta


def theirs(make, dtype, norm=None, make_schedule=None):
    start, scales, noise = problem()
    theta = torch.nn.Parameter(torch.tensor(start.astype(dtype)))
    optimizer = make([theta])
    schedule = make_schedule(optimizer) if make_schedule else None
    for step_noise in noise:
        theta.grad = torch.tensor((scales * theta.detach().numpy() + step_noise).astype(dtype))
        if norm:
            torch.nn.utils.clip_grad_norm_([theta], norm)
        optimizer.step()
        if schedule:
            schedule.step()
    return theta.detach().numpy()


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-6)])
def test_a_rule_is_torchs(name, dtype, tolerance):
    optimizer, make = PAIRS[name]
    np.testing.assert_allclose(ours(optimizer, dtype), theirs(make, dtype), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("norm", [0.5, 6.0, 100.0])
@pytest.mark.parametrize("name", PAIRS)
def test_clipping_is_torchs(name, norm):
    """Torch divides by the norm plus 1e-6, for safety; hence no closer."""
    optimizer, make = PAIRS[name]
    np.testing.assert_allclose(
        ours(WithGradientClipping(optimizer, norm), np.float64), theirs(make, np.float64, norm), atol=1e-6
    )


lr = Late("torch.optim.lr_scheduler")
SCHEDULES = {
    "step": (StepDecay(7, 0.5), lambda o: lr.StepLR(o, 7, 0.5)),
    "cosine": (CosineDecay(100, 0.1), lambda o: lr.CosineAnnealingLR(o, 100, eta_min=0.1 * o.param_groups[0]["lr"])),
    "one-cycle": (
        OneCycle(101),
        lambda o: lr.OneCycleLR(o, o.param_groups[0]["lr"], total_steps=101, cycle_momentum=False),
    ),
    "warm-up": (WarmUp(30, 0.25), lambda o: lr.LinearLR(o, 0.25, total_iters=30)),
    "warm-up, then cosine": (
        WarmUp(30, 0.25, CosineDecay(70)),
        lambda o: lr.SequentialLR(o, [lr.LinearLR(o, 0.25, total_iters=30), lr.CosineAnnealingLR(o, 70)], [30]),
    ),
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # SequentialLR calls its own deprecated step(epoch)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", PAIRS)
def test_a_scheduled_rule_is_torchs(name, schedule):
    (optimizer, make), (own, make_schedule) = PAIRS[name], SCHEDULES[schedule]
    expected = theirs(make, np.float64, make_schedule=make_schedule)
    np.testing.assert_allclose(ours(Scheduled(optimizer, own), np.float64), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("settings", [(0.5, 2, 1e-2, 0, 0.0), (0.5, 1, 0.0, 3, 0.1), (0.1, 0, 1e-4, 1, 1e-3)])
def test_reduce_on_plateau_is_torchs(settings):
    ratio, patience, threshold, cooldown, least = settings
    costs = np.random.default_rng(1).normal(size=200) * 0.02 + np.exp(-np.arange(200) / 30)
    costs[50] = np.nan
    optimizer = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    torchs = lr.ReduceLROnPlateau(optimizer, "min", ratio, patience, threshold, cooldown=cooldown, min_lr=least, eps=0)
    course = course_of(ReduceOnPlateau(ratio, patience, threshold, cooldown, least))
    factors, expected = [], []
    for cost in costs:
        course.observe(float(cost))
        torchs.step(float(cost))
        factors.append(course.next_factor())
        expected.append(optimizer.param_groups[0]["lr"])
    assert len(set(expected)) > 3
    np.testing.assert_allclose(factors, expected, rtol=1e-12)
