"""Groups."""

import urllib.parse

from registry import case
from stage import JPEG

INFO, MESSAGES = (f"/api/{{session}}/groups/{{id}}/settings/security/{which}-admin-only" for which in ("info", "messages"))


def at(group: str, **more) -> dict:
    return {"path": {"id": group}, **more}


def members(*accounts) -> dict:
    return {"participants": [{"id": account.chat_id} for account in accounts]}


def known(stage, group: str):
    """Until the first session's list has it."""
    stage.eventually(lambda: group in listed(stage), "the group in the list")
    return group


def listed(stage, session=None) -> list[str]:
    return [entry["id"] for entry in stage.get(session or stage.one, "groups")]


@case("POST /api/{session}/groups")
def create_group(stage):
    name = stage.text("made")
    answer = yield {"body": {"name": name, **members(stage.two.account, stage.third)}}
    assert stage.group_state(answer["id"])["subject"] == name
    assert set(stage.roles(answer["id"])) == {stage.one.account.phone, stage.two.account.phone, stage.third.phone}
    stage.told(stage.two, "group.v2.join", lambda payload: payload["group"]["id"] == answer["id"])


@case("GET /api/{session}/groups")
def list_groups(stage):
    group = known(stage, stage.group())
    answer = yield {}
    assert next(entry for entry in answer if entry["id"] == group)["subject"] == stage.group_state(group)["subject"]
    short = yield {"query": {"limit": 1, "offset": 0, "sortBy": "subject", "sortOrder": "desc", "exclude": "participants"}}
    assert len(short) == 1 and not short[0].get("participants")


@case("GET /api/{session}/groups/join-info")
def join_info(stage):
    group = stage.group(stage.third, by=stage.two.account)
    code = stage.group_state(group)["inviteCode"]
    answer = yield {"query": {"code": code}}
    assert (answer["id"], answer["subject"]) == (group, stage.group_state(group)["subject"])
    yield {"query": {"code": f"https://chat.whatsapp.com/{code}"}}


@case("POST /api/{session}/groups/join")
def join_group(stage):
    group = stage.group(stage.third, by=stage.two.account)
    answer = yield {"body": {"code": f"https://chat.whatsapp.com/{stage.group_state(group)['inviteCode']}"}}
    assert answer["id"] == group
    assert stage.one.account.phone in stage.roles(group)


@case("GET /api/{session}/groups/count")
def count_groups(stage):
    known(stage, stage.group())
    answer = yield {}
    assert answer == {"count": len(listed(stage))}


@case("POST /api/{session}/groups/refresh")
def refresh_groups(stage):
    group = stage.group()
    yield {}
    assert group in listed(stage)


@case("GET /api/{session}/groups/{id}")
def one_group(stage):
    group = stage.group()
    answer = yield at(group)
    assert (answer["id"], answer["subject"], len(answer["participants"])) == (group, stage.group_state(group)["subject"], 3)


@case("DELETE /api/{session}/groups/{id}")
def delete_group(stage):
    group = known(stage, stage.group())
    yield at(group)
    assert stage.one.account.phone not in stage.roles(group) and group not in listed(stage)


@case("POST /api/{session}/groups/{id}/leave")
def leave_group(stage):
    group = known(stage, stage.group())
    yield at(group)
    assert stage.one.account.phone not in stage.roles(group) and group not in listed(stage)
    stage.told(stage.two, "group.v2.participants", lambda payload: payload["group"]["id"] == group and payload["type"] == "leave")


@case("GET /api/{session}/groups/{id}/picture", unknown_accepted={"id": "nobody's picture is null"})
def group_picture(stage):
    group = stage.group()
    answer = yield at(group, query={"refresh": "true"})
    assert answer["url"] is None
    stage.one.api.put(f"/api/{stage.one.name}/groups/{group}/picture", {"file": {"mimetype": "image/jpeg", "data": JPEG}})
    answer = yield at(group, query={"refresh": "true"})
    assert answer["url"]


@case("PUT /api/{session}/groups/{id}/picture")
def set_group_picture(stage):
    group = stage.group()
    answer = yield at(group, body={"file": {"mimetype": "image/jpeg", "filename": "g.jpg", "data": JPEG}})
    assert answer == {"success": True}
    assert stage.two.api.get(f"/api/{stage.two.name}/chats/{urllib.parse.quote(group)}/picture?refresh=true")["url"]


@case("DELETE /api/{session}/groups/{id}/picture")
def delete_group_picture(stage):
    group = stage.group()
    stage.one.api.put(f"/api/{stage.one.name}/groups/{group}/picture", {"file": {"mimetype": "image/jpeg", "data": JPEG}})
    answer = yield at(group)
    assert answer == {"success": True}
    assert stage.two.api.get(f"/api/{stage.two.name}/chats/{urllib.parse.quote(group)}/picture?refresh=true")["url"] is None


@case("PUT /api/{session}/groups/{id}/description")
def describe_group(stage):
    group, words = stage.group(), stage.text("about")
    yield at(group, body={"description": words})
    assert stage.group_state(group)["description"] == words


@case("PUT /api/{session}/groups/{id}/subject")
def rename_group(stage):
    group, words = stage.group(), stage.text("renamed")
    yield at(group, body={"subject": words})
    assert stage.group_state(group)["subject"] == words
    stage.told(stage.two, "group.v2.update", lambda payload: payload["group"]["id"] == group and payload["group"].get("subject") == words)


@case(f"PUT {INFO}")
def lock_info(stage):
    group = stage.group()
    for flag in (True, False):
        yield at(group, body={"adminsOnly": flag})
        assert stage.group_state(group)["locked"] is flag


@case(f"GET {INFO}")
def info_lock(stage):
    group = stage.group()
    answer = yield at(group)
    assert answer == {"adminsOnly": False}
    stage.control.patch(f"/control/groups/{group}", {"locked": True})
    stage.eventually(lambda: stage.get(stage.one, f"groups/{group}/settings/security/info-admin-only") == {"adminsOnly": True}, "the lock")


@case(f"PUT {MESSAGES}")
def lock_messages(stage):
    group = stage.group()
    for flag in (True, False):
        yield at(group, body={"adminsOnly": flag})
        assert stage.group_state(group)["announce"] is flag


@case(f"GET {MESSAGES}")
def messages_lock(stage):
    group = stage.group(announce=True)
    answer = yield at(group)
    assert answer == {"adminsOnly": True}


@case("GET /api/{session}/groups/{id}/invite-code")
def invite_code(stage):
    group = stage.group()
    answer = yield at(group)
    assert answer == stage.group_state(group)["inviteCode"]


@case("POST /api/{session}/groups/{id}/invite-code/revoke")
def revoke_invite(stage):
    group = stage.group()
    before = stage.group_state(group)["inviteCode"]
    answer = yield at(group)
    assert answer == stage.group_state(group)["inviteCode"] != before


@case("GET /api/{session}/groups/{id}/participants")
def participants(stage):
    group = stage.group()
    answer = yield at(group)
    assert len(answer) == len(stage.roles(group))


@case("GET /api/{session}/groups/{id}/participants/v2")
def participants_v2(stage):
    group = stage.group()
    answer = yield at(group)
    roles = {phone: "participant" if role == "member" else role for phone, role in stage.roles(group).items()}
    assert {entry["pn"].split("@")[0]: entry["role"] for entry in answer} == roles


@case("POST /api/{session}/groups/{id}/participants/add")
def add_members(stage):
    group = stage.group(stage.third)
    yield at(group, body=members(stage.two.account))
    assert stage.two.account.phone in stage.roles(group)
    stage.told(stage.two, "group.v2.join", lambda payload: payload["group"]["id"] == group)


@case("POST /api/{session}/groups/{id}/participants/remove")
def remove_members(stage):
    group = stage.group()
    yield at(group, body=members(stage.two.account))
    assert stage.two.account.phone not in stage.roles(group)
    stage.told(stage.two, "group.v2.leave", lambda payload: payload["group"]["id"] == group)


@case("POST /api/{session}/groups/{id}/admin/promote")
def promote(stage):
    group = stage.group()
    yield at(group, body=members(stage.two.account))
    assert stage.roles(group)[stage.two.account.phone] == "admin"


@case("POST /api/{session}/groups/{id}/admin/demote")
def demote(stage):
    group = stage.group()
    stage.control.post(f"/control/groups/{group}/members", {"action": "promote", "members": [stage.two.account.phone]})
    yield at(group, body=members(stage.two.account))
    assert stage.roles(group)[stage.two.account.phone] not in ("admin", "superadmin")
