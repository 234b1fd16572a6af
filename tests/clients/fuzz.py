"""Schemathesis on the schema: operations that it makes up, with a fixed seed; prints what it sent and what was wrong.

PII is the server's address, TOKEN a token, EXAMPLES how many operations a root field gets.
"""

import json
import os
import re

import hypothesis
import schemathesis
from hypothesis import strategies
from hypothesis_graphql import nodes
from requests import Session

TEXTS = strategies.text(max_size=40)
TIMES = strategies.datetimes().map(lambda time: time.isoformat() + "Z")
DAYS = strategies.dates().map(str)
for scalar, good in {"NaiveDate": DAYS, "DateTime": TIMES}.items():
    schemathesis.graphql.scalar(scalar, (good | TEXTS).map(nodes.String))

url = os.environ["PII"] + "/graphql"
session = Session()
session.headers["Authorization"] = "Bearer " + os.environ["TOKEN"]
schema = schemathesis.graphql.from_url(url, headers=dict(session.headers))
inner = re.compile(r"SELECT |INSERT |UPDATE |sqlx|sea_orm|panicked|RUST_BACKTRACE|/src/|\.rs\b")
told = {"fields": 0, "requests": 0, "executed": 0, "wrong": []}
# What ends the token's session would leave the rest refused.
ends = {"logout", "passwordChange"}


def check(field, body):
    """Sends an operation and looks at the answer."""
    told["requests"] += 1
    response = session.post(url, json=body)
    answer = response.json()
    errors = answer.get("errors", [])
    told["executed"] += "data" in answer
    faults = [
        response.status_code >= 500 and "the server's fault",
        any(not error.get("extensions", {}).get("code") for error in errors) and "a bare error",
        any(error["extensions"].get("code") == "INTERNAL" for error in errors) and "internal",
        any(inner.search(error["message"]) for error in errors) and "tells of what is within",
    ]
    for fault in filter(None, faults):
        told["wrong"].append(f"{field}: {response.status_code} {fault}: {body} {response.text[:300]}")


def ask(operation, field):
    """Some operations with one root field."""

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=int(os.environ["EXAMPLES"]),
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def examples(case):
        body = case.body if isinstance(case.body, dict) else {"query": case.body}
        check(field, body)

    examples()
    told["fields"] += 1


for result in schema.get_all_operations():
    operation = result.ok()
    field = operation.definition.field_name
    if field not in ends:
        ask(operation, field)
print(json.dumps(told))
