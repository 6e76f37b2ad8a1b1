"""Projections as the page gets them."""

import numpy as np
import pytest

from tovec import Embedding
from tovec.errors import BadSetting
from tovec.server.projections import ProjectionRequest, Projector


def project(embedding, request):
    return Projector(embedding).project(request, lambda step: None, lambda: None)


def test_vectors_of_one_dimension_lie_on_a_line_with_their_own_numbers():
    embedding = Embedding.random(["cat", "dog", "mat", "sat"], 1, seed=0)
    step = project(embedding, ProjectionRequest("none", 2))
    assert step.payload.shape == (4, 2)
    np.testing.assert_array_equal(step.payload[:, 0], embedding[:][:, 0])
    assert not step.payload[:, 1].any()
    assert step.header["axisNames"] == ["dimension 1"]


def test_vectors_of_one_dimension_are_drawn_as_they_are_only():
    projector = Projector(Embedding.random(["cat", "dog"], 1))
    with pytest.raises(BadSetting, match="method must be none for vectors of one dimension, not 'pca'"):
        projector.check(ProjectionRequest("pca", 2))
    with pytest.raises(BadSetting, match="dims must be 2"):
        projector.check(ProjectionRequest("none", 3))
