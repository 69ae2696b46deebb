"""Every page answers, says what it should, and is harmless whatever people wrote."""

from __future__ import annotations

from urllib.parse import quote

from local.github.contents import Identity, contents_of

from .conftest import ATTACKS, REPO, House, assert_harmless


def test_an_empty_house_says_what_to_do_next(house: House) -> None:
    page = house.browser.get("/")
    assert page.status == 200
    assert "Nothing runs at the moment." in page.text
    assert "issueops run" in house.browser.get("/executions").text
    assert "issueops run" in house.browser.get("/models").text
    assert "There is no file here yet." in house.browser.get(f"/{REPO}").text


def test_the_overview_shows_what_waits_runs_and_is_open(house: House) -> None:
    number = house.github.open_issue(REPO, "Which species?", "x", ["mlops:train"])
    waiting = {"StepName": "Wait", "StepStatus": "Executing", "StartTime": 5.0, "Metadata": {"Callback": {}}}
    house.engine.add("waits000000", status="Executing", issue=number, name="asked", steps=[waiting])
    running = {"StepName": "Train", "StepStatus": "Executing", "StartTime": 5.0, "Metadata": {}}
    house.engine.add("runs0000000", status="Executing", name="busy", steps=[running])
    text = house.browser.get("/").text
    assert "Answer #1" in text
    assert "busy" in text
    assert "Which species?" in text
    assert "mlops:train" in text


def test_pages_that_are_not_there_say_so(house: House) -> None:
    for path in (
        "/nothing",
        "/octo/none/issues",
        f"/{REPO}/issues/99",
        "/executions/zzzzzzzz",
        "/models/none",
        "/static/../app.py",
        "/static/app.py",
        f"/{REPO}/issues/99999999999999999999",
    ):
        page = house.browser.get(path)
        assert page.status == 404, path
        assert_harmless(page.text)


def test_static_files_have_their_type_and_are_asked_for_once(house: House) -> None:
    for name, kind in (("style.css", "text/css"), ("live.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        page = house.browser.get(f"/static/{name}")
        assert page.headers["Content-Type"].startswith(kind)
        assert house.browser.get(f"/static/{name}", If_None_Match=page.headers["ETag"]).status == 304


def test_nothing_is_loaded_from_elsewhere(house: House) -> None:
    for name in ("style.css", "code.css", "live.js"):
        text = house.browser.get(f"/static/{name}").text
        assert "http:" not in text
        assert "https:" not in text
        assert "@import" not in text


def test_whatever_people_write_the_pages_stay_harmless(house: House) -> None:
    everything = "\n\n".join(ATTACKS)
    for attack in ATTACKS:
        house.github.open_issue(REPO, attack.replace("\0", "").strip() or "x", attack.replace("\0", ""), ["a<b>'\""])
    number = house.github.open_issue(REPO, "all", everything.replace("\0", ""), ["mlops:train"], "ada")
    house.github.create_label(REPO, '"><img src=x onerror=alert(1)>', "b60205", None)
    for attack in ATTACKS:
        house.github.add_comment(REPO, number, attack.replace("\0", ""))
    steps = [
        {"StepName": attack, "StepDisplayName": attack, "StepStatus": attack, "FailureReason": attack, "StartTime": 1.0,
         "Metadata": {"Lambda": {"Arn": attack, "OutputParameters": [{"Name": attack, "Value": attack}]}}}
        for attack in ATTACKS
    ]  # fmt: skip
    definition = {"Steps": [{"Name": attack, "Type": "Lambda", "DisplayName": attack} for attack in ATTACKS]}
    house.engine.add(
        "attacked0000", status="Failed", issue=number, name=everything, failure=everything, steps=steps,
        definition=definition,
    )  # fmt: skip
    house.registry.create_model_package_group(
        {"ModelPackageGroupName": "m", "ModelPackageGroupDescription": everything}
    )
    arn = house.registry.create_model_package(
        {
            "ModelPackageGroupName": "m",
            "CustomerMetadataProperties": {f"k{i}": attack for i, attack in enumerate(ATTACKS)}
            | {
                "evaluation_metric": ATTACKS[0],
                "evaluation_value": ATTACKS[1],
                "repository": "a/b",
                "issue_number": "1",
            },
        }
    )["ModelPackageArn"]
    house.registry.update_model_package({"ModelPackageArn": arn, "ApprovalDescription": everything})
    for path in (
        "/",
        "/live",
        f"/{REPO}/issues",
        f"/{REPO}/issues?label={quote(ATTACKS[0])}",
        f"/{REPO}/issues/{number}",
        f"/{REPO}/issues/{number}/live",
        "/executions",
        "/executions/attacked0000",
        "/models",
        "/models/m",
        f"/{quote(ATTACKS[0], safe='')}",
        f"/?done={quote(ATTACKS[0])}",
    ):
        page = house.browser.get(path)
        assert page.status in (200, 404), path
        assert_harmless(page.text)


def test_hostile_file_names_and_texts_are_shown_as_such(house: House) -> None:
    contents = contents_of(house.github.root, REPO)
    by = Identity("a", "a@example.com")
    names = ["<img src=x onerror=alert(1)>.md", "a'\"><script>.txt", "%2e%2e?x#y.md", "日本語.md"]
    for name in names:
        contents.write(name, ATTACKS[0].encode(), message="x", branch=None, expected=None, by=by)
    listing = house.browser.get(f"/{REPO}")
    assert_harmless(listing.text)
    for name in names:
        address = f"/{REPO}/blob/main/{quote(name)}"
        assert f'href="{address}"' in listing.text
        page = house.browser.get(address)
        assert page.status == 200, name
        assert_harmless(page.text)
