"""The toolbox over HTTP: documents, the guide's words, and what is offered."""

import pytest


def test_a_document_tells_its_fields_and_the_events_it_becomes(as_):
    found = as_("cecilie").get("/api/v1/toolbox/samtykke").json()
    assert found["records"] == ["ConsentGiven"]
    assert {"services", "categories", "valid_to"} <= {f["id"] for f in found["fields"]}
    assert found == next(
        each
        for each in as_("cecilie").get("/api/v1/toolbox").json()
        if each["id"] == "samtykke"
    )


@pytest.mark.parametrize(("document", "status"), [("none", 404), ("No-1", 422)])
def test_a_document_that_there_is_not_is_not_found(as_, document, status):
    answer = as_("cecilie").get(f"/api/v1/toolbox/{document}")
    assert answer.status_code == status


def test_the_guide_tells_its_steps_in_three_languages(as_):
    steps = as_("cecilie").get("/api/v1/guide").json()["steps"]
    assert steps[0]["step"] == "0.1"
    assert all(step["nb"] and step["nn"] and step["en"] for step in steps)


def test_offers_are_chosen_by_level_age_and_service(as_):
    client = as_("cecilie")
    every = client.get("/api/v1/offers").json()
    some = client.get("/api/v1/offers", params={"level": 1, "age": 4}).json()
    assert 0 < len(some) < len(every) == 25
    assert all(o["level_from"] <= 1 <= o["level_to"] for o in some)
    of_school = client.get("/api/v1/offers", params={"service": "skole"}).json()
    assert {offer["service"] for offer in of_school} == {"skole"}
