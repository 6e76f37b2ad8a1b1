"""Vectors to points in two or three dimensions, how far to trust these points, and clusters of the vectors.

A table is read in blocks, so it may be larger than memory. Every computation takes `report`, called with its
stages (progress.py). Nothing here draws: figures/ and the page do.
"""

from tovec.projection.clusters import Clusters, clusters
from tovec.projection.expected_time import expected_seconds, n_neighbors
from tovec.projection.jitter import jitter
from tovec.projection.methods import AXES, METHODS, available, default_method, project
from tovec.projection.moments import MOMENT_METHODS, MomentsProjection, project_moments
from tovec.projection.points import FiniteRows, Points, Projection, in_space, left_out
from tovec.projection.settings import Settings
from tovec.projection.trust import Trust, trust

__all__ = [
    "AXES",
    "METHODS",
    "MOMENT_METHODS",
    "Clusters",
    "FiniteRows",
    "MomentsProjection",
    "Points",
    "Projection",
    "Settings",
    "Trust",
    "available",
    "clusters",
    "default_method",
    "expected_seconds",
    "in_space",
    "jitter",
    "left_out",
    "n_neighbors",
    "project",
    "project_moments",
    "trust",
]
