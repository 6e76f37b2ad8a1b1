"""Projections to matplotlib figures, and figures to files. Needs neither pyplot nor a display."""
