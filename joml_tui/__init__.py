"""The lab: compose a network, watch it learn, keep the result."""

__version__ = "0.1.0"
