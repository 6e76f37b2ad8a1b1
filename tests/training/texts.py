"""Made-up texts whose neighbors are known beforehand."""

import numpy as np

from tovec.training.objectives import OBJECTIVES

# Whose vectors are all that is learned.
WORD_OBJECTIVES = [name for name, entry in OBJECTIVES.items() if not entry.predicts_text]


def planted(n_sentences=3000, n_groups=8, per_group=6, seed=0):
    """Sentences each of which draws its words from one group."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(n_groups, size=n_sentences)
    return [" ".join(f"g{g}w{w}" for w in rng.integers(per_group, size=10)) for g in groups]
