"""Projections to matplotlib figures, and figures to files. Needs neither pyplot nor a display."""

from tovec.dependencies import needs

needs("matplotlib", "a figure")
