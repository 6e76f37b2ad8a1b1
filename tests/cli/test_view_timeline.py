"""tovec view and tovec export with --timeline: snapshots of a training, or several sources."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from exported_page import Reader
from page_client import Client

import tovec
from tovec.cli import cli
from tovec.server import export, open_page
from tovec.timeline import Moment
from tovec.timeline.moment_file import MomentFiles

TOKENS = ["cat", "dog", "mat", "sat"]
PROGRESS = [0, 1000, 2000]


@pytest.fixture
def film(tmp_path):
    """A trained folder with snapshots."""
    final = tovec.Embedding.random(TOKENS, 3, seed=9)
    final.save(tmp_path / "film")
    files = MomentFiles(tmp_path / "film" / "snapshots", final.vocabulary, unit="ids", total=2000)
    files.folder.mkdir(exist_ok=True)
    for seed, progress in enumerate(PROGRESS):
        rows = tovec.Embedding.random(TOKENS, 3, seed=seed)[:]
        files.save(progress, rows, Moment(str(progress), progress, loss=3.0 - seed))
    return tmp_path / "film"


@pytest.fixture
def years(tmp_path):
    """Three tables, of which the last has other tokens too."""
    paths = [tmp_path / f"{year}.vec" for year in (2022, 2023, 2024)]
    for seed, path in enumerate(paths):
        tovec.Embedding.random(TOKENS + ["new"] * (seed == 2), 3, seed=seed).save(path)
    return paths


@pytest.fixture
def manifests(monkeypatch):
    """The manifests of the pages that were shown, whose files are a page in place of the built one."""
    files = {
        "index.html": b'<html><head><title>tovec</title><script src="./page.js"></script>'
        b'<link href="./page.css"></head><body></body></html>',
        "page.js": b"",
        "page.css": b"",
    }
    for module in (open_page, export):
        monkeypatch.setattr(module, "page_files", lambda folder: files)
    seen = []

    def wait(page, stop):
        seen.append(Client(page).json("/data/manifest.json"))
        return page.close()

    monkeypatch.setattr(open_page.Page, "wait", wait)
    return seen


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == status, result.output
    return result


def view(*arguments, status=0):
    return run("view", *arguments, "--port", 0, "--no-open", status=status)


def moment_names(manifest):
    return [moment["name"] for moment in manifest["timeline"]["moments"]]


def test_without_timeline_the_final_table_is_shown_and_a_line_says_that_there_are_moments(film, manifests):
    result = view(film)
    assert manifests[0]["timeline"] is None
    assert result.stderr == f"{film} keeps 3 moments of its training: tovec view {film} --timeline\n"


def test_that_line_does_not_disturb_json(film, manifests):
    assert json.loads(view(film, "--json").stdout)["url"].startswith("http://")


def test_a_table_without_snapshots_says_nothing(years, manifests):
    assert view(years[0]).stderr == ""


def test_timeline_shows_the_snapshots(film, manifests):
    result = view(film, "--timeline")
    timeline = manifests[0]["timeline"]
    assert [moment["progress"] for moment in timeline["moments"]] == PROGRESS
    assert [moment["loss"] for moment in timeline["moments"]] == [3, 2, 1]
    assert timeline["unit"] == "ids"
    assert manifests[0]["title"] == "film"
    assert result.stderr == ""


def test_a_damaged_snapshot_is_left_out_and_said(film, manifests):
    damaged = film / "snapshots" / "000000001000.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-10])
    result = view(film, "--timeline")
    assert moment_names(manifests[0]) == ["0", "2000"]
    assert "left out" in result.stderr
    assert damaged.name in manifests[0]["timeline"]["findings"][0]


def test_several_sources_are_moments_of_one_table_in_the_order_given(years, manifests):
    result = view(*years, "--timeline")
    assert moment_names(manifests[0]) == ["2022", "2023", "2024"]
    assert manifests[0]["title"] == "2022.vec … 2024.vec"
    assert manifests[0]["nTokens"] == 4
    (finding,) = manifests[0]["timeline"]["findings"]
    assert finding == "4 of 5 tokens are in all 3 tables; the others are left out"
    assert result.stderr == f"{finding}\n"


def test_more_than_two_sources_without_timeline_are_refused_in_one_line(years, manifests):
    result = view(*years, status=1)
    assert result.stderr == (
        "Error: there are 3 sources, and two can be compared; --timeline shows them as moments of one table\n"
    )
    assert manifests == []


def test_two_sources_are_compared(years, manifests):
    view(*years[1:])
    comparison = manifests[0]["comparison"]
    assert comparison["names"] == ["2023.vec", "2024.vec"]
    assert (comparison["nCommon"], comparison["nAdded"], comparison["nRemoved"]) == (4, 1, 0)
    assert manifests[0]["title"] == "2023.vec → 2024.vec"


def test_two_sources_with_timeline_are_moments(years, manifests):
    view(*years[1:], "--timeline")
    assert manifests[0]["comparison"] is None
    assert manifests[0]["title"] == "2023.vec … 2024.vec"


def test_two_sources_of_one_name_are_told_apart_by_their_folders(years, tmp_path, manifests):
    other = tmp_path / "other"
    other.mkdir()
    years[0].rename(other / "2023.vec")
    view(other / "2023.vec", years[1])
    assert manifests[0]["comparison"]["names"] == ["other/2023.vec", f"{tmp_path.name}/2023.vec"]


def test_export_holds_a_comparison(years, tmp_path, manifests):
    run("export", *years[:2], "-o", tmp_path / "page.html")
    read = Reader(tmp_path / "page.html")
    assert read.manifest["comparison"]["names"] == ["2022.vec", "2023.vec"]
    assert {"vectors.f32", "vectors-0.f32", "column-0.f32"} <= set(read.parts)


def test_suspects_are_for_one_table(years, manifests):
    assert "--suspects is for one table" in view(*years[:2], "--suspects", status=2).stderr


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--limit", "2"], "--limit must be left out for snapshots, not 2"),
        (["--strict"], "--strict must be left out for snapshots, not True"),
    ],
)
def test_options_for_one_source_do_not_go_with_snapshots(film, options, line):
    assert view(film, "--timeline", *options, status=1).stderr == f"Error: {line}\n"


def test_options_for_one_source_are_for_each_of_several(years, manifests):
    view(*years, "--timeline", "--limit", 2)
    assert manifests[0]["nTokens"] == 2


def test_a_source_that_is_not_there_is_one_line(years, tmp_path):
    result = view(tmp_path / "nothing", "--timeline", status=1)
    assert result.stderr == f"Error: {tmp_path / 'nothing'} does not exist\n"


def test_export_holds_the_timeline(film, tmp_path, manifests):
    result = run("export", film, "-o", tmp_path / "film.html", "--timeline")
    assert result.stdout.startswith(f"wrote {tmp_path / 'film.html'}")
    read = Reader(tmp_path / "film.html")
    assert moment_names(read.manifest) == ["0", "1000", "2000"]
    assert read.manifest["start"]["method"] == "none"
    header, payload = read.frame("project-none-3.frame")
    assert (header["moments"], len(payload)) == (3, 3 * 4 * 3 * 2)
    first = np.frombuffer(read.part("vectors-0.f16"), "<f2").reshape(4, 3)
    np.testing.assert_allclose(first, tovec.Embedding.random(TOKENS, 3, seed=0)[:], rtol=1e-3)


def test_export_without_timeline_is_the_final_table(film, tmp_path, manifests):
    result = run("export", film, "-o", tmp_path / "film.html")
    assert "tovec view" in result.stderr
    assert Reader(tmp_path / "film.html").manifest["timeline"] is None
