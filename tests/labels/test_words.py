"""Fixed words, and names as they are printed."""

import string

import pytest

from labels import words
from labels.lettering import undrawable
from labels.tall_man import as_printed
from models.vocabulary import HoldKind, ProductFlagKind, Storage


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_language_has_the_words_of_english_and_they_can_be_drawn(language):
    english, these = words.WORDS["en"], words.WORDS[language]
    assert these.keys() == english.keys()
    for key, word in these.items():
        assert word.strip() == word
        assert undrawable(word) == "", key
        assert _places(word) == _places(english[key])


def _places(text):
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def test_every_code_that_a_label_may_say_has_a_word_in_each_language():
    codes = {each.value for each in (*HoldKind, *Storage)}
    codes |= {flag.value for flag in ProductFlagKind if not flag.is_about_mixing}
    assert words.known_codes() == codes
    for code in codes:
        for language in words.LANGUAGES:
            assert undrawable(words.coded(code, language)) == ""


def test_the_other_languages_are_marked_as_not_verified():
    assert not words.IS_VERIFIED


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Hyaluronidase 1500 IU", "hyaluronIDASE 1500\u00a0IU"),
        ("hydroxyzine", "hydrOXYzine"),
        ("Hyaluronic acid", "Hyaluronic acid"),
        ("Vialux® Plus™", "Vialux Plus"),
        ("hydralazines", "hydralazines"),
        ("Lidocaine 20 mg/mL", "Lidocaine 20\u00a0mg/mL"),
        ("Glycerol 85 %", "Glycerol 85\u00a0%"),
    ],
)
def test_names_are_printed_with_tall_letters_where_the_list_has_them(name, printed):
    assert as_printed(name) == printed
