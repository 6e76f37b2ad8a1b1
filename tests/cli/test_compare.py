"""tovec compare: the JSON that a program reads, the lines for people, and everything that can be compared."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from needs import needs
from safetensors.numpy import save_file

import tovec
from tovec.cli import cli

N, DIM = 10_000, 32
MOVED = np.arange(20) * 499 + 7
RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((N, DIM)).astype(np.float32)
NAMES = [f"word{row}" for row in range(N)]
CONFIG = {"model_type": "llama", "hidden_size": DIM, "vocab_size": N, "tie_word_embeddings": False}


def moved(share=0.2):
    away = np.random.default_rng(1).standard_normal((20, DIM)).astype(np.float32)
    table = TABLE.copy()
    table[MOVED] += share * away
    return table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    for name, table in {"base": TABLE, "tuned": 0.98 * moved()}.items():
        tovec.Embedding(NAMES, table.astype(np.float32)).save(folder / name)
    return folder


def run(*arguments, status=0):
    result = CliRunner().invoke(cli, ["compare", "--sample", "50", *map(str, arguments)])
    assert result.exit_code == status, result.output
    return result


def as_json(*arguments, status=0):
    return json.loads(run(*arguments, "--json", status=status).stdout)


def model(folder, tensors, config=CONFIG):
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_20_rows_moved_among_10000_are_found_exactly(folder):
    found = as_json(folder / "base", folder / "tuned")
    assert sorted(entry["id_b"] for entry in found["results"]) == MOVED.tolist()
    movements = [entry["movement"] for entry in found["results"]]
    assert movements == sorted(movements, reverse=True)
    assert found["scale"]["value"] == pytest.approx(0.98, rel=1e-6)
    assert found["scale"]["rows"] >= N - 20
    assert (found["coordinates"]["kind"], found["figures"]["moved"]) == ("shared", 20)
    first = found["results"][0]
    assert first["token"] == f"word{first['id_a']}"
    assert first["kept"] + len(first["joined"]) == found["neighbors"] == 10
    assert len(as_json(folder / "base", folder / "tuned", "-k", 3)["results"]) == 3


def test_lines_say_what_was_decided(folder):
    lines = run(folder / "base", folder / "tuned", "-k", 2).stdout.splitlines()
    assert lines[0].startswith("A: ") and lines[0].endswith("base, 10,000 tokens × 32, float32")
    assert lines[2] == "tokens: 10,000 in both, by name; both have the same tokens in the same order"
    assert lines[3] == "coordinates: shared; tokens have a cosine of 1.00 with themselves as they are"
    assert lines[4].startswith("scale: 0.98, which 9,")
    assert lines[5].startswith("noise: half a step of float32")
    assert lines[6].startswith("moved beyond noise: 20 of 10,000 (0.2%); movement ")
    assert "nearest stayed, over 50 of 10,000 tokens, drawn by seed 0" in lines[7]
    assert lines[-1] == "… and 18 more; -k 20 prints all"
    marked = run(folder / "base", folder / "tuned", "--markdown").stdout
    assert "| token | movement | cosine | kept | left | joined |" in marked


def test_a_bound_ends_with_status_3(folder):
    both = (folder / "base", folder / "tuned")
    assert "failed: moved is 20, over 19" in run(*both, "--fail-over", "moved=19", status=3).stderr
    run(*both, "--fail-over", "moved=20", "--fail-under", "overlap=0.5")
    unknown = run(*both, "--fail-over", "movd_by=1", status=1)
    assert "there is moved" in unknown.stderr
    assert not unknown.stdout  # before anything was compared


def test_one_common_token_has_no_neighbors_to_lose(tmp_path):
    for name, row in (("one", [1, 0]), ("other", [1, 1])):
        tovec.Embedding(["king"], [row]).save(tmp_path / name)
    lines = run(tmp_path / "one", tmp_path / "other").stdout
    assert "nan" not in lines
    assert "neighbors:" not in lines
    assert as_json(tmp_path / "one", tmp_path / "other")["figures"]["overlap"] is None


def test_equal_tables_are_said_at_once(folder, monkeypatch):
    monkeypatch.setattr("tovec.comparison.comparison.movement_of", None)  # it would be called
    lines = run(folder / "base", folder / "base", "--fail-over", "moved=0").stdout.splitlines()
    assert lines[-1].startswith("equal: the same tokens, and the same bytes in every row")
    found = as_json(folder / "base", folder / "base")
    assert (found["equal"], found["results"], found["overlap"]) == (True, [], None)


def test_the_figure_is_written(folder, tmp_path):
    path = tmp_path / "moved.svg"
    assert f"drew it in {path}" in run(folder / "base", folder / "tuned", "-o", path).stdout
    drawn = path.read_text(encoding="utf-8")
    assert "20 of 10,000 moved beyond noise" in drawn
    assert "Moved most" in drawn


@pytest.mark.parametrize("suffix", ["half.safetensors", "bf16.safetensors", "words.vec", "rows.npy"])
def test_formats_that_round(folder, tmp_path, suffix):
    path = tmp_path / suffix
    precision = ("--dtype", suffix[:4].replace("half", "f16").strip(".")) if suffix[0] in "hb" else ()
    result = CliRunner().invoke(cli, ["convert", str(folder / "tuned"), str(path), *precision])
    assert result.exit_code == 0, result.output
    found = as_json(folder / "base", path)
    assert sorted(entry["id_a"] for entry in found["results"]) == MOVED.tolist()


def test_a_part_of_a_table(folder, tmp_path):
    part = tovec.Embedding(NAMES[1000:], TABLE[1000:]).save(tmp_path / "part")
    found = as_json(folder / "base", part)
    assert (found["results"], len(found["tokens"]["removed"])) == ([], 1000)
    lines = run(folder / "base", part).stdout
    assert "only in A: 1,000: word0, word1," in lines
    assert "9,000 are exactly where they were" in lines


def test_one_row_agrees_in_the_singular(tmp_path):
    one = tovec.Embedding(["a"], np.ones((1, 2), np.float32)).save(tmp_path / "one")
    two = tovec.Embedding(["a", "b"], np.ones((2, 2), np.float32)).save(tmp_path / "two")
    lines = run(one, two).stdout
    assert "which 1 of 1 row agrees on" in lines
    assert "; 1 is exactly where it was" in lines


def test_input_against_output_of_one_model(tmp_path):
    head = (TABLE + 0.3 * np.random.default_rng(2).standard_normal(TABLE.shape)).astype(np.float32)
    source = model(tmp_path / "model", {"model.embed_tokens.weight": TABLE, "lm_head.weight": head})
    found = as_json(f"{source}#input", f"{source}#output")
    assert found["figures"]["moved"] == N
    assert found["coordinates"]["kind"] == "shared"
    assert not found["equal"]
    untied = {"model.embed_tokens.weight": TABLE, "lm_head.weight": RNG.standard_normal((N, DIM))}
    other = model(tmp_path / "untied", {name: table.astype(np.float32) for name, table in untied.items()})
    found = run(f"{other}#input", f"{other}#output").stdout
    assert "coordinates: unrelated" in found
    assert "Movement means nothing here" in found


QUANTIZED = {"Q8_0": 0.02, "Q4_0": 0.2}


@pytest.mark.parametrize("name", QUANTIZED)
def test_a_quantized_copy_moves_no_more_than_its_steps(folder, tmp_path, name):
    gguf = needs("gguf")
    path = tmp_path / f"{name}.gguf"
    kind = gguf.GGMLQuantizationType[name]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("bert")
    writer.add_token_list([f"▁{name}" for name in NAMES])
    packed = gguf.quants.quantize(TABLE, kind)
    writer.add_tensor("token_embd.weight", packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    found = as_json(folder / "base", path)
    assert found["figures"]["moved"] == 0
    assert 0 < found["figures"]["largest_movement"] < QUANTIZED[name]
    oracle = np.linalg.norm(gguf.quants.dequantize(packed, kind) - TABLE, axis=1)
    length = np.linalg.norm(gguf.quants.dequantize(packed, kind), axis=1).mean()
    assert found["scale"]["value"] == 1.0
    assert found["figures"]["median_movement"] == pytest.approx(np.median(oracle) / length, rel=1e-5)


def test_two_snapshots_of_a_run(tmp_path):
    text = ["the cat sat on the mat", "the dog sat on the rug"] * 200
    (tmp_path / "text.txt").write_text("\n".join(text), encoding="utf-8")
    options = ("--snapshots", "4", "--dim", "8", "--min-count", "1", "--epochs", "3", "--threads", "1")
    CliRunner().invoke(cli, ["train", str(tmp_path / "text.txt"), "--out", str(tmp_path / "run"), *options])
    moments = sorted((tmp_path / "run" / "snapshots").glob("*.safetensors"))
    found = as_json(moments[-2], moments[-1])
    assert found["tokens"]["common"] == 7


def test_trainings_of_different_vocabularies(tmp_path):
    from scipy.stats import ortho_group

    turned = (TABLE @ ortho_group.rvs(DIM, random_state=1)).astype(np.float32)
    other = tovec.Embedding([*NAMES[500:], "new"], np.concatenate([turned[500:], turned[:1]]))
    base = tovec.Embedding(NAMES, TABLE).save(tmp_path / "base")
    found = as_json(base, other.save(tmp_path / "other"))
    assert found["coordinates"]["kind"] == "rotated"
    assert found["coordinates"]["rotated"] > 0.999
    assert (len(found["tokens"]["removed"]), found["tokens"]["added"]) == (500, ["new"])
    lines = run(base, tmp_path / "other").stdout
    assert "held-out; fitted on" in lines
    assert "two trainings differ everywhere by chance; --runs SOURCE" in lines


def test_an_adapter_against_its_base(tmp_path):
    base = model(tmp_path / "base", {"model.embed_tokens.weight": TABLE, "lm_head.weight": TABLE})
    name = "base_model.model.model.embed_tokens.modules_to_save.weight"
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    save_file({name: moved()}, adapter / "adapter_model.safetensors", metadata={"format": "pt"})
    described = {
        "peft_type": "LORA",
        "base_model_name_or_path": str(base),
        "modules_to_save": ["embed_tokens"],
    }
    (adapter / "adapter_config.json").write_text(json.dumps(described))
    found = as_json(base, adapter)
    assert sorted(entry["id_b"] for entry in found["results"]) == MOVED.tolist()


def test_rows_without_names_take_those_of_the_other_table(folder, tmp_path):
    bare = model(tmp_path / "bare", {"model.embed_tokens.weight": moved()})
    found = as_json(folder / "base", bare)
    assert sorted(entry["token"] for entry in found["results"]) == sorted(NAMES[row] for row in MOVED)
    assert as_json(bare, folder / "base")["figures"]["moved"] == 20


def test_mistakes_are_one_line(folder, tmp_path):
    narrow = tovec.Embedding(NAMES[:50], TABLE[:50, :5]).save(tmp_path / "narrow")
    assert "tovec align" in run(folder / "base", narrow, status=1).stderr
    strange = tovec.Embedding(["x"], TABLE[:1]).save(tmp_path / "strange")
    line = run(folder / "base", strange, status=1).stderr
    assert "no token in common" in line and "--tokenizer" in line
    assert "does not exist" in run(folder / "base", tmp_path / "nothing", status=1).stderr


def test_a_name_that_is_no_figure_is_an_error_before_a_source_is_opened(tmp_path):
    path = tmp_path / "moved.txt"
    line = run("no-source", "another", "-o", path, status=1).stderr
    assert line == f"Error: {path}: the suffix of a figure is .png, .svg, .pdf, not '.txt'\n"
