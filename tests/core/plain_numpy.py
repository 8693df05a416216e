"""Networks, costs and scores in a few lines of float64 NumPy, which share nothing with the engine."""

import numpy as np

FUNCTIONS = {
    "identity": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "softmax": lambda z: np.exp(z - z.max(axis=0)) / np.exp(z - z.max(axis=0)).sum(axis=0),
}


def outputs(weights, functions, x):
    """Propagate x, (features, samples), through layers of the arrays ``layers.0.W``, ``layers.0.b``, ..."""
    a = np.asarray(x, np.float64)
    for place, function in enumerate(functions):
        W, b = (np.asarray(weights[f"layers.{place}.{name}"], np.float64) for name in "Wb")
        a = FUNCTIONS[function](W @ a + b[:, None])
    return a


def cost(name, function, y_hat, y):
    """Average the cost of the samples, whose outputs come from an activation function."""
    y = np.asarray(y, np.float64)
    off = np.abs(y_hat - y)
    if name == "cross-entropy" and function == "softmax":
        return -np.log((y_hat * y).sum(axis=0)).mean()
    if name == "cross-entropy":
        return -np.log(np.where(y == 1, y_hat, 1 - y_hat)).sum(axis=0).mean()
    each = {
        "mean-squared-error": off**2,
        "mean-absolute-error": off,
        "huber": np.where(off <= 1, off**2 / 2, off - 0.5),
    }[name]
    return each.mean(axis=0).mean()


def score(task, y_hat, y, around=None):
    """Count what is right, or give R2; ``around`` are y whose variance counts in place of that of y."""
    y = np.asarray(y, np.float64)
    if task == "classes":
        return (y_hat.argmax(axis=0) == y.argmax(axis=0)).mean()
    if task == "multilabel":
        return ((y_hat > 0.5) == (y > 0.5)).mean()
    variance = np.asarray(y if around is None else around, np.float64).var(axis=1)
    varies = variance > 0
    return (1 - ((y_hat - y) ** 2).mean(axis=1)[varies] / variance[varies]).mean()


def confusion(task, y_hat, y):
    """Count true (rows) and predicted (columns) classes, or no and yes of each answer."""
    if task == "classes":
        pairs = [(y.argmax(axis=0), y_hat.argmax(axis=0))]
    else:
        pairs = [(true > 0.5, message > 0.5) for true, message in zip(y, y_hat, strict=True)]
    size = len(y) if task == "classes" else 2
    return [
        [[int(((true == row) & (message == column)).sum()) for column in range(size)] for row in range(size)]
        for true, message in pairs
    ]
