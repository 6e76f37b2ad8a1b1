"""Korean for Sphinx: a search that finds words with particles, and the words of the theme."""

import re
from collections.abc import Iterator
from gettext import NullTranslations

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util.typing import ExtensionMetadata

HANGUL = re.compile(r"[가-힣]+")

# Of the theme Furo, which Sphinx's own Korean words do not cover.
WORDS = {
    "Skip to content": "본문으로 건너뛰기",
    "On this page": "이 페이지의 내용",
    "Back to top": "맨 위로",
    "Home": "처음",
    "Error": "오류",
    "Next": "다음",
    "Previous": "이전",
    "Search": "검색",
}


class SearchKorean(SearchEnglish):
    """Index a Hangul word by its beginnings too: 벡터를 is found by 벡터. English words are stemmed."""

    lang = "ko"
    language_name = "English"  # of the stemmer in the browser

    def split(self, input: str) -> list[str]:
        return [part for word in super().split(input) for part in (word, *beginnings(word))]


def beginnings(word: str) -> Iterator[str]:
    """Yield the shorter beginnings of the Hangul that a word begins with, of two syllables and more."""
    hangul = HANGUL.match(word)
    if hangul:
        yield from (word[:length] for length in range(2, hangul.end() + 1) if length < len(word))


class _Words(NullTranslations):
    def gettext(self, message: str) -> str:
        return WORDS.get(message.strip(), message)


def _translate(app: Sphinx) -> None:
    if app.config.language == "ko":
        app.translator.add_fallback(_Words())


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_search_language(SearchKorean)
    app.connect("builder-inited", _translate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
