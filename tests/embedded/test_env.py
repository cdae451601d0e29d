"""A bad value stops the process with a message that helps and betrays nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from governance import env

SECRET = "s3cr%C3%A8t"  # as written in a URL; "s3crèt" when read


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in ("DATABASE_URL", "NAME", "NAME_FILE", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUSTODE_STATE", str(tmp_path))
    return tmp_path


def test_a_database_url_becomes_an_entry_of_django(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://custode%5Fapp:{SECRET}@db.example.org:6432/custode?sslmode=verify-full"
    monkeypatch.setenv("NAME", url)
    assert env.database("NAME") == {
        "ENGINE": "governance.postgresql",
        "NAME": "custode",
        "USER": "custode_app",
        "PASSWORD": "s3crèt",
        "HOST": "db.example.org",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "verify-full"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def test_a_socket_folder_is_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "postgresql://u@/custode?host=%2Frun%2Fa%20b&port=5432")
    entry = env.database("NAME")
    assert (entry["HOST"], entry["PORT"], entry["OPTIONS"]) == ("/run/a b", "5432", {})


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("mysql://u:s3cret@h/d", "must be a postgresql:// URL"),
        ("s3cret", "must be a postgresql:// URL"),
        ("postgresql://u:s3cret%zz@localhost/d", "is not percent-encoded"),
        ("postgresql://u:s3cret@localhost/d?s3cret=1", "an option is unknown"),
        ("postgresql://u:s3cret@localhost/", "does not name the dbname"),
        ("postgresql://localhost/d", "does not name the user"),
        ("postgresql://u:s3cret@db/d", "without checking whom it talks to"),
        ("postgresql://u:s3cret@db/d?sslmode=require", "without checking whom it talks to"),
        ("postgresql://u:s3cret@localhost,db/d", "without checking whom it talks to"),
        ("postgresql://u:s3cret@10.0.0.7/d?sslmode=prefer", "without checking whom it talks to"),
    ],
)
def test_a_bad_database_url_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str, part: str
) -> None:
    monkeypatch.setenv("NAME", value)
    with pytest.raises(ImproperlyConfigured) as caught:
        env.database("NAME")
    message = str(caught.value)
    assert message.startswith("NAME ")
    assert part in message
    assert "Example: NAME=postgresql://" in message
    assert "s3cret" not in message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("where", ["db/d?sslmode=disable", "127.0.0.8/d", "[::1]/d", "localhost/d"])
def test_networks_that_are_trusted_are_named_or_local(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setenv("NAME", f"postgresql://u:p@{where}")
    assert env.database("NAME")["NAME"] == "d"


@pytest.mark.parametrize(
    ("word", "meaning"), [("1", True), ("Yes", True), ("off", False), ("0", False)]
)
def test_flags(monkeypatch: pytest.MonkeyPatch, word: str, meaning: bool) -> None:
    monkeypatch.setenv("NAME", word)
    assert env.flag("NAME") is meaning


def test_values_out_of_their_range_name_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME", "70000")
    with pytest.raises(
        ImproperlyConfigured, match=r"^NAME must be at most 65535. Example: NAME=1$"
    ):
        env.integer("NAME", minimum=1, maximum=65535)
    monkeypatch.setenv("NAME", "perhaps")
    with pytest.raises(ImproperlyConfigured, match=r"^NAME must be yes or no. Example: NAME=1$"):
        env.flag("NAME", default=True)
    with pytest.raises(
        ImproperlyConfigured, match=r"^NAME must be a whole number. Example: NAME=8"
    ):
        env.integer("NAME", 8)
    with pytest.raises(ImproperlyConfigured, match=r"^NAME must be one of app, owner."):
        env.choice("NAME", ("app", "owner"))
    with pytest.raises(ImproperlyConfigured, match=r"^NAME must be a URL whose scheme"):
        env.broker("NAME")


def test_a_missing_value_says_how_to_get_one(outside: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        env.text("NAME")
    assert str(caught.value) == (
        "NAME is not set. Set it, or start the embedded installation with `make demo` or "
        f"`python manage.py serve`, which writes it to {outside}."
    )


def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    monkeypatch.setenv("NAME_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=r"^NAME_FILE can not be read: No such file"):
        env.secret("NAME")
    file.write_text("from a file\n")
    assert env.secret("NAME") == "from a file"
    monkeypatch.setenv("NAME", "from the environment")
    assert env.secret("NAME") == "from the environment"


def test_the_state_folder_speaks_only_when_the_environment_names_no_database(
    monkeypatch: pytest.MonkeyPatch, outside: Path
) -> None:
    (outside / "environment").write_text("# comment\nNAME=a=b\n")
    assert env.text("NAME") == "a=b"
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@localhost/d")
    assert env.text("NAME", "default") == "default"
