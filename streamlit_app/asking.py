"""Asks the API, once for all visitors and once for each question."""

import streamlit as st
from pydantic import ValidationError

from streamlit_app.api_client import ApiAway, ApiClient, Question, Reading
from streamlit_app.settings import Settings

_ALTERNATIVES = 5


@st.cache_resource
def api_client() -> ApiClient:
    try:
        settings = Settings()
    except ValidationError as error:
        raise ApiAway("API_URL or API_TIMEOUT is set to something that is none.") from error
    return ApiClient(str(settings.api_url), settings.api_timeout, settings.api_key)


@st.cache_data(max_entries=200, ttl=600, show_spinner="Reading …")
def read(picture: bytes, question: Question) -> Reading:
    """Cached, so that a rerun does not send the same picture again; errors are not. Raises ApiError."""
    return api_client().read(picture, question, _ALTERNATIVES)
