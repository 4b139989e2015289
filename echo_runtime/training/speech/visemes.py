"""Phonemes of the synthesisers → viseme classes.

Fifteen classes follow the Oculus lip-sync set; two more, `ae` and `ax`, keep the wide front vowel and schwa apart,
because their mouth shapes differ visibly (`OCULUS_NAME` folds them back for receivers that know only fifteen).
"""

from __future__ import annotations

from echo_runtime.generator.speech_encoder import VISEMES

VISEME_INDEX = {name: i for i, name in enumerate(VISEMES)}
OCULUS_NAME = {name: name for name in VISEMES} | {"ae": "aa", "ax": "E"}
VOWELS = ("aa", "ae", "E", "ih", "ax", "oh", "ou")

# IPA symbols that espeak-ng's phoneme events hold; length marks and other modifiers are left out on purpose.
IPA_VISEME = {
    "p": "PP", "b": "PP", "m": "PP", "f": "FF", "v": "FF", "θ": "TH", "ð": "TH", "t": "DD", "d": "DD", "ɾ": "DD",
    "l": "nn", "ɫ": "nn", "n": "nn", "ŋ": "kk", "k": "kk", "ɡ": "kk", "g": "kk", "x": "kk", "h": "ax", "ʃ": "CH",
    "ʒ": "CH", "s": "SS", "z": "SS", "ɹ": "RR", "r": "RR", "j": "ih", "w": "ou", "ʍ": "ou", "a": "aa", "ɑ": "aa",
    "ɒ": "oh", "ɐ": "ax", "æ": "ae", "ʌ": "aa", "ɔ": "oh", "o": "oh", "ʊ": "ou", "u": "ou", "ɛ": "E", "e": "E",
    "ɜ": "RR", "ɝ": "RR", "ɚ": "RR", "ə": "ax", "ɪ": "ih", "i": "ih", "ᵻ": "ih",
}  # fmt: skip
_AFFRICATES = ("tʃ", "dʒ")

# The phone set of the English voices of flite and festival (CMU radio phones).
ARPABET_VISEME: dict[str, tuple[str, ...]] = {
    "p": ("PP",), "b": ("PP",), "m": ("PP",), "em": ("ax", "PP"), "f": ("FF",), "v": ("FF",), "th": ("TH",),
    "dh": ("TH",), "t": ("DD",), "d": ("DD",), "dx": ("DD",), "l": ("nn",), "el": ("ax", "nn"), "n": ("nn",),
    "en": ("ax", "nn"), "nx": ("nn",), "ng": ("kk",), "k": ("kk",), "g": ("kk",), "hh": ("ax",), "hv": ("ax",),
    "sh": ("CH",), "zh": ("CH",), "ch": ("CH",), "jh": ("CH",), "s": ("SS",), "z": ("SS",), "r": ("RR",),
    "er": ("RR",), "axr": ("RR",), "y": ("ih",), "w": ("ou",), "wh": ("ou",), "aa": ("aa",), "ae": ("ae",),
    "ah": ("aa",), "ao": ("oh",), "ow": ("oh", "ou"), "aw": ("aa", "ou"), "ay": ("aa", "ih"), "oy": ("oh", "ih"),
    "uh": ("ou",), "uw": ("ou",), "eh": ("E",), "ey": ("E", "ih"), "ax": ("ax",), "ix": ("ih",), "ih": ("ih",),
    "iy": ("ih",), "pau": ("sil",), "sil": ("sil",), "h#": ("sil",), "brth": ("sil",),
}  # fmt: skip

# Phones of festival's Italian, Czech, Finnish and Catalan voices: SAMPA, spelled a little differently in each.
_SAMPA_VISEME = {
    "a": "aa", "e": "E", "E": "E", "i": "ih", "y": "ou", "o": "oh", "O": "oh", "u": "ou", "ä": "ae", "ö": "oh",
    "@": "ax", "ax": "ax", "p": "PP", "b": "PP", "B": "PP", "m": "PP", "f": "FF", "v": "FF", "nf": "FF", "F": "FF",
    "w": "ou", "t": "DD", "d": "DD", "D": "DD", "T": "TH", "n": "nn", "l": "nn", "r": "DD", "rr": "DD", "4": "DD",
    "k": "kk", "g": "kk", "G": "kk", "x": "kk", "ch": "kk", "h": "ax", "ng": "kk", "n*": "kk", "N": "kk",
    "s": "SS", "z": "SS", "c": "SS", "ts": "SS", "dz": "SS", "S": "CH", "Z": "CH", "tS": "CH", "dZ": "CH",
    "c~": "CH", "s~": "CH", "z~": "CH", "dz~": "CH", "r~": "CH", "r~*": "CH", "j": "ih", "J": "ih", "L": "ih",
    "n~": "nn", "t~": "DD", "d~": "DD", "jj": "ih", "uw": "ou", "ll": "ih", "ny": "nn",
    "#": "sil", "_": "sil", "pau": "sil", "__": "sil", "0": "sil",
}  # fmt: skip


def visemes_of_sampa(phone: str) -> tuple[str, ...]:
    """The viseme of a phone of festival's voices other than English; stress and length marks do not matter."""
    for form in (phone, phone.rstrip("0123456789:"), phone[:1]):
        if form in _SAMPA_VISEME:
            return (_SAMPA_VISEME[form],)
    return ("ax",)


def visemes_of_ipa(phoneme: str) -> tuple[str, ...]:
    """The visemes that one espeak-ng phoneme passes through ("aɪ" → aa, ih); an empty or unknown one is silence."""
    if phoneme in _AFFRICATES:
        return ("CH",)
    return tuple(IPA_VISEME[symbol] for symbol in phoneme if symbol in IPA_VISEME) or ("sil",)
