"""Apps of sessions, and the protocol for models' tools."""

from registry import case

OPEN = {"unknown_session": None, "needs_working": False}


def app(stage, **more) -> dict:
    return {"id": "app_" + stage.text("").strip().rjust(8, "0"), "session": stage.one.name, "app": "calls", "enabled": True,
            "config": {"dm": {"reject": True, "message": "no calls please"}, "group": {"reject": False}}, **more}


def kept(stage) -> dict:
    listed = stage.gateway.api.get(f"/api/apps?session={stage.one.name}")
    return {entry["id"]: entry for entry in listed}


def made(stage) -> dict:
    return stage.gateway.api.post("/api/apps", app(stage), expect=201)


def gone(stage, one: dict):
    stage.gateway.api.delete(f"/api/apps/{one['id']}")


@case("GET /api/apps", needs_working=False)
def list_apps(stage):
    one = made(stage)
    answer = yield {"query": {"session": stage.one.name}}
    assert one["id"] in [entry["id"] for entry in answer]
    gone(stage, one)


@case("POST /api/apps", needs_working=False)
def create_app(stage):
    wanted = app(stage)
    yield {"body": wanted}
    assert kept(stage)[wanted["id"]]["config"]["dm"]["reject"] is True
    call = stage.third.call(stage.one.account.digits)
    stage.third.wait_call(call, "rejected")
    stage.third.received("no calls please")
    gone(stage, wanted)


@case("GET /api/apps/{id}", **OPEN)
def one_app(stage):
    one = made(stage)
    answer = yield {"path": {"id": one["id"]}}
    assert (answer["id"], answer["app"], answer["session"]) == (one["id"], "calls", stage.one.name)
    gone(stage, one)


@case("PUT /api/apps/{id}", **OPEN)
def change_app(stage):
    one = made(stage)
    yield {"path": {"id": one["id"]}, "body": {**one, "enabled": False}}
    assert kept(stage)[one["id"]]["enabled"] is False
    gone(stage, one)


@case("DELETE /api/apps/{id}", **OPEN)
def delete_app(stage):
    one = made(stage)
    yield {"path": {"id": one["id"]}}
    assert one["id"] not in kept(stage)


@case("POST /mcp", **OPEN, own_errors="JSON-RPC has its own",
      statuses={200: "the protocol's own answer to a request; WAHA's document has what its framework adds"})
def mcp(stage):
    headers = {"Accept": "application/json, text/event-stream"}
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize",
                  "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "contract", "version": "1"}}}
    answer = yield {"body": initialize, "headers": headers}
    text = answer if isinstance(answer, dict) else answer.decode()
    assert "protocolVersion" in str(text), text
