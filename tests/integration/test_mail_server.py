"""The mail server of one machine, spoken to by the standard library's client and by hand."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import httpx
import pytest

from local.mail.app import make
from local.mail.smtp import LARGEST
from local.server import free_port, in_thread
from shared.delivery.mail import SmtpServer
from shared.domain.notices import Undelivered


@pytest.fixture
def served() -> Iterator[tuple[str, int]]:
    port = free_port()
    with in_thread(make(None, port)) as url:
        yield url, port


def taken(url: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = httpx.get(f"{url}/_messages").json()
    return found


def a_message(text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Über <script>"
    message.set_content(text)
    return message


def test_a_message_arrives_as_it_was_written(served: tuple[str, int]) -> None:
    url, port = served
    text = ".leading dots\n..\nand what is left: ü\n"
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.send_message(a_message(text))
    (message,) = taken(url)
    assert (message["subject"], message["text"]) == ("Über <script>", text)


def test_the_page_shows_messages_as_text(served: tuple[str, int]) -> None:
    url, port = served
    assert "None yet" in httpx.get(f"{url}/_mail").text
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.send_message(a_message("<b>bold</b>"))
    page = httpx.get(f"{url}/_mail").text
    assert "&lt;b&gt;bold" in page
    assert "<script>" not in page


def test_what_is_out_of_order_or_too_large_is_refused(served: tuple[str, int]) -> None:
    url, port = served
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        assert client.docmd("RCPT", "TO:<b@example.com>")[0] == 503
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("MAIL", "FROM:nobody")[0] == 501
        assert client.docmd("VRFY", "b")[0] == 502
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@example.com", "b@example.com", ("y" * 900 + "\n") * (LARGEST // 900))
        assert refused.value.smtp_code == 552
    assert taken(url) == []


def test_a_client_that_goes_away_leaves_nothing(served: tuple[str, int]) -> None:
    url, port = served
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nhalf a mess")
    assert taken(url) == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_what_should_be_encrypted_never_goes_in_the_clear(served: tuple[str, int], tls: str) -> None:
    url, port = served
    server = SmtpServer("127.0.0.1", port, "user", "password", "a@example.com", tls, 2)  # type: ignore[arg-type]
    with pytest.raises(Undelivered) as refused:
        server.send("b@example.com", "x", "y", "<1@example.com>")
    assert not refused.value.final
    assert taken(url) == []


def test_the_password_is_in_no_words_about_the_server() -> None:
    assert "secret" not in repr(SmtpServer("h", 1, "u", "secret", "a@example.com", "none", 1))
