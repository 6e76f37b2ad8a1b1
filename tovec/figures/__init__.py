"""Projections drawn with matplotlib."""
