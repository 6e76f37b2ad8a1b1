"""What can be chosen about the methods: their numbers, with defaults and ranges, and PCA's components."""

from dataclasses import dataclass
from typing import NamedTuple

from tovec.errors import BadSetting


@dataclass(frozen=True)
class Settings:
    """The numbers of all methods; each method reads its own.

    neighbors: of UMAP, how many are kept together, counting the token itself. min_dist: of UMAP, how near
    points may come. perplexity: of t-SNE, the effective number of neighbors. components: of PCA, which one
    each axis is, counted from 1; empty for the first ones.
    """

    neighbors: int = 15
    min_dist: float = 0.1
    perplexity: float = 30
    components: tuple[int, ...] = ()


DEFAULTS = Settings()


class Range(NamedTuple):
    """The lowest and the highest number that a setting may be, and a step between two choices."""

    lowest: float
    highest: float
    step: float


RANGES: dict[str, dict[str, Range]] = {
    "umap": {"neighbors": Range(2, 200, 1), "min_dist": Range(0, 1, 0.05)},
    "tsne": {"perplexity": Range(2, 100, 1)},
}


def check_settings(settings: Settings, method: str, dims: int, dim: int) -> None:
    """Raise BadSetting for what `method` cannot draw `dims` of `dim` dimensions with, or does not read."""
    for owner, ranges in RANGES.items():
        for name, (lowest, highest, _) in ranges.items():
            value = getattr(settings, name)
            if owner == method and not lowest <= value <= highest:
                raise BadSetting(name, value, f"from {lowest} to {highest}")
            if owner != method and value != getattr(DEFAULTS, name):
                raise BadSetting(name, value, f"left out, since only {owner} has it")
    components = settings.components
    if not components:
        return
    if method != "pca":
        raise BadSetting("components", components, "left out, since only pca has them")
    if len(components) != dims or len(set(components)) != dims:
        raise BadSetting("components", components, f"{dims} different ones, one for each axis")
    if not all(1 <= component <= dim for component in components):
        raise BadSetting("components", components, f"from 1 to {dim}, the length of the vectors")
