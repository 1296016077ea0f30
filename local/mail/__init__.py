"""A mail server on one machine: takes every message by SMTP, delivers none, and shows what it took.

`python -m local.mail --port N [--state FOLDER]`: HTTP on N, SMTP (RFC 5321, without TLS) on N + 1. `GET /_mail` is a
page for people, `GET /_messages` the same as JSON, newest first.

Faults: `mail` (the transaction begins; `where` may name `from`), `rcpt` (`to`) and `data` (`to`, `subject`): `status`
is the SMTP reply (451, 550), `drop` cuts the connection, `lose_response` takes the message and then cuts.
"""
