"""Programs that train in a process of their own, from the text file to saved vectors.

Each takes three arguments: a text file, where to save, and its settings as a JSON object. It prints how many
words it trained on, as its own vocabulary counts them.
"""

import itertools
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from common import run_program

from tovec.text.corpus import VocabularyRules, build_corpus
from tovec.text.documents import Documents
from tovec.text.tokenizers import tokenizer_from_name

GENSIM = """
import json, sys
from gensim.models import Word2Vec
path, out, settings = sys.argv[1:]
model = Word2Vec(corpus_file=path, sg=1, **json.loads(settings))
model.save(out)
print(model.wv.expandos["count"].sum())
"""

FASTTEXT = """
import json, sys
import fasttext
path, out, settings = sys.argv[1:]
model = fasttext.train_unsupervised(path, model="skipgram", minn=0, maxn=0, verbose=0, **json.loads(settings))
model.save_model(out)
counts = dict(zip(*model.get_words(include_freq=True)))
counts.pop("</s>", None)  # the ends of lines
print(sum(map(int, counts.values())))
"""

TOVEC = """
import json, sys
import tovec
from pathlib import Path
path, out, settings = sys.argv[1:]
embedding = tovec.train(Path(path), **json.loads(settings))
embedding.save(out)
print(embedding.provenance["tokens_in_vocabulary"])
"""


def train_and_save(program: str, path: Path, settings: Mapping[str, Any], out: Path | None = None) -> Any:
    """Run one of the programs above; it saves as `out`, or into a folder that is then removed."""
    with tempfile.TemporaryDirectory() as folder:
        return run_program(program, path, out or Path(folder) / "out", json.dumps(settings))


def compile_loops(path: Path, dim: int = 100) -> None:
    """Train on the first lines of a text both ways, so that no run that is measured has to compile."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.txt"
        with path.open("rb") as lines:
            small.write_bytes(b"".join(itertools.islice(lines, 2000)))
        for deterministic in (False, True):
            train_and_save(TOVEC, small, {"dim": dim, "epochs": 1, "deterministic": deterministic})


def write_tokens(path: Path, tokens_path: Path, min_count: int = 1) -> list[str]:
    """Write the words of a corpus that occur at least `min_count` times; return them, most frequent first."""
    words, rules = tokenizer_from_name("words"), VocabularyRules(min_count)
    with tempfile.TemporaryDirectory() as folder, tokens_path.open("w", encoding="utf-8") as lines:
        corpus = build_corpus(Documents((path,)), words, Path(folder), rules)
        tokens = np.array(corpus.vocabulary.tokens, dtype=object)
        for start, stop in itertools.pairwise(corpus.offsets.tolist()):
            lines.write(" ".join(tokens[corpus.ids[start:stop]]) + "\n")
    return list(corpus.vocabulary.tokens)
