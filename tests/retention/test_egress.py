"""Promise 27: no request goes inside, over plain http, after a redirect or to a second answer."""

import ipaddress

import pytest

from governance import egress
from tests.retention.receiver import Receiver

HERE = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",  # noqa: S104 - refused, not bound to
        "fe80::1%1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::7f00:1",
        "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::1",
        "2002:a00:1::", "2001:0:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_inside_is_reached(address: str) -> None:
    for found in ([address], ["93.184.216.34", address]):
        with pytest.raises(egress.EgressRefusedError, match=r"^not_public$"):
            egress.looked_at(
                "https://recipient.example/", allowed=(), resolve=lambda *_a, f=found: f
            )


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are_reached(address: str) -> None:
    target = egress.looked_at(
        "https://recipient.example/hook", allowed=(), resolve=lambda *_a: [address]
    )
    assert target.addresses == (ipaddress.ip_address(address),)
    assert (target.port, target.path) == (443, "/hook")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://recipient.example/", "not_https"),
        ("ftp://recipient.example/", "not_https"),
        ("https://", "not_an_address"),
        ("https://user:secret@recipient.example/", "not_an_address"),
        ("https://recipient.example:99999/", "not_an_address"),
        ("https://[::1/", "not_an_address"),
        ("https://127.0.0.1/", "not_public"),
        ("https://[::1]/", "not_public"),
        ("https://localhost/", "not_public"),
        ("https://2130706433/", "not_public"),
    ],
)
def test_other_addresses_are_refused(url: str, reason: str) -> None:
    with pytest.raises(egress.EgressRefusedError) as refused:
        egress.post(url, b"{}", {}, allowed=())
    assert refused.value.reason == reason


def test_a_name_is_asked_for_once_and_the_address_looked_at_is_the_one_used(
    receiver: Receiver,
) -> None:
    answers = [["127.0.0.1"], ["203.0.113.1"]]
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    status = egress.post(
        receiver.url("recipient.example"), b"{}", {}, allowed=HERE, resolve=rebinding
    )
    assert (status, asked) == (200, ["recipient.example"])
    assert receiver.seen[0][0]["host"] == f"recipient.example:{receiver.http.server_port}"
    first_public = [["93.184.216.34", "127.0.0.1"]]
    with pytest.raises(egress.EgressRefusedError, match="not_public"):
        egress.post(
            receiver.url("recipient.example"), b"{}", {}, allowed=(),
            resolve=lambda *_a: first_public[0],
        )  # fmt: skip
    assert len(receiver.seen) == 1


def test_the_certificate_is_that_of_the_name(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(egress.EgressFailedError, match="SSLCertVerificationError"):
        egress.post(
            receiver.url("another.example"), b"{}", {}, allowed=HERE,
            resolve=lambda *_a: ["127.0.0.1"],
        )  # fmt: skip
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(egress.EgressFailedError, match="SSLCertVerificationError"):
        egress.post(receiver.url(), b"{}", {}, allowed=HERE)
    assert receiver.seen == []


def test_redirects_are_not_followed_and_proxies_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    receiver.status = 307
    assert egress.post(receiver.url(), b"{}", {}, allowed=HERE) == 307
    assert [headers[":path"] for headers, _body in receiver.seen] == ["/hook?kind=erasure"]
