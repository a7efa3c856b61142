"""Channels."""

from harness.gateway import bare_id

from registry import case

# The same lists for everybody: no session is looked at.
CONSTANT = {"unknown_session": None, "needs_working": False}
SEARCH = {"categories": [], "limit": 50, "startCursor": ""}


def channel(stage, **more) -> dict:
    return stage.control.post("/control/channels", {"name": stage.text("channel"), **more}, expect=201)


def state(stage, number: str) -> dict:
    return stage.control.get(f"/control/channels/{number}")


def own(stage) -> dict:
    return stage.one.api.post(f"/api/{stage.one.name}/channels", {"name": stage.text("own channel")}, expect=201)


def follow(stage, number: str):
    stage.one.api.post(f"/api/{stage.one.name}/channels/{number}/follow", expect=201)


def at(number: str) -> dict:
    return {"path": {"id": number}}


def listed(stage) -> list[str]:
    return [entry["id"] for entry in stage.get(stage.one, "channels")]


@case("GET /api/{session}/channels")
def list_channels(stage):
    mine = own(stage)
    other = channel(stage)["id"]
    follow(stage, other)
    answer = yield {}
    roles = {entry["id"]: entry["role"] for entry in answer}
    assert (roles[mine["id"]], roles[other]) == ("OWNER", "SUBSCRIBER")
    answer = yield {"query": {"role": "OWNER"}}
    assert {entry["role"] for entry in answer} == {"OWNER"}


@case("POST /api/{session}/channels")
def create_channel(stage):
    name = stage.text("made")
    answer = yield {"body": {"name": name, "description": "what happens"}}
    assert (state(stage, answer["id"])["name"], state(stage, answer["id"])["owner"]) == (name, stage.one.account.phone)
    seen = stage.get(stage.two, f"channels/{answer['id']}")
    assert (seen["name"], seen["role"], seen["description"]) == (name, "GUEST", "what happens")


@case("DELETE /api/{session}/channels/{id}")
def delete_channel(stage):
    made = own(stage)
    yield at(made["id"])
    assert made["id"] not in listed(stage)
    assert stage.two.api.request("GET", f"/api/{stage.two.name}/channels/{made['id']}").status == 404


@case("GET /api/{session}/channels/{id}")
def one_channel(stage):
    made = channel(stage, verified=True)
    answer = yield at(made["id"])
    assert (answer["id"], answer["name"], answer["verified"]) == (made["id"], made["name"], True)
    again = yield at(answer["invite"].rsplit("/", 1)[1])
    assert again["id"] == made["id"]


@case("GET /api/{session}/channels/{id}/messages/preview")
def preview(stage):
    number = channel(stage)["id"]
    for words in ("one", "two"):
        stage.control.post(f"/control/channels/{number}/post", {"text": words}, expect=201)
    answer = yield {**at(number), "query": {"downloadMedia": "false", "limit": 10}}
    assert [entry["message"]["body"] for entry in answer] == ["one", "two"]


@case("POST /api/{session}/channels/{id}/follow")
def follow_channel(stage):
    number = channel(stage)["id"]
    yield at(number)
    assert state(stage, number)["followers"] == [stage.one.account.phone]
    words = stage.text("post")
    post = stage.control.post(f"/control/channels/{number}/post", {"text": words}, expect=201)
    assert bare_id(stage.one.wait_message(words).payload["id"]) == post["id"]


@case("POST /api/{session}/channels/{id}/unfollow")
def unfollow_channel(stage):
    number = channel(stage)["id"]
    follow(stage, number)
    yield at(number)
    assert state(stage, number)["followers"] == [] and number not in listed(stage)


@case("POST /api/{session}/channels/{id}/mute")
def mute_channel(stage):
    number = channel(stage)["id"]
    follow(stage, number)
    muted = stage.sandbox.stats()["counters"].get("channels_muted", None)
    yield at(number)
    assert muted is None or stage.sandbox.stats()["counters"]["channels_muted"] == muted + 1
    assert number in listed(stage)


@case("POST /api/{session}/channels/{id}/unmute")
def unmute_channel(stage):
    number = channel(stage)["id"]
    follow(stage, number)
    stage.one.api.post(f"/api/{stage.one.name}/channels/{number}/mute", expect=201)
    yield at(number)
    assert number in listed(stage)


@case("POST /api/{session}/channels/search/by-view")
def by_view(stage):
    made = channel(stage)
    answer = yield {"body": {"view": "NEW", "countries": ["US"], **SEARCH}}
    assert made["id"] in [entry["id"] for entry in answer["channels"]]


@case("POST /api/{session}/channels/search/by-text")
def by_text(stage):
    made = channel(stage)
    answer = yield {"body": {"text": made["name"], **SEARCH}}
    assert made["id"] in [entry["id"] for entry in answer["channels"]]


@case("GET /api/{session}/channels/search/views", **CONSTANT)
def views(stage):
    answer = yield {}
    found = stage.one.api.post(f"/api/{stage.one.name}/channels/search/by-view",
                               {"view": answer[0]["value"], "countries": ["US"], **SEARCH}, expect=200)
    assert "channels" in found


@case("GET /api/{session}/channels/search/countries", **CONSTANT)
def countries(stage):
    answer = yield {}
    assert {"code": "DE", "name": "Germany"} in answer


@case("GET /api/{session}/channels/search/categories", **CONSTANT)
def categories(stage):
    answer = yield {}
    found = stage.one.api.post(f"/api/{stage.one.name}/channels/search/by-text",
                               {"text": "x", **SEARCH, "categories": [answer[0]["value"]]}, expect=200)
    assert "channels" in found
