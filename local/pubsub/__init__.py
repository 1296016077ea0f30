"""Cloud Pub/Sub on one machine: the JSON API of pubsub.googleapis.com v1, push delivery, dead letters.

`python -m local.pubsub --port N [--state FOLDER]`. For Google's clients: `transport="rest"` and `client_options=
{"api_endpoint": "http://127.0.0.1:N"}`.

Delivery is at least once and in no promised order. A push that is not answered 2xx within the ack deadline (on the
emulated clock) is made again after the retry policy's back-off: 10 s doubling to 600 s where none is set. A message
stays until it is acknowledged, however long that takes. A push with an `oidcToken` carries an unsigned identity token.

Faults: `publish`, `pull` and the other methods take status/reason/message, `lose_response`, `drop` and `delay`, with
`where` naming `topic` or `subscription` (short ids). `push` is one delivery attempt, with `subscription`, `topic`,
`attempt` and each `attributes.NAME` of the message: `drop` (not delivered this time), `status` (as if the endpoint had
answered this), `lose_response` (delivered, the answer is lost), `duplicate` (delivered so many times more), `delay`
(delivered so many seconds later, others overtake it).

To look inside: `GET /_messages`; `POST /_idle {"timeout": 10}` answers once no push is in flight or due, or 504 with
what still is after that many real seconds.

Not here, because nothing of ours asks for it: gRPC, ordering keys, filters, exactly-once delivery, snapshots and seek,
schemas, updates by PATCH. What a request asks of these is refused, not ignored.
"""
