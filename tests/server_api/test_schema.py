"""Schemathesis, https://schemathesis.io: what the OpenAPI document says is true, of whatever is sent."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from server_api.schemas import EXAMPLE_IMAGE
from tests.server_api.serving import contract_url

pytestmark = pytest.mark.contract

CONFIGURATION = f"""
seed = 5
continue-on-failure = true
request-timeout = 60
suppress-health-check = ["too_slow"]
cache.enabled = false
warnings.fail-on = true
generation = {{ max-examples = 300, database = "none" }}

# Half of the pictures can be read, the others are strings of any kind.
dictionaries.pictures.values = ["{EXAMPLE_IMAGE}"]

[parameters]
"body.image" = {{ dictionary = "pictures", probability = 0.5 }}
"body.pictures[*].image" = {{ dictionary = "pictures", probability = 0.5 }}

# What no schema can say: that a string holds a picture, and that the parts of a rule do not contradict each other.
[[operations]]
include-path = "/predict"
checks.positive_data_acceptance.expected-statuses = [200, 413, 422]

# A picture of a batch that is wrong is answered in its place, and the batch by 200.
[[operations]]
include-path = "/predict/batch"
checks.negative_data_rejection.expected-statuses = [200, 415, 422]
"""


WITHOUT_METRICS = """
[[operations]]
include-path = "/metrics"
enabled = false
"""
"""A proxy before several servers keeps to itself what each tells of itself alone."""


@pytest.mark.timeout(600)
def test_the_server_keeps_to_its_document(api_url: str, tmp_path: Path) -> None:
    apart = contract_url() and httpx.get(f"{api_url}/metrics", trust_env=False).status_code == 404
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION + (WITHOUT_METRICS if apart else ""))
    answer = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", f"{api_url}/openapi.json"],
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    selected, total = re.findall(r"(\d+) selected / (\d+) total", answer.stdout)[0]
    assert int(selected) == int(total) - bool(apart)
