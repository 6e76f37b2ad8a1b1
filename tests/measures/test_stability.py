"""How stable neighbors are over runs, and how far tokens move by chance."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs
from tokenizers import Tokenizer, models, pre_tokenizers

import tovec
from tovec.cli import cli
from tovec.errors import BadSetting, TovecError, UnknownToken
from tovec.interrupts import Interrupted
from tovec.measures import stability as module
from tovec.measures.noise_floor import movement, noise_floor
from tovec.measures.stability import settings_of, stability
from tovec.progress import StageReporter

# Two circles of words that are never together; `once` is in one document alone.
PETS = ["the cat and the dog sat in the sun", "my dog ran to my cat and sat"]
TAXES = ["pay the tax to the state now", "your state wants your tax and pay"]
TEXT = [line for pair in zip(PETS * 60, TAXES * 60, strict=True) for line in pair] + ["once a cat"]
SMALL = {"dim": 6, "min_count": 1, "epochs": 2, "threads": 1}


def rotated(rows, seed):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((rows.shape[1], rows.shape[1])))
    return (rows @ rotation).astype(np.float32)


def test_a_rotated_table_does_not_move_and_noise_moves_as_much_as_it_is():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((400, 8)).astype(np.float32)
    assert movement(rows, rotated(rows, 1), StageReporter(None)) == pytest.approx(np.zeros(400), abs=1e-5)
    other = rotated(rows, 2)
    other[7] = -other[7]
    moved = movement(rows, other, StageReporter(None))
    assert moved[7] == pytest.approx(2.0, abs=0.01) and np.delete(moved, 7).max() < 0.01
    strangers = rng.standard_normal((400, 8)).astype(np.float32)
    assert np.mean(movement(rows, strangers, StageReporter(None))) == pytest.approx(1.0, abs=0.1)


def test_movement_is_that_of_scipys_procrustes_on_rows_it_was_not_fitted_on():
    linalg = needs("scipy.linalg")
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((200, 5)).astype(np.float32)
    other = rotated(rows + 0.3 * rng.standard_normal(rows.shape), 4)
    unit, there = (table / np.linalg.norm(table, axis=1, keepdims=True) for table in (rows, other))
    rotation, _ = linalg.orthogonal_procrustes(unit[::2], there[::2])
    expected = 1 - (unit[1::2] @ rotation * there[1::2]).sum(axis=1)
    assert movement(rows, other, StageReporter(None))[1::2] == pytest.approx(expected, abs=1e-5)


def test_noise_floor_is_the_mean_over_runs_and_unknown_without_rows_or_direction():
    rng = np.random.default_rng(5)
    runs = [rng.standard_normal((100, 4)).astype(np.float32) for _ in range(3)]
    runs[0][9] = 0
    each = [movement(run, runs[0], StageReporter(None)) for run in runs[1:]]
    floor = noise_floor(runs)
    assert np.nan_to_num(floor) == pytest.approx(np.nan_to_num(np.mean(each, axis=0)))
    assert np.isnan(floor[9]) and np.isfinite(floor).sum() == 99
    assert np.isnan(noise_floor([run[:20] for run in runs])).all()


def test_neighbors_are_counted_over_runs_that_can_be_made_again():
    source = tovec.train(TEXT, seed=7, **SMALL)
    found = stability(TEXT, ["cat", "tax"], source=source, runs=3, k=2, threads=1)
    runs = [tovec.train(TEXT, seed=7 + run, **SMALL) for run in range(3)]
    assert (found.n_runs, found.interrupted, len(found)) == (3, False, 2)
    for token in found:
        tops = [{hit.token for hit in run.neighbors(token.token, 2)} for run in runs]
        original = [hit.token for hit in source.neighbors(token.token, len(source))]
        for each in token.results:
            cosines = [run.similarity(token.token, each.token) for run in runs]
            assert each.n_top == sum(each.token in top for top in tops)
            assert each.similarity == pytest.approx(np.mean(cosines), abs=1e-6)
            assert each.deviation == pytest.approx(np.std(cosines, ddof=1), abs=1e-6)
            assert original[each.original_rank - 1] == each.token
        assert {each.token for each in token.results} == set().union(*tops, original[:2])
        order = [(-each.n_top, -each.similarity) for each in token.results]
        assert order == sorted(order)
        shared = [len(tops[i] & tops[j]) / 2 for i in range(3) for j in range(i)]
        assert token.shared == pytest.approx(np.mean(shared))
    assert next(iter(found)).results[0].n_top == 3  # the seed of `source` is the first, so it finds its own


def test_resampled_documents_lack_what_is_in_one_alone():
    found = stability(TEXT, "once", runs=8, k=3, bootstrap=True, **SMALL)
    (token,) = found
    assert found.n_runs == 8
    assert all(each.n_runs < 8 for each in token.results)  # its document is drawn in 63 % of the runs
    lists = [line.split() for line in TEXT]
    assert stability(lists, "cat", runs=2, k=3, bootstrap=True, **SMALL).n_runs == 2


def test_settings_are_those_of_the_source_with_its_own_tokenizer():
    source = tovec.train(TEXT, objective="cbow", window=3, tokenizer="bpe:300", **SMALL)
    settings = settings_of(source)
    assert (settings["objective"], settings["window"], settings["dim"]) == ("cbow", 3, 6)
    assert settings["tokenizer"] is source.tokenizer
    token = source.vocabulary.tokens[int(source.vocabulary.counts.argmax())]
    assert stability(TEXT, token, source=source, runs=1, epochs=1).tokens == source.vocabulary.tokens
    assert settings_of(tovec.Embedding(["a"], [[1.0]])) == {}


def test_what_cannot_be_run_is_one_line_before_any_run(monkeypatch):
    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("trained"))
    source = tovec.Embedding.random(["cat", "dog"], 3)
    with pytest.raises(UnknownToken):
        stability(TEXT, "cow", source=source)
    with pytest.raises(BadSetting, match="runs"):
        stability(TEXT, "cat", runs=0)
    with pytest.raises(BadSetting, match="tokens"):
        stability(TEXT, [])
    for once in (iter(TEXT), "-"):
        with pytest.raises(TovecError, match="this can be read once"):
            stability(once, "cat")


def test_another_text_than_that_of_the_source_is_noticed():
    source = tovec.train([*TEXT, "a cow sat"], **SMALL)
    with pytest.raises(TovecError, match="no run has 'cow'"):
        stability(TEXT, "cow", source=source, runs=2)


def test_token_of_a_tokenizer_that_the_text_lacks_is_no_neighbor_and_has_none(tmp_path):
    """A tokenizer brings its vocabulary: rows of what no text has are as they began, near to all or none."""
    words = {
        token: row for row, token in enumerate(["[UNK]", "moon", "cat", "dog", "sat", "the", "on", "sun"])
    }
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    settings = {**SMALL, "tokenizer": tmp_path / "tokenizer.json"}
    (found,) = stability(["the cat sat on the dog"] * 20, "cat", runs=2, k=7, **settings)
    assert {each.token for each in found.results} == {"dog", "sat", "the", "on"}
    with pytest.raises(TovecError, match="no run has 'moon': it is too rare in the text"):
        stability(["the cat sat on the dog"] * 20, "moon", runs=1, **settings)


def test_settings_that_the_objective_does_not_take_are_not_those_of_the_source():
    """Folders of earlier versions record such a setting, which is refused now."""
    source = tovec.Embedding(["a", "b"], np.eye(2))
    recorded = {"objective": "glove", "negative": 9, "window": 3, "x_max": 10.0, "size": None}
    source.provenance["settings"] = recorded
    assert settings_of(source) == {"objective": "glove", "window": 3, "x_max": 10.0}


def test_interruption_keeps_the_runs_that_have_ended(monkeypatch):
    train, ended = module.train, []

    def interrupted_third(*arguments, **settings):
        if len(ended) == 2:
            raise KeyboardInterrupt
        ended.append(train(*arguments, **settings))
        return ended[-1]

    monkeypatch.setattr(module, "train", interrupted_third)
    found = stability(TEXT, "cat", runs=5, k=2, **SMALL)
    assert (found.n_runs, found.interrupted) == (2, True)
    monkeypatch.setattr(module, "train", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        stability(TEXT, "cat", runs=5, k=2, **SMALL)


@pytest.fixture
def saved(tmp_path):
    (tmp_path / "text.txt").write_text("\n".join(TEXT), encoding="utf-8")
    tovec.train(TEXT, **SMALL).save(tmp_path / "vectors")
    return tmp_path


def test_command_says_in_how_many_runs(saved):
    arguments = [
        "neighbors",
        "vectors",
        "cat",
        "-k",
        "2",
        "--seeds",
        "2",
        "--text",
        "text.txt",
        "--epochs",
        "1",
    ]
    arguments = [str(saved / each) if each in ("vectors", "text.txt") else each for each in arguments]
    printed = CliRunner().invoke(cli, arguments)
    assert printed.exit_code == 0, printed.output
    assert "cat in 2 runs" in printed.output and "in the top 2 of" in printed.output
    assert " of 2 " in printed.output and " ± " in printed.output
    found = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).output)
    assert found["runs"] == 2 and found["results"][0].keys() >= {"query", "n_top", "original_rank"}
    beyond = CliRunner().invoke(cli, [*arguments, "--fail-over", "shared=-1", "--fail-under", "movement=-1"])
    assert beyond.exit_code == 3 and "failed: shared is" in beyond.stderr
    assert "failed: movement is nan, under -1" in beyond.stderr  # of so few rows nobody can say
    for wrong in (["--script", "latin"], ["--approximate"]):
        assert "--seeds" in CliRunner().invoke(cli, [*arguments, *wrong]).output
    alone = CliRunner().invoke(cli, arguments[:7])
    assert alone.exit_code == 2 and "--seeds N goes with --text FILE" in alone.output


def test_ctrl_c_prints_what_the_runs_so_far_say(saved, monkeypatch, capsys):
    """A signal in the middle of a run is tested where training is: tests/cli/test_interrupts.py."""
    train, seeds = module.train, []

    def train_twice(*args, seed, **settings):
        seeds.append(seed)
        if len(seeds) > 2:
            raise KeyboardInterrupt
        return train(*args, seed=seed, **settings)

    monkeypatch.setattr(module, "train", train_twice)
    (saved / "text.txt").write_text("\n".join(TEXT), encoding="utf-8")
    given = ["vectors", "cat", "--seeds", "1000", "--text", "text.txt", "--epochs", "1"]
    monkeypatch.chdir(saved)
    with pytest.raises(Interrupted):  # which the process turns into exit status 130
        cli.main(["neighbors", *given], standalone_mode=False)
    assert "cat in 2 runs" in capsys.readouterr().out
