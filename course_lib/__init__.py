"""Attention in PyTorch, from the scores to whole models, and the course's data."""

__version__ = "0.1.0"
