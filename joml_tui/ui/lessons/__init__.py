"""Lessons: full screens on one mini-batch, the article's accounting, and the collapse to one layer."""
