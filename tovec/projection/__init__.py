"""Vectors to points in two or three dimensions."""

from tovec.projection.aligned import aligned
from tovec.projection.clusters import Clusters, clusters
from tovec.projection.methods import AXES, METHODS, available, default_method, project
from tovec.projection.neighbors import NeighborGraph, neighbor_graph
from tovec.projection.points import Points, Projection
from tovec.projection.trust import Trust, trust

__all__ = [
    "AXES",
    "METHODS",
    "Clusters",
    "NeighborGraph",
    "Points",
    "Projection",
    "Trust",
    "aligned",
    "available",
    "clusters",
    "default_method",
    "neighbor_graph",
    "project",
    "trust",
]
