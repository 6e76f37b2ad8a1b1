"""Ranked bytes for tests, as tiktoken has them."""

import base64

from hypothesis import strategies as st

LETTERS = (
    "th the ca at cat in ing aa aaa aaaa ab ba aba bab abab 12 123 's 'S // <s> <s s> HE He he 한 한국 é"
)
WORDS = (
    *(word.encode() for word in LETTERS.split()),
    *(b" a", b" the", b"  ", b"\n\n", b"\r\n", b"\xed\x95", b"\xea\xb5"),
)
SAMPLES = ("the cat's in", " THE'S", "한국어", "123456", " \r\n\n x", "  y", "'ſ", "e\u0301", "<s>", "a//b")
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.text("ab", max_size=12),
        st.sampled_from(SAMPLES),
    ),
    max_size=5,
).map("".join)


def ranks(tokens=WORDS, shift=0):
    """Return the rank of each byte and of `tokens`, from `shift` on."""
    every = dict.fromkeys([*(bytes([byte]) for byte in range(256)), *tokens])
    return {token: rank + shift for rank, token in enumerate(every)}


@st.composite
def any_ranks(draw):
    """Tokens each made of two earlier ones, of few letters: the same text can be made in many ways."""
    tokens = [b"a", b"b", b"c"]
    for _ in range(draw(st.integers(0, 25))):
        tokens.append(draw(st.sampled_from(tokens)) + draw(st.sampled_from(tokens)))
    return ranks([token for token in tokens if len(token) < 12])


def rank_file(table):
    """Return a rank file."""
    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in table.items())
