"""What is typed into a search field, as words."""

from hypothesis import given
from hypothesis import strategies as st

from qis_core.domain.search_words import LONGEST_WORD, MOST_WORDS, search_words


def test_everything_that_is_no_letter_or_digit_keeps_words_apart():
    assert search_words('Red-shoe_01.JPG "large" (blue)') == ["red", "shoe", "01", "jpg", "large", "blue"]
    assert search_words("Straße 富士山 Straße") == ["straße", "富士山"]


@given(st.text())
def test_any_text_gives_few_plain_words(text):
    words = search_words(text)
    assert len(words) <= MOST_WORDS
    assert all(len(word) <= LONGEST_WORD and word.replace("\u0345", "").isalnum() for word in words)
