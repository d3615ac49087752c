"""The sheet of paper to draw on."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit_drawable_canvas import st_canvas  # type: ignore[import-untyped]

WIDTH, HEIGHT = 1000, 400
"""Pixels. Wider than any screen's column, and higher than a phone's: style.css shows what there is room for."""


@dataclass(frozen=True)
class Paper:
    background: str
    ink: str


PAPERS = {"Light": Paper("#ffffff", "#111827"), "Dark": Paper("#111827", "#ffffff")}


@dataclass
class Sheet:
    """What is on the paper. strokes, start: the canvas's own objects; start is what it was last told to show."""

    strokes: list[dict[str, Any]] = field(default_factory=list)
    start: list[dict[str, Any]] = field(default_factory=list)
    edits: int = 0
    awaited: bool = False
    """After an edit, the canvas's state is out of date until it speaks again."""

    def heard(self) -> None:
        self.awaited = False

    def edit(self, strokes: list[dict[str, Any]]) -> None:
        self.strokes = self.start = strokes
        self.edits += 1
        self.awaited = True

    def undo(self) -> None:
        self.edit(self.strokes[:-1])

    def clear(self) -> None:
        self.edit([])

    def recolour(self) -> None:
        ink = PAPERS[st.session_state.paper].ink
        self.edit([{**stroke, "stroke": ink} for stroke in self.strokes])


def draw_sheet() -> bytes | None:
    """Show canvas and tools; the drawing as a PNG file, None while the paper is blank."""
    sheet: Sheet = st.session_state.setdefault("sheet", Sheet())
    canvas, tools = st.container(key="canvas"), st.container(key="tools", horizontal=True, vertical_alignment="bottom")
    with tools:
        name = st.segmented_control(
            "Paper", list(PAPERS), default="Light", required=True, key="paper", on_change=sheet.recolour
        )
        pen = st.slider("Pen width", 4, 32, 14, key="pen")
    paper = PAPERS[name]
    with canvas:
        drawn = st_canvas(
            stroke_width=pen,
            stroke_color=paper.ink,
            background_color=paper.background,
            # The canvas reloads only where this differs; the count makes it differ also when strokes come back.
            initial_drawing={"objects": sheet.start, "edits": sheet.edits},
            return_image_data=True,
            width=WIDTH,
            height=HEIGHT,
            on_change=sheet.heard,
            key="drawing",
        )
    if not sheet.awaited:
        sheet.strokes = (drawn.json_data or {}).get("objects", [])
    with tools:
        blank = not sheet.strokes
        st.button("Undo", icon=":material/undo:", on_click=sheet.undo, disabled=blank, key="undo")
        st.button("Clear", icon=":material/delete:", on_click=sheet.clear, disabled=blank, key="clear")
    return None if blank else drawn.image_bytes
