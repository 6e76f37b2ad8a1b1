"""Timelines opened from folders of snapshots and from lists of sources, whole and damaged."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs

import tovec
from tovec.cli import cli
from tovec.errors import BadSource, TovecError
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import tokenizer_from_name
from tovec.timeline.moment import Moment
from tovec.timeline.moment_file import MomentFiles, file_name, moment_files

TOKENS = ["cat", "dog", "mat", "sat"]
AT = (0, 1000, 12_000, 2_000_000)


def rows(seed):
    return np.random.default_rng(seed).standard_normal((4, 3), dtype=np.float32)


@pytest.fixture
def film(tmp_path):
    """A folder as `tovec train --snapshots 4` leaves it."""
    folder = tovec.Embedding(TOKENS, rows(3)).save(tmp_path / "film")
    files = MomentFiles(
        folder / "snapshots", tovec.Vocabulary(TOKENS, [9, 8, 7, 6]), unit="ids", total=AT[-1]
    )
    for seed, progress in enumerate(AT):
        loss = None if progress == 0 else 5 - seed / 2
        files.save(progress, rows(seed), Moment("", epoch=progress / 1e6, loss=loss, validation_loss=loss))
    return folder


def test_a_trained_folder_and_its_snapshots_give_the_same_timeline(film):
    for source in (film, film / "snapshots", str(film)):
        timeline = tovec.open_timeline(source)
        assert [each.progress for each in timeline.moments] == list(AT)
        assert timeline.moments[2] == Moment("12000", 12_000, 0.012, 4.0, 4.0)
        assert timeline.unit == "ids" and timeline.findings == ()
        assert np.isnan(timeline.losses[0])
        np.testing.assert_array_equal(timeline["12000"][:], rows(2).astype(np.float16))
    assert len({id(each.vocabulary) for each in timeline}) == 1  # files with the same tokens share them
    assert timeline.vocabulary.counts.tolist() == [9, 8, 7, 6]


def test_snapshots_have_the_tokenizer_of_the_result(film, tmp_path):
    named = tovec.Embedding(TOKENS, rows(3), tokenizer_from_name("words")).save(tmp_path / "named")
    shutil.copytree(film / "snapshots", named / "snapshots")
    for source in (named, named / "snapshots"):
        timeline = tovec.open_timeline(source)
        assert [each.tokenize("A cat sat.") for each in timeline] == [["a", "cat", "sat"]] * 4
    other = tovec.Embedding(["cat", "dog", "rug"], rows(3)[:3], tokenizer_from_name("words")).save(
        tmp_path / "other"
    )
    shutil.copytree(film / "snapshots", other / "snapshots")
    assert tovec.open_timeline(other)[-1].tokenizer is None
    moved = shutil.move(named / "snapshots", tmp_path / "alone")
    assert tovec.open_timeline(moved)[-1].tokenizer is None


def test_snapshots_take_a_tokenizer_and_no_part_or_limit(film):
    assert tovec.open_timeline(film, "words")[0].tokenize("A cat sat.") == ["a", "cat", "sat"]
    with pytest.raises(BadSource, match=r"film is opened for its snapshots, which have no part 'output'"):
        tovec.open_timeline(f"{film}#output")
    with pytest.raises(TovecError, match="limit must be left out for snapshots, not 2"):
        tovec.open_timeline(film, limit=2)


def test_snapshots_keep_what_is_special_and_unknown_and_how_names_spell_bytes(tmp_path):
    vocabulary = tovec.Vocabulary(
        ["▁cat", "<unk>", "<s>"], unknown="<unk>", special=[2], spelling=Spelling.PIECES
    )
    folder = tovec.Embedding(vocabulary, rows(0)[:3]).save(tmp_path / "pieces")
    MomentFiles(folder / "snapshots", vocabulary, unit="ids").save(0, rows(0)[:3], Moment(""))
    opened = tovec.open_timeline(folder).vocabulary
    assert (opened.unknown, set(opened.special), opened.spelling) == ("<unk>", {2}, Spelling.PIECES)


def test_a_run_that_goes_on_has_no_tokenizer_yet(tmp_path):
    files = MomentFiles(tmp_path / "film" / "work" / "snapshots", tovec.Vocabulary(TOKENS), unit="ids")
    files.save(0, rows(0), Moment(""))
    assert tovec.open_timeline(tmp_path / "film")[-1].tokenizer is None


def test_names_sort_as_their_progress_does():
    numbers = [0, 7, 999, 12_000, 10**11, 10**12 - 1]
    assert sorted(map(file_name, reversed(numbers))) == [file_name(number) for number in numbers]


def test_more_ids_than_names_have_digits_still_come_in_order(tmp_path):
    for progress in (10**13, 5, 10**12):
        (tmp_path / file_name(progress)).touch()
    assert [int(path.stem) for path in moment_files(tmp_path)] == [5, 10**12, 10**13]


def test_another_library_reads_what_a_file_says_of_its_moment(film):
    with needs("safetensors").safe_open(film / "snapshots" / file_name(12_000), "np") as file:
        assert list(file.keys()) == ["embeddings"]
        said = json.loads(file.metadata()["moment"])
    assert said == {
        **{"progress": 12_000, "unit": "ids", "total": 2_000_000},
        **{"epoch": 0.012, "loss": 4.0, "validation_loss": 4.0},
    }


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def say_nonsense(path):
    path.write_bytes(path.read_bytes().replace(b'"moment":"{', b'"moment":"['))


def link_to_nothing(path):
    path.unlink()
    path.symlink_to("gone")


DAMAGES = [cut, say_nonsense, link_to_nothing, lambda path: path.write_bytes(b"")]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_moment_is_left_out_and_the_others_play(film, damage):
    path = film / "snapshots" / file_name(1000)
    damage(path)
    timeline = tovec.open_timeline(film)
    assert [each.progress for each in timeline.moments] == [0, 12_000, 2_000_000]
    (line,) = timeline.findings
    assert line.startswith(f"left out: {path} is ")


@pytest.mark.parametrize("damage", DAMAGES)
def test_where_all_are_damaged_the_first_line_says_why(film, damage):
    for path in moment_files(film / "snapshots"):
        damage(path)
    with pytest.raises(
        BadSource, match=r"none of the 4 snapshots in .* can be opened: left out: .*safetensors"
    ):
        tovec.open_timeline(film)


def test_what_is_no_moment_is_left_out_and_named(film):
    (film / "snapshots/notes.txt").write_text("mine")
    (film / "snapshots/epoch-1.000").mkdir()
    (film / "snapshots/.000000000500.safetensors.tmp-tovec-0123abcd").write_bytes(b"killed")
    timeline = tovec.open_timeline(film)
    assert len(timeline) == 4
    (line,) = timeline.findings
    assert line.endswith("since they are not named as snapshots are: epoch-1.000, notes.txt")


def test_moments_with_other_tokens_share_the_common_ones(film):
    other = MomentFiles(film / "snapshots", tovec.Vocabulary(["dog", "cat", "rug"]), unit="steps")
    other.save(5000, rows(9)[:3], Moment(""))
    timeline = tovec.open_timeline(film)
    assert list(timeline.tokens) == ["cat", "dog"] and timeline.unit == ""
    np.testing.assert_array_equal(timeline["5000"]["cat"], rows(9)[1].astype(np.float16))
    assert timeline.findings == ("2 of 5 tokens are in all 5 tables; the others are left out",)


def test_common_tokens_of_many_large_tables_take_a_moment():
    """All tokens of all tables are looked up once: 50 tables of 20,000 tokens each with one of its own."""
    names = [f"token {number}" for number in range(20_000)]
    table = np.zeros((20_000, 1), dtype=np.float32)
    tables = [tovec.Embedding([f"own {n}", *names[1:]], table) for n in range(50)]
    assert tovec.Timeline.from_embeddings(tables).n_tokens == 19_999


def test_a_moment_of_another_dim_is_left_out_and_the_others_play(film):
    """As a damaged one is: a file of another run must not take those of this one away."""
    files = MomentFiles(film / "snapshots", tovec.Vocabulary(TOKENS), unit="ids")
    for at in (3_000_000, 4_000_000, 5_000_000):
        files.save(at, np.ones((4, 2), np.float32), Moment(""))
    timeline = tovec.open_timeline(film)
    assert [each.progress for each in timeline.moments] == list(AT) and timeline.dim == 3
    name = f"{film}/snapshots/{file_name(3_000_000)}"
    assert timeline.findings[0] == f"left out: {name} has 2 dimensions, and most have 3"
    assert len(timeline.findings) == 3


def test_where_as_many_moments_have_one_dim_as_another_neither_is_chosen(film):
    files = MomentFiles(film / "snapshots", tovec.Vocabulary(TOKENS), unit="ids")
    for at in range(3_000_000, 3_000_004):
        files.save(at, np.ones((4, 2), np.float32), Moment(""))
    with pytest.raises(BadSource, match=r"^0 has 3 dimensions and 3000000 has 2; the vectors of all moments"):
        tovec.open_timeline(film)


def test_two_files_of_one_moment_are_named(film):
    twin = film / "snapshots" / f"0{file_name(1000)}"
    shutil.copy(film / "snapshots" / file_name(1000), twin)
    with pytest.raises(BadSource) as error:
        tovec.open_timeline(film)
    assert str(error.value) == (
        f"{twin.name} and {file_name(1000)} in {film}/snapshots are of one moment, 1000; "
        "move one of them away"
    )


def test_a_folder_without_snapshots_says_how_to_make_them(tmp_path):
    folder = tovec.Embedding(TOKENS, rows(0)).save(tmp_path / "plain")
    for source in (folder, folder / "model.safetensors"):
        with pytest.raises(BadSource, match="holds no snapshots: tovec train … --snapshots 50 keeps them"):
            tovec.open_timeline(source)
    with pytest.raises(BadSource, match="nowhere does not exist"):
        tovec.open_timeline(tmp_path / "nowhere")


def test_a_run_that_goes_on_shows_its_snapshots_until_now(film, tmp_path):
    (tmp_path / "running/work").mkdir(parents=True)
    shutil.copytree(film / "snapshots", tmp_path / "running/work/snapshots")
    assert len(tovec.open_timeline(tmp_path / "running")) == 4


def test_the_snapshots_are_not_one_table_and_say_the_way_out(film, tmp_path):
    with pytest.raises(BadSource) as error:
        tovec.open(film / "snapshots")
    assert str(error.value) == (
        f"{film}/snapshots holds 4 snapshots, 000000000000.safetensors to 000002000000.safetensors; "
        f"name one of them, or see all of them: tovec view {film} --timeline, tovec.open_timeline in Python"
    )
    (tmp_path / "own").mkdir()
    (film / "snapshots" / file_name(0)).rename(tmp_path / "own" / file_name(0))
    with pytest.raises(BadSource, match=rf"own holds 1 snapshot.*tovec view {tmp_path}/own --timeline"):
        tovec.open(tmp_path / "own")


def test_one_snapshot_is_a_source_as_any_other(film):
    opened = tovec.open(film / "snapshots" / file_name(12_000))
    assert list(opened) == TOKENS
    np.testing.assert_array_equal(opened[:], rows(2).astype(np.float16))


def test_inspect_counts_the_snapshots(film):
    told = CliRunner().invoke(cli, ["inspect", str(film)]).output
    assert f"snapshots   4, {film}/snapshots/000000000000.safetensors to {film}/snapshots/000002" in told
    asked = json.loads(CliRunner().invoke(cli, ["inspect", str(film), "--json"]).output)
    assert asked["snapshots"]["n"] == 4
    assert "snapshots" not in CliRunner().invoke(cli, ["inspect", str(film / "model.safetensors")]).output


# Several sources


def test_a_list_of_sources_is_named_after_their_files(tmp_path):
    old = tovec.Embedding(TOKENS, rows(0)).save(tmp_path / "2023.vec")
    new = tovec.Embedding(TOKENS, rows(1)).save(tmp_path / "2024-05")
    timeline = tovec.open_timeline([old, str(new)])
    assert [each.name for each in timeline.moments] == ["2023", "2024-05"]
    assert timeline.unit == "" and timeline.moments[0].progress is None
    np.testing.assert_array_equal(timeline["2024-05"][:], rows(1))


def test_equal_names_are_told_apart_by_their_folders_and_parts(tmp_path):
    for step in ("500", "1000"):
        model = tovec.Embedding(TOKENS, rows(0), outputs=rows(1))
        model.save(tmp_path / f"checkpoint-{step}/model")
    names = lambda *sources: [each.name for each in tovec.open_timeline(sources).moments]  # noqa: E731
    places = [f"{tmp_path}/checkpoint-{step}/model" for step in ("500", "1000")]
    assert names(*places) == ["checkpoint-500/model", "checkpoint-1000/model"]
    assert names(places[0], f"{places[0]}#output") == ["model", "model#output"]
    assert names(places[0], places[0]) == ["1 model", "2 model"]


def test_the_checkpoints_in_a_folder_come_by_their_steps(tmp_path):
    for step in (1000, 500, 20):
        tovec.Embedding(TOKENS, rows(step), outputs=rows(step + 1)).save(tmp_path / f"checkpoint-{step}")
    (tmp_path / "checkpoint-last").mkdir()
    (tmp_path / "checkpoint-500" / "model.safetensors").write_bytes(b"")
    timeline = tovec.open_timeline(tmp_path)
    assert timeline.moments == (Moment("checkpoint-20", 20), Moment("checkpoint-1000", 1000))
    assert timeline.unit == "steps" and len(timeline.findings) == 1
    outputs = tovec.open_timeline(f"{tmp_path}#output")
    np.testing.assert_array_equal(outputs[-1][:], rows(1001))


def test_a_source_that_cannot_be_opened_is_left_out_and_said(tmp_path):
    old = tovec.Embedding(TOKENS, rows(0)).save(tmp_path / "2023.vec")
    timeline = tovec.open_timeline([old, tmp_path / "2024.vec"])
    assert len(timeline) == 1
    assert timeline.findings == (f"left out: {tmp_path}/2024.vec does not exist",)
    with pytest.raises(BadSource, match=r"needs one source at least, not 1, none of which .* does not exist"):
        tovec.open_timeline([tmp_path / "2024.vec"])
    with pytest.raises(BadSource, match="a timeline needs one source at least, not 0"):
        tovec.open_timeline([])


def test_layers_without_names_take_those_of_a_list_of_tokens(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(TOKENS))
    layers = [tmp_path / f"layer{number}.npy" for number in range(3)]
    for seed, path in enumerate(layers):
        np.save(path, rows(seed))
    with pytest.raises(BadSource, match=r"layer0\.npy has no tokens: .*; give its `tokenizer`"):
        tovec.open_timeline(layers)
    timeline = tovec.open_timeline(layers, tmp_path / "words.txt", limit=3)
    assert [each.name for each in timeline.moments] == ["layer0", "layer1", "layer2"]
    assert list(timeline.tokens) == TOKENS[:3]
    np.testing.assert_array_equal(timeline[2][:], rows(2)[:3])


def test_sources_of_other_dims_and_without_common_tokens_are_refused(tmp_path):
    a = tovec.Embedding(TOKENS, rows(0)).save(tmp_path / "a.vec")
    b = tovec.Embedding(TOKENS, rows(0)[:, :2]).save(tmp_path / "b.vec")
    c = tovec.Embedding(["x"], rows(0)[:1]).save(tmp_path / "c.vec")
    with pytest.raises(BadSource, match="a has 3 dimensions and b has 2"):
        tovec.open_timeline([a, b])
    assert tovec.open_timeline([a, b, a]).findings == (f"left out: {b} has 2 dimensions, and most have 3",)
    with pytest.raises(TovecError, match="tokens in common"):
        tovec.open_timeline([a, c])
    with pytest.raises(BadSource, match="a source is a path"):
        tovec.open_timeline([3])
