"""Where settings come from, which win, and what is refused without giving the key away."""

import base64
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.access import Role
from smartia.errors import SettingsError
from smartia.settings import DEFAULT_MAX_AGE, SETTINGS, VENDOR_BASE_URL, Cache, Engine, Settings

KEY = "zq-secret-key-zq"
STORE_KEY = bytes(range(224, 256))
PLACE = pytest.mark.usefixtures("private_place")


def load(secrets: dict[str, object] | None = None, **environ: str) -> Settings:
    """Load settings from a section and an environment of SMARTIA_* variables without their prefix."""
    return Settings.load(secrets or {}, {f"SMARTIA_{name}": value for name, value in environ.items()})


@PLACE
def test_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a key the demo college is shown, and the cache is the user's own."""
    settings = load()
    assert settings.is_demo
    assert settings.account == "demo"
    assert settings.base_url == VENDOR_BASE_URL
    assert settings.max_age == DEFAULT_MAX_AGE == timedelta(hours=6)
    assert settings.cache_dir.name == "smartia"
    assert settings.notices == ()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert load().cache_dir == Settings().cache_dir


def test_the_environment_wins() -> None:
    """A variable wins over the section, setting by setting."""
    settings = load({"api_key": "one", "max_age": "1d", "cache_dir": "~/here"}, API_KEY="two", CACHE_DIR="/there")
    assert settings.api_key == "two"
    assert settings.max_age == timedelta(days=1)
    assert settings.cache_dir == Path("/there")


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "smartia_api_key", "SMARTIA_API_KEY", "Smartia_Api_Key"])
def test_names_in_the_section(name: str) -> None:
    """In the section a name counts with and without the prefix, in any case."""
    assert load({name: KEY}).api_key == KEY


def test_a_home_folder_is_expanded(private_place: Path) -> None:
    """A tilde in the cache folder is the home folder."""
    assert load(CACHE_DIR="~/here").cache_dir == private_place.parent / "home" / "here"


@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_empty_is_unset(empty: str) -> None:
    """An empty text is no setting, neither in the section nor in the environment, and spaces around mean nothing."""
    settings = load({"max_age": empty}, API_KEY=empty, BASE_URL=empty, CACHE_DIR=empty)
    assert settings == Settings()
    assert load(API_KEY=f" {KEY}\n").api_key == KEY


def test_an_empty_variable_does_not_hide_the_section() -> None:
    """A variable that is set to nothing takes nothing away."""
    assert load({"max_age": "2h"}, MAX_AGE=" ").max_age == timedelta(hours=2)


def test_unknown_names_are_noticed() -> None:
    """A name that is no setting is reported with the one that was probably meant, and never with its value."""
    settings = load({"apikey": KEY}, MAXAGE="9h", XYZXYZXYZXYZ="1")
    assert settings.is_demo
    assert settings.notices == (
        "SMARTIA_APIKEY is not a setting of smartia and has no effect. Did you mean SMARTIA_API_KEY?",
        "SMARTIA_MAXAGE is not a setting of smartia and has no effect. Did you mean SMARTIA_MAX_AGE?",
        "SMARTIA_XYZXYZXYZXYZ is not a setting of smartia and has no effect.",
    )


def test_an_address_without_a_key_is_noticed() -> None:
    """An address without a key opens the demo college, and says why."""
    settings = load(BASE_URL="https://connect.example/api/v1")
    assert settings.is_demo
    assert settings.notices == ("SMARTIA_BASE_URL is set but SMARTIA_API_KEY is not, so the demo college is shown.",)
    assert load(BASE_URL="https://connect.example/api/v1", API_KEY=KEY).notices == ()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://connect.example/api/v1", "https://connect.example/api/v1"),
        ("https://connect.example/api/v1//", "https://connect.example/api/v1"),
        ("https://connect.example:8443", "https://connect.example:8443"),
        ("https://10.0.0.7/api", "https://10.0.0.7/api"),
        ("https://[2001:db8::1]/api", "https://[2001:db8::1]/api"),
        ("HTTPS://Connect.Example/api", "HTTPS://Connect.Example/api"),
        ("http://127.0.0.1:8750/api/v1", "http://127.0.0.1:8750/api/v1"),
        ("http://localhost:8750/api/v1", "http://localhost:8750/api/v1"),
        ("http://[::1]:8750/api/v1", "http://[::1]:8750/api/v1"),
    ],
)
def test_good_addresses(url: str, kept: str) -> None:
    """Https anywhere and plain http on this computer are fine; slashes at the end are dropped."""
    assert load(BASE_URL=url).base_url == kept


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("connect.example/api/v1", "not an address"),
        ("//connect.example", "not an address"),
        ("ftp://connect.example", "not an address"),
        ("https://", "not an address"),
        ("https://connect.example:99999", "not an address"),
        ("https://connect.example:0", "not an address"),
        ("https://connect.example:zq", "not an address"),
        ("https://[::1", "not an address"),
        ("https://connect example", "not an address"),
        ("https://connect.example/api v1", "not an address"),
        ("https://connect\x01.example", "not an address"),
        ("https://connect..example", "not an address"),
        ("https://...", "not an address"),
        ("https://" + "a" * 64 + ".example", "not an address"),
        ("https://\\connect.example", "not an address"),
        ("https://connect.example?key=zq", "more than an address"),
        ("https://connect.example/?", "more than an address"),
        ("https://connect.example/#zq", "more than an address"),
        ("https://user:zq@connect.example", "more than an address"),
        ("https://@connect.example", "more than an address"),
        ("http://connect.example/api/v1", "unencrypted"),
        ("http://127.0.0.1.example/api/v1", "unencrypted"),
        ("http://localhost.example", "unencrypted"),
    ],
)
def test_bad_addresses(url: str, words: str) -> None:
    """What is no address, holds more than one or would send the key in the clear is refused, without repeating it."""
    with pytest.raises(SettingsError) as caught:
        load(BASE_URL=url, API_KEY=KEY)
    assert words in caught.value.message
    assert "zq" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("30s", timedelta(seconds=30)),
        ("30m", timedelta(minutes=30)),
        ("6h", timedelta(hours=6)),
        ("1.5 H", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("0h", timedelta(0)),
    ],
)
def test_good_ages(text: str, age: timedelta) -> None:
    """An age is a number and a unit."""
    assert load(MAX_AGE=text).max_age == age


@pytest.mark.parametrize("text", ["6", "h", "-1h", "6 hours", "1w", "1e3h", "nan h", "99999999999d", "9" * 400 + "h"])
def test_bad_ages(text: str) -> None:
    """What is no length of time, or an endless one, is refused."""
    with pytest.raises(SettingsError, match="SMARTIA_MAX_AGE is not a length of time"):
        load(MAX_AGE=text)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("08", 8), ("32", 32)])
def test_good_concurrency(text: str, number: int) -> None:
    """The number of requests in flight is a whole number from 1 to 32; without one it is 8."""
    assert load(MAX_CONCURRENCY=text).max_concurrency == number
    assert load().max_concurrency == 8


@pytest.mark.parametrize("text", ["0", "33", "-1", "2.5", "many", "100", "٣", "1e1"])
def test_bad_concurrency(text: str) -> None:
    """What is no such number is refused."""
    with pytest.raises(SettingsError, match="SMARTIA_MAX_CONCURRENCY is not a number from 1 to 32"):
        load(MAX_CONCURRENCY=text)


@pytest.mark.parametrize("key", [f"{KEY} x", f"“{KEY}”", f"{KEY}\tx", f"{KEY}é", f"{KEY}\x00"])
def test_bad_keys(key: str) -> None:
    """A key with a space or a character that no header can carry is refused, without repeating it."""
    with pytest.raises(SettingsError) as caught:
        load(API_KEY=key)
    assert KEY not in "".join(traceback.format_exception(caught.value))


@given(st.from_regex(r"[!-~]{8,60}", fullmatch=True))
def test_the_key_never_shows(key: str) -> None:
    """Neither repr nor str of the settings shows the key, nor does the account's fingerprint."""
    settings = load(API_KEY=f"zq{key}")
    assert settings.api_key == f"zq{key}"
    assert f"zq{key}" not in f"{settings!r} {settings} {settings.account} {settings.notices}"


def test_accounts_never_mix() -> None:
    """The account's folder name differs by key and by address, and is the same again for the same two."""
    pairs = [(key, url) for key in ("a", "b") for url in ("https://one.example", "https://two.example")]
    accounts = {load(API_KEY=key, BASE_URL=url).account for key, url in pairs}
    assert len(accounts | {"demo"}) == 5
    assert all(len(account) == 16 and set(account) <= set("0123456789abcdef") for account in accounts)
    assert load(API_KEY="a", BASE_URL="https://one.example/").account in accounts


def write_secrets(folder: Path, text: str) -> None:
    """Write a secrets.toml where Streamlit looks for it."""
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(text, encoding="utf-8")


def test_secrets_file(private_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """secrets.toml is read below the working folder, else below the home folder; the environment wins over it."""
    home = private_place.parent / "home"
    write_secrets(home, '[smartia]\napi_key = "of-home"\n')
    assert Settings.load().api_key == "of-home"
    write_secrets(private_place, '[smartia]\napi_key = "of-work"\nmax_age = "2h"\n[other]\nx = 1\n')
    assert Settings.load().api_key == "of-work"
    assert Settings.load().max_age == timedelta(hours=2)
    monkeypatch.setenv("SMARTIA_API_KEY", "of-environment")
    assert Settings.load().api_key == "of-environment"


@PLACE
def test_no_secrets_file() -> None:
    """Without any secrets.toml the environment alone counts."""
    assert Settings.load() == Settings()


@pytest.mark.parametrize("text", ["", "[other]\nx = 1\n", 'smartia = "x"\n', "[smartia]\n"])
def test_secrets_file_without_a_section(private_place: Path, text: str) -> None:
    """A secrets.toml that says nothing to smartia changes nothing."""
    write_secrets(private_place, text)
    assert Settings.load() == Settings()


@pytest.mark.parametrize("line", [f"api_key = {KEY}", f'api_key = "{KEY}', f'api_key = "{KEY}\\q"', KEY])
def test_broken_secrets_file(private_place: Path, line: str) -> None:
    """A secrets.toml that is not valid is named, and no line of it appears, not even in the traceback."""
    write_secrets(private_place, f"[smartia]\n{line}\n")
    with pytest.raises(SettingsError, match=r"secrets\.toml is not valid TOML") as caught:
        Settings.load()
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_secrets_file_in_another_encoding(private_place: Path) -> None:
    """A secrets.toml that is not UTF-8 is named as not valid."""
    write_secrets(private_place, "")
    (private_place / ".streamlit" / "secrets.toml").write_bytes(b'[smartia]\napi_key = "\xff"\n')
    with pytest.raises(SettingsError, match="not valid TOML"):
        Settings.load()


def test_settings_are_documented() -> None:
    """Every setting that counts is in the list that the documentation shows, and every one listed counts."""
    values = {"API_KEY": KEY, "BASE_URL": "https://one.example", "CACHE_DIR": "/there", "MAX_AGE": "1h"}
    values |= {"MAX_CONCURRENCY": "3", "OPEN_ROLE": "analyst", "PUBLISH_THRESHOLD": "10"}
    values |= {"CACHE": "disk", "STORE_KEY": STORE_KEY.hex(), "STORE_URL": "s3://college/smartia", "ENGINE": "Pandas"}
    settings = Settings.load({}, {f"SMARTIA_{name}": value for name, value in values.items()})
    assert {setting.name for setting in SETTINGS} == {f"SMARTIA_{name}" for name in values}
    assert settings.notices == ()
    assert settings == Settings(
        KEY,
        "https://one.example",
        Path("/there"),
        timedelta(hours=1),
        3,
        Role.ANALYST,
        10,
        cache=Cache.DISK,
        store_key=STORE_KEY,
        store_url="s3://college/smartia",
        engine=Engine.PANDAS,
    )


@pytest.mark.parametrize("engine", [Engine.DUCKDB, Engine.SPARK])
def test_engines_that_work_from_files(engine: Engine) -> None:
    """Where nothing may lie on the disk, or nothing in the clear, an engine that keeps files there is refused."""
    assert load(ENGINE=engine.upper()).engine is engine
    assert load(ENGINE=engine, STORE_URL="s3://college/smartia").engine is engine
    with pytest.raises(SettingsError, match="SMARTIA_CACHE is memory"):
        load(ENGINE=engine, CACHE="memory")
    with pytest.raises(SettingsError, match="SMARTIA_STORE_KEY is set") as caught:
        load(ENGINE=engine, STORE_KEY=STORE_KEY.hex())
    assert STORE_KEY.hex() not in str(caught.value)
    assert load(ENGINE="pandas", CACHE="memory").engine is Engine.PANDAS


def test_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown engine is refused without being repeated; one that is not installed, with how to install it."""
    with pytest.raises(SettingsError, match="pandas, duckdb, spark") as caught:
        load(ENGINE="polars")
    assert "polars" not in str(caught.value)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match="pip install 'pyspark>="):
        load(ENGINE="spark")


@pytest.mark.parametrize(
    "text", ["college/smartia", "file:///there", "s3://a-key:a-secret@college/smartia", "s3://college/a?b=c", "s3://"]
)
def test_a_place_on_shared_storage(text: str) -> None:
    """Other than s3:// with a bucket is refused, credentials in it too, and the message repeats none of it."""
    with pytest.raises(SettingsError, match="SMARTIA_STORE_URL is not a place") as caught:
        load(API_KEY=KEY, STORE_URL=text)
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["learner-access", "Learner access", "LEARNER_ACCESS"])
def test_the_role_of_everyone(text: str) -> None:
    """Real data open to viewers unless a setting says otherwise, the demo college in full; other words are refused."""
    assert load(API_KEY=KEY).role is Role.VIEWER
    assert load(API_KEY=KEY, OPEN_ROLE=text).role is Role.LEARNER_ACCESS
    assert load(OPEN_ROLE="viewer").role is Role.LEARNER_ACCESS
    assert [role for role in Role if role.sees_learners] == [Role.LEARNER_ACCESS]
    assert [role for role in Role if not role.sees_exact_figures] == [Role.VIEWER]
    with pytest.raises(SettingsError, match="SMARTIA_OPEN_ROLE") as failure:
        load(OPEN_ROLE="boss")
    assert "boss" not in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        STORE_KEY.hex(),
        STORE_KEY.hex().upper(),
        base64.b64encode(STORE_KEY).decode(),
        base64.b64encode(STORE_KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(STORE_KEY).decode(),
    ],
)
def test_the_store_key(text: str) -> None:
    """A key of 32 bytes is read from hexadecimal digits and from both kinds of base64, and shows nowhere."""
    settings = load(STORE_KEY=text)
    assert settings.store_key == STORE_KEY
    assert text not in repr(settings)
    assert str(STORE_KEY) not in repr(settings)


@pytest.mark.parametrize("text", [KEY, STORE_KEY.hex()[:-2], "é" * 44, base64.b64encode(bytes(33)).decode(), "a" * 45])
def test_a_store_key_that_is_none(text: str) -> None:
    """Anything else is refused without a word of it, not even in the traceback."""
    with pytest.raises(SettingsError, match="SMARTIA_STORE_KEY is not a key of 32 bytes") as caught:
        load(STORE_KEY=text)
    assert text not in "".join(traceback.format_exception(caught.value))


def test_where_the_copy_is_kept(tmp_path: Path) -> None:
    """The copy is on the disk unless it is to be in memory; then a key, or a copy left on the disk, is pointed out."""
    assert load().cache is Cache.DISK
    settings = load(CACHE="Memory", CACHE_DIR=str(tmp_path))
    assert (settings.cache, settings.notices) == (Cache.MEMORY, ())
    assert "no effect" in load(CACHE="memory", STORE_KEY=STORE_KEY.hex(), CACHE_DIR=str(tmp_path)).notices[0]
    (tmp_path / "demo").mkdir()
    assert "still lies on the disk" in load(CACHE="memory", CACHE_DIR=str(tmp_path)).notices[0]
    with pytest.raises(SettingsError, match="neither disk nor memory"):
        load(CACHE="tape")


@pytest.mark.parametrize("text", ["0", "1", "05", "7", "ten", "10.0", "-5"])
def test_the_threshold_of_the_publish_view_is_five_or_ten(text: str) -> None:
    """The threshold is 5 unless it is set to 10; other values are refused and not repeated."""
    assert load(API_KEY=KEY).publish_threshold == 5
    assert load(PUBLISH_THRESHOLD="10").publish_threshold == 10
    with pytest.raises(SettingsError, match="neither 5 nor 10") as failure:
        load(PUBLISH_THRESHOLD=text)
    assert "ten" not in str(failure.value)
