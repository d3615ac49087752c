"""What docs/serverless.md says is so."""

import re

import pytest

import server_api.settings
from serverless_api.settings import Settings
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "serverless.md"
TEXT = GUIDE.read_text()


def test_every_setting_more_than_the_servers_is_told() -> None:
    more = Settings.model_fields.keys() - server_api.settings.Settings.model_fields.keys()
    told = [
        tuple(word.strip(" `") for word in row) for row in re.findall(r"^\|(.*)\|(.*)\|(.*)\|$", TEXT, re.MULTILINE)
    ]
    settings = {name: (default, what) for name, default, what in told if name.startswith("NUMBERS_")}
    assert settings == {
        f"NUMBERS_{name.upper()}": (field.default, field.description)
        for name, field in Settings.model_fields.items()
        if name in more
    }


def test_every_variable_in_it_is_a_setting() -> None:
    assert {f"NUMBERS_{name.upper()}" for name in Settings.model_fields} >= set(re.findall(r"NUMBERS_[A-Z_]+", TEXT))


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)", TEXT))
def test_every_link_leads_to_a_file(target: str) -> None:
    assert (GUIDE.parent / target).exists()
