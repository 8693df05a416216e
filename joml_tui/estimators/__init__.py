"""Estimators: the engine's networks as scikit-learn's classifiers and regressors, for its pipelines and searches.

As in scikit-learn, and unlike in the engine, samples are rows here: X is (samples, features).
"""

try:
    from joml_tui.estimators.classifier import JomlClassifier
    from joml_tui.estimators.regressor import JomlRegressor
except ImportError as error:
    raise ImportError(
        "joml_tui.estimators needs scikit-learn, 1.6 or newer; install it with: pip install 'joml-tui[sklearn]'"
    ) from error

__all__ = ["JomlClassifier", "JomlRegressor"]
