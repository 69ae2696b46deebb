"""Files of a repository: pages, pictures, raw bytes, and no way out of it."""

from __future__ import annotations

import pytest

from local.github.contents import Contents, Identity, contents_of

from .conftest import REPO, House, elements

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
HISTORY = b"# Run\n\n![ROC](run/roc.png)\n\n[up](../README.md)\n\n| a |\n|---|\n| 1 |\n"


@pytest.fixture
def contents(house: House) -> Contents:
    found = contents_of(house.github.root, REPO)
    write(found, "training_history/run.md", HISTORY)
    write(found, "training_history/run/roc.png", PNG)
    return found


def write(contents: Contents, path: str, data: bytes) -> str:
    by = Identity("a", "a@example.com")
    return contents.write(path, data, message="x", branch=None, expected=None, by=by)[1].sha


def test_markdown_is_a_page_whose_pictures_and_links_work(house: House, contents: Contents) -> None:
    page = house.browser.get(f"/{REPO}/blob/main/training_history/run.md")
    sources = [attributes["src"] for tag, attributes in elements(page.text) if tag == "img"]
    assert sources == [f"/{REPO}/raw/main/training_history/run/roc.png"]
    picture = house.browser.get(sources[0])
    assert (picture.headers["Content-Type"], picture.body) == ("image/png", PNG)
    assert f'href="/{REPO}/blob/main/README.md"' in page.text


def test_the_addresses_that_comments_hold_are_permanent(house: House, contents: Contents) -> None:
    sha = write(contents, "training_history/run/later.png", PNG)
    assert house.browser.get(f"/{REPO}/blob/{sha}/training_history/run.md").status == 200
    raw = house.browser.get(f"/{REPO}/blob/{sha}/training_history/run/later.png?raw=true")
    assert (raw.status, raw.headers["Location"]) == (302, f"/{REPO}/raw/{sha}/training_history/run/later.png")
    assert house.browser.get(f"/{REPO}/commit/{sha}").status == 200


def test_folders_list_folders_first(house: House, contents: Contents) -> None:
    write(contents, "a.txt", b"x")
    text = house.browser.get(f"/{REPO}").text
    assert text.index("training_history") < text.index("a.txt")
    assert "run.md" in house.browser.get(f"/{REPO}/tree/main/training_history").text


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("page.html", b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("fake.png", b"<svg onload=alert(1)>", "text/plain; charset=utf-8"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain; charset=utf-8"),
        ("blob.bin", b"\x00\xff", "application/octet-stream"),
        ("picture.txt", PNG, "image/png"),
    ],
)
def test_raw_files_are_what_their_bytes_are(
    house: House, contents: Contents, name: str, data: bytes, kind: str
) -> None:
    write(contents, name, data)
    page = house.browser.get(f"/{REPO}/raw/main/{name}")
    assert page.headers["Content-Type"] == kind
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert house.browser.get(f"/{REPO}/blob/main/{name}").status == 200


def test_no_path_leaves_the_repository(house: House, contents: Contents) -> None:
    (house.github.root / "secret.md").write_text("secret")
    for path in (
        "../secret.md",
        "..%2fsecret.md",
        "%2e%2e/secret.md",
        "training_history/../../secret.md",
        "/etc/passwd",
        ".git/config",
        "a%00b",
        "training_history/",
        "nothing.md",
        "..%5csecret.md",
    ):
        for kind in ("blob", "raw"):
            page = house.browser.get(f"/{REPO}/{kind}/main/{path}")
            assert page.status == 404, path
            assert "secret" not in page.text.replace("secret.md", "")
    for ref in ("--help", "HEAD", "main~1", "main:training_history", "0" * 40, "-", "..", "%2e%2e"):
        assert house.browser.get(f"/{REPO}/blob/{ref}/training_history/run.md").status == 404, ref
    for repository in ("octo/none", "..%2f/x", "octo/models.git"):
        assert house.browser.get(f"/{repository}/blob/main/training_history/run.md").status == 404


def test_a_huge_file_is_not_shown(house: House, contents: Contents) -> None:
    write(contents, "big.txt", b"x" * (3 << 20))
    assert house.browser.get(f"/{REPO}/blob/main/big.txt").status == 413
