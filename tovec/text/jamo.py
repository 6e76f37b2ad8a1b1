"""Hangul syllables spelled out in letters: an initial, a vowel, and a final or a symbol for none.

Unicode has these letters twice: as parts that join to a syllable (U+1100 …), and as letters that stand alone
(U+3131 …), which every Korean font has.

Source of the symbols: Park et al. 2018, https://github.com/SungjoonPark/KoreanWordVectors.
"""

import unicodedata

NO_FINAL = "e"  # the symbol of Park et al. for a syllable without a final consonant
# The three parts of a syllable as letters of their own (U+3131 …): ㄱ is one symbol wherever it stands.
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = NO_FINAL + "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, N_SYLLABLES = 0xAC00, len(INITIALS) * len(VOWELS) * len(FINALS)
PARTS = 3


_ALONE = {
    first + place: letter
    for first, letters in ((0x1100, INITIALS), (0x1161, VOWELS), (0x11A7, FINALS))
    for place, letter in enumerate(letters)
    if letter != NO_FINAL
}


def standing_alone(text: str) -> str:
    """Return `text` in NFC, with parts of syllables that join with nothing as letters that stand alone.

    Morphemes of Korean can be such parts.

    >>> standing_alone("\u11ab다")
    'ㄴ다'
    """
    composed = unicodedata.normalize("NFC", text)
    return composed if composed.isascii() else composed.translate(_ALONE)


def spelled_out(character: str) -> str:
    """Return the three symbols of a Hangul syllable; any other character as it is."""
    place = ord(character) - FIRST_SYLLABLE
    if not 0 <= place < N_SYLLABLES:
        return character
    rest, final = divmod(place, len(FINALS))
    initial, vowel = divmod(rest, len(VOWELS))
    return INITIALS[initial] + VOWELS[vowel] + FINALS[final]
