"""The sizes of a language model by name: what `size` stands for. recipe.md in docs has the measurements."""

from dataclasses import dataclass

LEAST_STEPS = 16  # of an epoch, where there are as many blocks: a small text is learned in smaller steps


@dataclass(frozen=True, kw_only=True)
class Size:
    """The shape of a network, and how it is trained.

    dim: where it is not given. heads: at most. inner: of the feed-forward layers, as a multiple of dim.
    tokens: of a step, about.
    """

    name: str
    dim: int
    layers: int
    heads: int
    inner: float
    context: int
    tokens: int

    def blocks_of(self, length: int, n_blocks: int) -> int:
        """Return how many blocks of a length a step takes, of a text that has `n_blocks`."""
        return max(1, min(self.tokens // length, n_blocks // LEAST_STEPS))

    def heads_of(self, dim: int) -> int:
        """Return how many heads share an even dim: each has an even number of dimensions."""
        return max(heads for heads in range(1, self.heads + 1) if dim % (2 * heads) == 0)


SIZES = {
    size.name: size
    for size in (
        Size(name="tiny", dim=128, layers=2, heads=4, inner=2.75, context=128, tokens=1024),
        Size(name="small", dim=256, layers=6, heads=8, inner=2.75, context=256, tokens=4096),
    )
}
DEFAULT_SIZE = "tiny"
