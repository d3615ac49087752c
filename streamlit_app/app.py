"""The page: streamlit run streamlit_app/app.py"""

from html import escape
from pathlib import Path

import streamlit as st
from pydantic import ValidationError

from streamlit_app.api_client import ApiAway, ApiClient, ApiError, Reading
from streamlit_app.canvas import draw_sheet
from streamlit_app.drawing import around, boxes_over, colour_of
from streamlit_app.settings import Settings


@st.cache_resource
def api_client() -> ApiClient:
    try:
        settings = Settings()
    except ValidationError as error:
        raise ApiAway("API_URL or API_TIMEOUT is set to something that is none.") from error
    return ApiClient(str(settings.api_url), settings.api_timeout)


@st.cache_data(max_entries=200, ttl=600, show_spinner="Reading …")
def read(picture: bytes) -> Reading:
    """Cached, so that a rerun does not send the same picture again; errors are not."""
    return api_client().read(picture)


def main() -> None:
    st.set_page_config("Handwritten numbers", page_icon=":material/draw:", layout="wide")
    st.html(Path(__file__).with_name("style.css"))
    st.html("<header><h1>Handwritten numbers</h1><p>Write a number. It is read as you write.</p></header>")
    draw, upload = st.tabs(["Draw", "Upload"])
    with draw:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            drawing = draw_sheet()
        with right.container(key="drawn"):
            show(drawing, hint="Draw some digits on the paper, with the mouse or a finger.", zoom=True)
    with upload:
        left, right = st.columns([3, 2], gap="medium")
        file = left.file_uploader("A picture of a handwritten number", ["png", "jpg", "jpeg"], key="file")
        with right.container(key="uploaded"):
            show(file.getvalue() if file else None, hint="Choose a picture, PNG or JPEG.")


def show(picture: bytes | None, hint: str, zoom: bool = False) -> None:
    """The reading of a picture, or what to do. zoom: show the digits' part of the picture only."""
    if picture is None:
        _message("Nothing to read yet", hint)
        return
    try:
        reading = read(picture)
    except ApiError as error:
        _message(str(error), error.advice, kind="trouble")
        st.button("Try again", icon=":material/refresh:", key=f"retry_{zoom}")
        return
    if not reading.digits:
        _message("No digits found", "Write larger, or with more contrast to the paper.")
        return
    st.html(_reading_markup(reading))
    image = boxes_over(picture, reading.digits)
    st.image(around(image, reading.digits) if zoom else image)
    whole, model = _percent(reading.confidence), reading.model
    st.caption(f"{whole} sure of the whole number · model {model.name} {model.version}")


def _message(title: str, text: str, kind: str = "hint") -> None:
    st.html(f'<div class="message {kind}" role="status"><strong>{escape(title)}</strong><p>{escape(text)}</p></div>')


def _reading_markup(reading: Reading) -> str:
    chips = "".join(
        f'<li style="--colour: {colour_of(digit.confidence)}"><b>{escape(digit.digit)}</b>'
        f"<span>{_percent(digit.confidence)}</span></li>"
        for digit in reading.digits
    )
    return f'<output class="number">{escape(reading.prediction)}</output><ol class="digits">{chips}</ol>'


def _percent(confidence: float) -> str:
    return f"{confidence:.0%}"


if __name__ == "__main__":
    main()
