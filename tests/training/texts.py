"""Made-up texts whose neighbors are known beforehand."""

import numpy as np


def planted(n_sentences=3000, n_groups=8, per_group=6, seed=0):
    """Sentences each of which draws its words from one group."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(n_groups, size=n_sentences)
    return [" ".join(f"g{g}w{w}" for w in rng.integers(per_group, size=10)) for g in groups]
