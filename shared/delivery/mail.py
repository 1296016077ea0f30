"""Mail, by any SMTP server."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Literal

from shared.domain.notices import Undelivered

if TYPE_CHECKING:
    from smtplib import SMTP

Tls = Literal["starttls", "implicit", "none"]


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in. `timeout` in seconds, of each step of the dialogue. Certificates are always checked."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    tls: Tls
    timeout: float

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        """Hand one message in. Raises Undelivered; final where the server will never take it (5yz, RFC 5321, 4.2.1)."""
        import smtplib

        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"], message["Message-ID"] = formatdate(), message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence is to answer it
        message.set_content(text)
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, told = next(iter(refused.recipients.values()))
            raise Undelivered(_told(code, told), final=code >= 500, one_recipient=True) from refused
        except smtplib.SMTPResponseException as refused:
            # What is wrong with the way in (its password, its TLS) an administrator can put right.
            final = refused.smtp_code >= 500 and isinstance(refused, smtplib.SMTPDataError)
            raise Undelivered(_told(refused.smtp_code, refused.smtp_error), final=final) from refused
        except (smtplib.SMTPException, OSError) as lost:
            raise Undelivered(f"the mail server could not be reached: {lost}") from lost

    def _connect(self) -> SMTP:
        import smtplib
        import ssl

        if self.tls == "implicit":
            context = ssl.create_default_context()
            server: SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


def _told(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"the mail server answered {code} {words}"
