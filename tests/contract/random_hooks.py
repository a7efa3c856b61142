"""Loaded by schemathesis (SCHEMATHESIS_HOOKS)."""

import os

import hypothesis.internal.lambda_sources
import schemathesis

SESSION = os.environ["WAGATE_CONTRACT_SESSION"]

# Only for texts that nobody reads; it parses sources, for which Python 3.11 has not always enough stack in a thread.
hypothesis.internal.lambda_sources.lambda_description = lambda _: "lambda: …"


@schemathesis.hook
def map_body(context, body):
    """Most bodies name the session that exists, so that the rest of them matters."""
    if isinstance(body, dict) and isinstance(body.get("session"), str):
        return {**body, "session": SESSION}
    return body


@schemathesis.hook
def map_query(context, query):
    """No address is longer than a server of HTTP has to take."""
    return {name: value[:20] if isinstance(value, list) else value for name, value in query.items()} if isinstance(query, dict) else query
