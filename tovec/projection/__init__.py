"""Vectors to points in two or three dimensions."""

from tovec.projection.methods import METHODS, default_method, project
from tovec.projection.points import Points, Projection

__all__ = ["METHODS", "Points", "Projection", "default_method", "project"]
