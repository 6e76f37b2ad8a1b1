"""tovec plot --animate: moments of one folder, or several sources, as a moving figure."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import tovec
from tovec.cli import cli

TOKENS = ["cat", "dog", "mat", "sat"]


@pytest.fixture
def film(tmp_path):
    with tovec.Recorder(tmp_path / "film") as recorder:
        for step in range(3):
            recorder.add(step, tovec.Embedding.random(TOKENS, 3, seed=step), loss=3.0 - step)
    return tmp_path / "film"


def run(*arguments):
    return CliRunner().invoke(cli, [*map(str, arguments)])


def test_the_moments_of_a_folder_are_drawn_as_a_gif(film, tmp_path):
    out = tmp_path / "film.gif"
    facts = json.loads(run("plot", film, "--animate", "-o", out, "--seconds", 0.3, "--json").stdout)
    assert facts == {"out": str(out), "bytes": out.stat().st_size, "moments": 3}
    with Image.open(out) as image:
        assert image.n_frames >= 3


def test_several_sources_are_moments(tmp_path):
    years = [str(tmp_path / f"{year}.vec") for year in (2023, 2024)]
    for seed, path in enumerate(years):
        tovec.Embedding.random(TOKENS, 3, seed=seed).save(path)
    result = run("plot", *years, "--animate", "-o", tmp_path / "years.gif", "--seconds", 0.2)
    assert "drew 2 moments of 4 tokens" in result.stdout
    refused = run("plot", *years, "-o", tmp_path / "years.png")
    assert refused.exit_code == 1 and "--animate shows them as moments" in refused.stderr


@pytest.mark.parametrize(("tokens", "said"), [("cat,sat", "2 tokens"), ("dog", "1 token")])
def test_only_the_tokens_that_are_drawn_are_counted(film, tmp_path, tokens, said):
    out = tmp_path / "film.gif"
    result = run("plot", film, "--animate", "-o", out, "--tokens", tokens, "--seconds", 0.1)
    assert f"drew 3 moments of {said} in" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "film.gif"], "moments of a table are drawn with --animate"),
        (["-o", "film.png", "--seconds", "3"], "left out without --animate"),
        (["--animate", "-o", "film.png"], "the suffix of an animation is .gif or .mp4"),
        (["--animate", "-o", "film.gif", "--limit", "2"], "left out for snapshots"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    tovec.Embedding.random(TOKENS, 3).save(tmp_path / "four")
    files = sorted(tmp_path.iterdir())
    source = tmp_path / "four"
    if "--animate" in options:
        with tovec.Recorder(tmp_path / "moments") as recorder:
            recorder.add(0, np.eye(4), tokens=TOKENS)
        source = tmp_path / "moments"
        files = sorted(tmp_path.iterdir())
    result = run("plot", source, *options)
    assert result.exit_code == 1
    assert message in result.stderr and result.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == files
