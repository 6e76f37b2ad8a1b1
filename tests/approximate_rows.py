"""Rows that tests of the approximate index search, and a folder for the key that signs its files."""

import math

import numpy as np
import pytest
from needs import needs


@pytest.fixture
def state(tmp_path_factory, monkeypatch):
    """A folder for the key of each test."""
    folder = tmp_path_factory.mktemp("state")
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


def rows():
    """Return 2,000 rows around twenty centers, some equal, some without direction."""
    needs("usearch")
    rng = np.random.default_rng(6)
    vectors = rng.standard_normal((20, 32))[rng.integers(0, 20, 2000)] + 0.4 * rng.standard_normal((2000, 32))
    vectors[100:104] = 3 * vectors[7]
    vectors[50:60] = 0
    vectors[60, 5] = math.nan
    return vectors.astype(np.float32)
