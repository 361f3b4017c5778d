"""The whole API against its own description, with bodies and parameters made up.

Whatever is sent: no fault of ours, no status that is not declared, no answer of another
form than described. The seed is fixed and the examples are few, so it ends.
"""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi import SNAPSHOT

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
EXAMPLES = 5  # an operation; making them up costs more than answering


@schemathesis.serializer("application/jsonl", "application/toml")
def lines(context, value):
    """A history file is sent as the text it is."""
    return str(value).encode("utf-8", "surrogatepass")


schema = schemathesis.openapi.from_path(str(SNAPSHOT))
schema.config.generation.update(modes=list(GenerationMode))
one_at_a_time = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@schema.exclude(path_regex="/feed/stream$").parametrize()
@one_at_a_time
def test_every_answer_is_one_that_was_described(case, address, case_of):
    if "case" in (case.path_parameters or {}):
        case.path_parameters["case"] = case_of("d")
    person = "adam" if case.path.endswith("/imports") else "kim"
    case.call_and_validate(
        base_url=address,
        headers={"Authorization": f"Bearer {person}"},
        checks=list(CHECKS),
    )
