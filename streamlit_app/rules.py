"""What a visitor says beforehand: what is known of the number, and how often it may be wrong."""

import io
import re
from html import escape

import streamlit as st
from PIL import Image

from streamlit_app.api_client import ApiError, Constraint, ConstraintRefused, Question
from streamlit_app.asking import read

ANY, OWN = "Any number", "Own pattern …"
_DAY, _MONTH, _YEAR = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"(19|20)\d{2}"
PRESETS: dict[str, Constraint] = {
    "Phone number (0 and 10 digits)": Constraint(pattern=r"0\d{10}"),
    "Date (DDMMYYYY)": Constraint(pattern=_DAY + _MONTH + _YEAR),
    "Year (1900 to 2099)": Constraint(pattern=_YEAR),
    "Card number (16 digits)": Constraint(length=16, checksum="luhn"),
    "Five digits": Constraint(length=5),
}
AS_SET = "As set by the service"
MAX_ERRORS = {"1 in 1,000": 0.001, "1 in 200": 0.005, "1 in 100": 0.01, "1 in 20": 0.05}


def ask_question() -> Question:
    """Show the fields."""
    return Question(constraint=_ask_rule(), max_error=_ask_max_error())


def _ask_max_error() -> float | None:
    with st.container(key="errors", width=200):
        chosen = st.selectbox(
            "Wrong that I can live with",
            [AS_SET, *MAX_ERRORS],
            filter_mode=None,
            help="Of the numbers called safe to use, how many may be wrong. With fewer, more are to be checked.",
            key="max_error",
        )
    return MAX_ERRORS.get(chosen or AS_SET)


def _ask_rule() -> Constraint | None:
    """None for any number."""
    with st.container(key="rule", width=280):
        kind = st.selectbox("Kind of number", [ANY, *PRESETS, OWN], filter_mode=None, key="kind")
        if kind != OWN:
            return PRESETS.get(kind or ANY)
        pattern = st.text_input(
            "Pattern",
            placeholder=r"(19|20)\d{2}",
            help=r"A regular expression over digits: `\d` is any digit, `[1-5]` one of some, `(19|20)` a choice, "
            r"`?` `*` `+` `{2}` say how often.",
            live="500ms",
            key="pattern",
        )
        rule = Constraint(pattern=pattern.strip()) if pattern and pattern.strip() else None
        mistake = rule and find_mistake(rule)
        if mistake:
            st.html(f'<p class="mistake" role="alert">{escape(mistake)}</p>')
    return rule


def find_mistake(rule: Constraint) -> str | None:
    """What the API says against a rule, asked with a blank picture: visitors learn of it before they draw."""
    try:
        read(_blank_picture(), Question(constraint=rule))
    except ConstraintRefused as refused:
        return in_plain_words(refused.detail)
    except ApiError:  # the next reading tells of it
        pass
    return None


def in_plain_words(detail: str) -> str:
    """Without the names of fields: the field is where the visitor looks. Other wordings stay as they are."""
    found = re.fullmatch(r"constraint \(\w+(?:, (at position \d+))?\): (.+)", detail, re.DOTALL)
    if found is None:
        return detail
    place, message = found.groups()
    said = f"{place}: {message}" if place else message
    return said[:1].upper() + said[1:] + "."


def _blank_picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (32, 32), 255).save(buffer, "PNG")
    return buffer.getvalue()
