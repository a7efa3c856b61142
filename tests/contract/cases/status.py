"""Status posts: sent to the account's contacts, seen by another session as messages of status@broadcast."""

import base64

from harness.gateway import bare_id

from registry import case
from stage import JPEG

OGG = base64.b64encode(b"OggS" + bytes(200)).decode()
MP4 = base64.b64encode(b"\0\0\0\x18ftypmp42" + bytes(200)).decode()


def seen(stage, answer) -> dict:
    """The post as the second session was told it."""
    payload = stage.told(stage.two, "message", lambda payload: bare_id(payload["id"]) == bare_id(answer["id"]), what="status")
    assert payload["from"] == "status@broadcast", payload
    return payload


def contacts(stage) -> list[str]:
    return [stage.two.chat]


@case("POST /api/{session}/status/text", any_form={"linkPreview": "accepted and not made", "linkPreviewHighQuality": "the same"})
def text(stage):
    words = stage.text("status")
    answer = yield {"body": {"text": words, "backgroundColor": "#38b42f", "font": 0, "contacts": contacts(stage)}}
    assert seen(stage, answer)["body"] == words


@case("POST /api/{session}/status/image")
def image(stage):
    words = stage.text("picture")
    answer = yield {"body": {"file": {"mimetype": "image/jpeg", "filename": "a.jpg", "data": JPEG}, "caption": words, "contacts": contacts(stage)}}
    assert seen(stage, answer)["hasMedia"] is True


@case("POST /api/{session}/status/voice")
def voice(stage):
    file = {"mimetype": "audio/ogg; codecs=opus", "filename": "a.ogg", "data": OGG}
    answer = yield {"body": {"file": file, "convert": False, "backgroundColor": "#38b42f", "contacts": contacts(stage)}}
    assert seen(stage, answer)["hasMedia"] is True


@case("POST /api/{session}/status/video")
def video(stage):
    file = {"mimetype": "video/mp4", "filename": "a.mp4", "data": MP4}
    answer = yield {"body": {"file": file, "convert": False, "caption": stage.text("film"), "contacts": contacts(stage)}}
    assert seen(stage, answer)["hasMedia"] is True


@case("POST /api/{session}/status/delete")
def delete(stage):
    body = {"text": stage.text("short-lived"), "backgroundColor": "#38b42f", "font": 0, "contacts": contacts(stage)}
    post = stage.one.api.post(f"/api/{stage.one.name}/status/text", body, expect=201)
    seen(stage, post)
    yield {"body": {"id": post["id"], "contacts": contacts(stage)}}
    stage.told(stage.two, "message.revoked", lambda payload: payload["revokedMessageId"] == bare_id(post["id"]))


@case("GET /api/{session}/status/new-message-id", needs_working=False)
def new_id(stage):
    answer = yield {}
    again = yield {}
    assert answer["id"] != again["id"]
    body = {"id": answer["id"], "text": stage.text("chosen"), "backgroundColor": "#38b42f", "font": 0, "contacts": contacts(stage)}
    post = stage.one.api.post(f"/api/{stage.one.name}/status/text", body, expect=201)
    assert bare_id(post["id"]) == bare_id(answer["id"])
    seen(stage, post)
