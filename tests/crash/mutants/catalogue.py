"""Mistakes that the harness must notice. Each is a replacement in one file; every text must be there exactly once, so that
a mutant that no longer says what it means fails instead of passing."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    replacements: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]  # of the oracle: one of them must be broken
    mode: str = "kill"
    classes: tuple[str, ...] = ("send",)
    points: int = 80


MUTANTS = (
    Mutant(
        "receipt_before_commit", "protocol/engine/inbox.cpp",
        (("    core_.store(std::move(work), std::move(reply));\n",
          "    reply();\n    core_.store(std::move(work), std::move(reply));\n"),),
        ("messages lost", "events lost"), classes=("send", "write", "sync")),
    Mutant(
        "no_sync", "storage/sqlite/database.cpp",
        (("PRAGMA synchronous = FULL", "PRAGMA synchronous = OFF"),),
        ("messages lost", "sends lost", "events lost"), mode="power", classes=("send", "receive", "write")),
    Mutant(
        "encrypted_again_after_restart", "protocol/engine/outbox.cpp",
        (("        job->entry = entry;\n        job->order = next_order_++;\n",
          "        entry.stanza.clear();\n        job->entry = entry;\n        job->order = next_order_++;\n"),),
        ("repeats with other bytes",), classes=("send", "receive", "write", "sync")),
    Mutant(
        "sent_before_the_ratchet_is_durable", "protocol/engine/outbox.cpp",
        (("    // D2: the advanced ratchets and the exact bytes are durable before a byte leaves.\n",
          "    core_.send_encoded(job->entry.stanza);\n"),),
        # A phone does not decrypt what comes under a key that it has used.
        ("reused message keys", "repeats with other bytes", "undecryptable at phones"), classes=("send", "write", "sync")),
    Mutant(
        "stanzas_are_not_recognised_again", "protocol/engine/inbox.cpp",
        (("    if (core_.reader.was_seen(hash)) {\n", "    if (false) {\n"),
         ("opened.failure == signal::SignalErrc::duplicate_message;", "false;"),
         ("    if (is_known(message)) return false;\n", "")),
        ("undecryptable at sessions", "content under two event ids"), classes=("send", "receive", "write", "sync")),
    Mutant(
        "accepted_before_durable", "protocol/engine/outbox.cpp",
        (("        job->is_accepted = true;\n        report(job, SendStage::accepted);\n", "        job->is_accepted = true;\n"),
         ("        core_.store(std::move(work), std::move(accepted));\n",
          "        report(job, SendStage::sent);\n        core_.store(std::move(work), std::move(accepted));\n")),
        ("sends lost",), classes=("send", "write", "sync")),
    Mutant(
        "cursor_before_delivery", "gateway/webhooks/endpoint_reader.cpp",
        (("    auto sending = send(attempt);\n    auto answer = co_await std::move(sending);\n    place.leave();\n",
          "    plan_.succeeded(attempt, context_.now());\n    saver_.save();\n    auto sending = send(attempt);\n"
          "    auto answer = co_await std::move(sending);\n    place.leave();\n    work_.notify();\n    co_return;\n"),),
        ("events lost",), classes=("send",)),
)
