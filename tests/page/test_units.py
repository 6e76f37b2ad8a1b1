"""The page's own tests, types and lint; what Python writes, read by the page."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from needs import needs_that

import tovec

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def npm():
    """Run npm in page/; return its output."""
    sys.path.insert(0, str(ROOT))
    try:
        from hatch_build import BuildError, npm_command
    finally:
        sys.path.remove(str(ROOT))
    try:
        command, environment = npm_command()
    except BuildError as error:
        needs_that(False, str(error))
    needs_that((ROOT / "page" / "node_modules" / "vitest").is_dir(), "page/node_modules is not installed")

    def run(*arguments, **variables):
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT / "page",
            env=environment | variables | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_pages_own_tests_pass(npm):
    assert "passed" in npm("test")


def test_the_pages_types_are_right(npm):
    npm("run", "check")


def test_the_pages_sources_are_linted_and_formatted(npm):
    npm("run", "lint")


def test_the_page_reads_what_python_writes(npm, tmp_path):
    """Every named part, written by Python, decoded in TypeScript, compared as JSON."""
    from tovec.server.page_data import page_data

    tokens = ["cat", "고양이", "", "👩‍👧", "a\tb", "\ufeff", "\ud800"]
    vectors = np.random.default_rng(0).integers(-9, 10, (len(tokens), 5)).astype(np.float32)
    embedding = tovec.Embedding(tovec.Vocabulary(tokens, [9, 8, 7, 6, 5, 4, 2**40]), vectors)
    metadata = {"token": tokens[:3], "kind": ["animal", "동물", "animal"], "weight": [1.5, -2.0, 1e9]}
    parts = page_data(embedding, title="pets", metadata=metadata)
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1).astype(np.float32)
    expected = {
        "title": "pets",
        "nTokens": len(tokens),
        "dim": 5,
        "tokens": [*tokens[:-1], "\ufffd"],
        "counts": [9, 8, 7, 6, 5, 4, 2**40],
        "norms": norms.astype(float).tolist(),
        "importance": [6, 0, 1, 2, 3, 4, 5],
        "undirected": [],
        "columns": [
            {"name": "kind", "values": ["animal", "동물", "animal", None, None, None, None]},
            {"name": "weight", "values": [1.5, -2.0, 1e9, None, None, None, None]},
        ],
    }
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    said = npm("test", "--", "tests/data/written.test.ts", TOVEC_WRITTEN=str(tmp_path))
    assert "1 passed" in said


def test_the_page_reads_the_projections_clusters_and_vectors_that_python_writes(npm, tmp_path):
    """Frames one after another, read in pieces of 100 bytes, and vectors of every width, compared as JSON."""
    from tovec.server.page_bytes import frame_bytes, number_bytes
    from tovec.server.projections import ProjectionRequest, Projector

    vectors = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float16).astype(np.float32)
    embedding = tovec.Embedding(tovec.Vocabulary([f"w{i}" for i in range(40)]), vectors)
    projector, steps = Projector(embedding), []
    for dims in (2, 3):
        steps.append(projector.project(ProjectionRequest("pca", dims), steps.append, lambda: None))
    clusters = projector.cluster(lambda step: None, lambda: None)
    for name, content in {
        "projections.frames": b"".join(frame_bytes(step.header, step.payload) for step in steps),
        "clusters.frame": frame_bytes(clusters.header, clusters.payload),
        "vectors.f32": number_bytes(vectors, np.float32),
        "vectors.f16": number_bytes(np.asfortranarray(vectors), np.float16),
        "vector": number_bytes(vectors[7].astype(">f4"), np.float32),
    }.items():
        (tmp_path / name).write_bytes(content)
    assert any(step.payload is None for step in steps)
    assert {step.payload.dtype.name for step in steps if step.payload is not None} == {"float32"}
    numbers = vectors.ravel().tolist()
    expected = {
        "n": 40,
        "dim": 5,
        "projections": [
            {
                "stage": step.header["stage"],
                "dims": step.header["dims"],
                "points": None if step.payload is None else step.payload.ravel().tolist(),
                "axisNames": step.header["axisNames"],
            }
            for step in steps
        ],
        "clusters": {"codes": clusters.payload.tolist(), "typical": clusters.header["typical"]},
        "float32": numbers,
        "float16": numbers,
        "vector": vectors[7].tolist(),
    }
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    said = npm("test", "--", "tests/data/written-frames.test.ts", TOVEC_WRITTEN_FRAMES=str(tmp_path))
    assert "1 passed" in said
