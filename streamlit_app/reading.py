"""The card beside the paper: what is read, whether to believe it, and what else it may be."""

import hashlib
from html import escape

import streamlit as st

from streamlit_app.api_client import Alternative, ApiError, ConstraintRefused, Question, Reading
from streamlit_app.asking import read
from streamlit_app.drawing import around, boxes_over, colour_of

_LEAST_SHOWN = 0.001
_HARDLY = 0.1  # with less legal mass the API accepts nothing, however sure it is under the rule
_VERDICTS = {"accept": "Safe to use", "review": "Check it"}
_REASONS = {
    "blank": ("No digits found", "Write larger, or with more contrast to the paper."),
    "too_small": ("Written too small to be read for sure", "Write larger, or come closer with the camera."),
    "not_digits": ("This does not look like a number", "Write the digits side by side, with nothing else beside them."),
    "no_legal_reading": ("Nothing in the picture fits what you said of the number", "Look at both again."),
}


def show(picture: bytes | None, question: Question, hint: str, zoom: bool = False) -> None:
    """The reading of a picture, or what to do. zoom: show the digits' part of the picture only."""
    if picture is None:
        _message("Nothing to read yet", hint)
        return
    try:
        reading = read(picture, question)
    except ConstraintRefused as error:  # the field tells what is wrong with it
        _message(str(error), error.advice, kind="rejected")
        return
    except ApiError as error:
        _message(str(error), error.advice, kind="trouble")
        st.button("Try again", icon=":material/refresh:", key=f"retry_{zoom}")
        return
    if reading.verdict == "reject" or not reading.digits:
        _message(*rejection(reading), kind="rejected")
        return
    _show_number(picture, question, reading, zoom)


def _show_number(picture: bytes, question: Question, reading: Reading, zoom: bool) -> None:
    card = st.container(key=f"number_{zoom}")
    chosen = _ask_for_other(others(reading), key=f"other_{zoom}_{_name(picture, question)}")
    number = chosen or Alternative(prediction=reading.prediction, confidence=reading.confidence)
    with card:
        st.html(_number_markup(number.prediction) + (_CHOSEN if chosen else _verdict_markup(reading)))
        if not chosen:  # where the digits of another number stand is not known
            st.html(_digits_markup(reading))
    image = boxes_over(picture, () if chosen else reading.digits)
    st.image(around(image, reading.digits) if zoom else image)
    condition = " if the rule holds" if question.constraint else ""
    sure = f"{_percent(number.confidence)} sure of the whole number{condition}"
    st.caption(f"{sure} · model {reading.model.name} {reading.model.version}")


def others(reading: Reading) -> list[Alternative]:
    """Those worth showing beside the prediction."""
    return [
        other
        for other in reading.alternatives
        if other.prediction not in ("", reading.prediction) and other.confidence >= _LEAST_SHOWN
    ]


def rejection(reading: Reading) -> tuple[str, str]:
    """What is wrong, and what to do or what may be there all the same."""
    title, advice = _REASONS[reading.reason or "blank"]
    if reading.reason == "no_legal_reading":
        return title, without_rule(reading) or advice
    if reading.prediction:
        advice += f" If it is one, it reads {reading.prediction}."
    return title, advice


def without_rule(reading: Reading) -> str:
    """How the rule bent the reading; "" where it did not."""
    said = ""
    if reading.verdict != "reject" and reading.legal_mass is not None and reading.legal_mass < _HARDLY:
        said = "The picture hardly fits the rule. "
    free = reading.unconstrained
    if free is not None and free.prediction != reading.prediction:
        said += f"Without the rule it reads {free.prediction or 'no digits at all'}."
    return said.strip()


def _ask_for_other(offered: list[Alternative], key: str) -> Alternative | None:
    """The one that was clicked, until the picture or the rule changes: the key changes with them."""
    if not offered:
        return None
    words = {other.prediction: f"{other.prediction} · {_small_percent(other.confidence)}" for other in offered}
    with st.container(key=f"others_{key}", horizontal_alignment="center"):
        clicked = st.pills("Or is it", list(words), format_func=words.__getitem__, key=key, wrap=True)
    return next((other for other in offered if other.prediction == clicked), None)


def _name(picture: bytes, question: Question) -> str:
    return hashlib.sha256(picture + question.model_dump_json().encode()).hexdigest()[:16]


def _message(title: str, text: str, kind: str = "hint") -> None:
    st.html(f'<div class="message {kind}" role="status"><strong>{escape(title)}</strong><p>{escape(text)}</p></div>')


_CHOSEN = '<p class="verdict chosen" role="status"><strong>Chosen by you</strong></p>'


def _number_markup(number: str) -> str:
    long = " long" if len(number) > 9 else ""
    return f'<output class="number{long}">{escape(number)}</output>'


def _verdict_markup(reading: Reading) -> str:
    words = f"<strong>{_VERDICTS[reading.verdict]}</strong>"
    if reading.verdict == "review" and "?" in reading.mask:
        words += f" <span>doubtful: <b>{escape(reading.mask)}</b></span>"
    free = without_rule(reading)
    note = f'<p class="free">{escape(free)}</p>' if free else ""
    return f'<p class="verdict {reading.verdict}" role="status">{words}</p>{note}'


def _digits_markup(reading: Reading) -> str:
    chips = "".join(
        f'<li style="--colour: {colour_of(digit.confidence)}"><b>{escape(digit.digit)}</b>'
        f"<span>{_percent(digit.confidence)}</span></li>"
        for digit in reading.digits
    )
    return f'<ol class="digits">{chips}</ol>'


def _percent(confidence: float) -> str:
    return f"{confidence:.0%}"


def _small_percent(confidence: float) -> str:
    return f"{confidence:.1%}" if confidence < 0.0995 else _percent(confidence)
