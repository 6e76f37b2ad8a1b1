"""Hangul syllables spelled out in letters: an initial, a vowel, and a final or a symbol for none.

Source of the symbols: Park et al. 2018, https://github.com/SungjoonPark/KoreanWordVectors.
"""

NO_FINAL = "e"  # the symbol of Park et al. for a syllable without a final consonant
# The three parts of a syllable as letters of their own (U+3131 …): ㄱ is one symbol wherever it stands.
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = NO_FINAL + "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
FIRST_SYLLABLE, N_SYLLABLES = 0xAC00, len(INITIALS) * len(VOWELS) * len(FINALS)
PARTS = 3


def spelled_out(character: str) -> str:
    """Return the three symbols of a Hangul syllable; any other character as it is."""
    place = ord(character) - FIRST_SYLLABLE
    if not 0 <= place < N_SYLLABLES:
        return character
    rest, final = divmod(place, len(FINALS))
    initial, vowel = divmod(rest, len(VOWELS))
    return INITIALS[initial] + VOWELS[vowel] + FINALS[final]
