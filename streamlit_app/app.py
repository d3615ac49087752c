"""The page: streamlit run streamlit_app/app.py"""

from pathlib import Path

import streamlit as st

from streamlit_app.canvas import draw_sheet
from streamlit_app.reading import show
from streamlit_app.rules import ask_question


def main() -> None:
    st.set_page_config("Handwritten numbers", page_icon=":material/draw:", layout="wide")
    st.html(Path(__file__).with_name("style.css"))
    with st.container(key="top", horizontal=True):
        st.html("<header><h1>Handwritten numbers</h1><p>Write a number. It is read as you write.</p></header>")
        question = ask_question()
    draw, upload = st.tabs(["Draw", "Upload"])
    with draw:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            drawing = draw_sheet()
        with right.container(key="drawn"):
            show(drawing, question, hint="Draw some digits on the paper, with the mouse or a finger.", zoom=True)
    with upload:
        left, right = st.columns([3, 2], gap="medium")
        file = left.file_uploader("A picture of a handwritten number", ["png", "jpg", "jpeg"], key="file")
        with right.container(key="uploaded"):
            show(file.getvalue() if file else None, question, hint="Choose a picture, PNG or JPEG.")


if __name__ == "__main__":
    main()
