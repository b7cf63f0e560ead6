"""Text as it is compared in a search: without accents, case, signs and double spaces.

Both databases then find the same, because neither has to know an alphabet.
"""

import unicodedata


def folded(text: str) -> str:
    """`Acide hyaluronique réticulé, 2 %` becomes `acide hyaluronique reticule 2`."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = (letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in letters).split())
