"""The registry's pages and what their buttons do."""

from __future__ import annotations

import pytest

from .conftest import House


@pytest.fixture(autouse=True)
def versions(house: House) -> None:
    house.registry.create_model_package_group({"ModelPackageGroupName": "penguins"})
    for value, status in (("0.91", "Approved"), ("0.95", "Approved"), ("0.93", "PendingManualApproval")):
        metadata = {
            "evaluation_metric": "accuracy",
            "evaluation_value": value,
            "evaluation_threshold": "0.9",
            "repository": "octo/models",
            "issue_number": "12",
        }
        arn = house.registry.create_model_package(
            {"ModelPackageGroupName": "penguins", "CustomerMetadataProperties": metadata}
        )["ModelPackageArn"]
        change = {"ModelApprovalStatus": status, "ApprovalDescription": f"{status} by ada: version {value} looks fine"}
        house.registry.update_model_package({"ModelPackageArn": arn, **change})


def test_the_page_shows_versions_metrics_status_and_who_decided_why(house: House) -> None:
    listing = house.browser.get("/models").text
    assert "v2" in listing
    assert "accuracy 0.95" in listing
    page = house.browser.get("/models/penguins").text
    assert "Version 2 is in force" in page
    assert "Approved by ada: version 0.95 looks fine" in page
    assert "0.9123" in page
    assert 'href="/octo/models/issues/12"' in page
    assert page.index("Version 3") < page.index('id="version-2"') < page.index('id="version-1"')


def test_approve_and_reject_call_the_registry_with_who_and_why(house: House) -> None:
    house.browser.act_as("ada")
    page = house.browser.send("/models/penguins/approve", {"version": "3", "reason": " checked \n twice"})
    assert (page.status, page.headers["Location"]) == (303, "/models/penguins?done=approve")
    house.browser.send("/models/penguins/reject", {"version": "1", "reason": ""})
    assert house.decisions.made == [
        ("approve", "penguins", 3, "ada", "checked twice"),
        ("reject", "penguins", 1, "ada", ""),
    ]


def test_a_rollback_names_the_version_that_the_person_saw(house: House) -> None:
    page = house.browser.get("/models/penguins").text
    assert "Roll back to version 1" in page
    house.browser.send("/models/penguins/rollback", {"version": "2", "to": "1", "reason": "worse on the island"})
    assert house.decisions.made == [("rollback", "penguins", 1, "operator", "worse on the island")]


def test_a_refusal_is_shown_on_the_page(house: House) -> None:
    house.decisions.refusal = "Version 3 has no evaluation report; train it again."
    page = house.browser.send("/models/penguins/approve", {"version": "3", "reason": "kept"})
    assert page.status == 409
    assert "Version 3 has no evaluation report; train it again." in page.text
    assert 'value="kept"' in page.text


def test_a_reader_sees_no_buttons_and_may_not_decide(house: House) -> None:
    token = house.browser.get("/about").token
    house.browser.act_as("yuki")
    page = house.browser.get("/models/penguins")
    assert "Approve version" not in page.text
    assert "may only read" in page.text
    assert house.browser.send("/models/penguins/approve", {"version": "3"}, token=token).status == 403
    assert house.decisions.made == []


def test_odd_decisions_are_refused(house: House) -> None:
    for path, fields, status in (
        ("/models/penguins/approve", {"version": ""}, 422),
        ("/models/penguins/approve", {"version": "٣"}, 422),
        ("/models/penguins/approve", {"version": "-1"}, 422),
        ("/models/penguins/delete", {"version": "1"}, 404),
        ("/models/none/approve", {"version": "1"}, 404),
        ("/models/penguins/approve", {"version": "1", "reason": "x" * 600}, 422),
    ):
        assert house.browser.send(path, fields).status == status, (path, fields)
    assert house.decisions.made == []
