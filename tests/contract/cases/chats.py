"""Chats and their settings, contacts, numbers and LIDs, labels, presence, calls."""

from registry import case
from stage import JPEG, quoted

NO_CHAT = {"chatId": "what nobody wrote to yet is a chat as well"}


def chat_ids(stage) -> list[str]:
    return [entry["id"] for entry in stage.get(stage.one, "chats")]


def newcomer(stage):
    """A phone that has just written to the first session."""
    account, words = stage.sandbox.account(pushName=stage.text("Eva")), stage.text("hello")
    account.send(stage.one.account.digits, words)
    stage.one.wait_message(words)
    return account, words


@case("GET /api/{session}/chats", needs_working=False)
def chats(stage):
    account, _ = newcomer(stage)
    answer = yield {}
    assert account.chat_id in [entry["id"] for entry in answer]
    answer = yield {"query": {"sortBy": "conversationTimestamp", "sortOrder": "desc", "limit": 1, "offset": 0, "merge": "true"}}
    (newest,) = answer
    everything = yield {}
    assert newest["conversationTimestamp"] == max(entry["conversationTimestamp"] for entry in everything)


@case("GET /api/{session}/chats/overview", needs_working=False)
def overview(stage):
    account, words = newcomer(stage)
    answer = yield {"query": {"limit": 100, "offset": 0, "merge": "true"}}
    assert next(entry for entry in answer if entry["id"] == account.chat_id)["lastMessage"]["body"] == words
    answer = yield {"query": {"ids": [account.chat_id]}}
    assert [entry["id"] for entry in answer] == [account.chat_id]


@case("POST /api/{session}/chats/overview", needs_working=False)
def overview_of(stage):
    account, words = newcomer(stage)
    answer = yield {"body": {"pagination": {"limit": 20, "offset": 0}, "filter": {"ids": [account.chat_id]}}}
    assert [(entry["id"], entry["lastMessage"]["body"]) for entry in answer] == [(account.chat_id, words)]


@case("DELETE /api/{session}/chats/{chatId}", unknown_accepted=NO_CHAT)
def delete_chat(stage):
    account, _ = newcomer(stage)
    yield {"path": {"chatId": account.chat_id}}
    stage.setting(stage.one, "deleteChat", account.lid_jid, "1")
    assert account.chat_id not in chat_ids(stage)


@case("GET /api/{session}/chats/{chatId}/picture", unknown_accepted={"chatId": "nobody's picture is null"})
def chat_picture(stage):
    account, _ = newcomer(stage)
    answer = yield {"path": {"chatId": account.chat_id}}
    assert answer["url"] is None
    account.profile(picture=JPEG)
    answer = yield {"path": {"chatId": account.chat_id}, "query": {"refresh": "true"}}
    assert answer["url"].startswith("http")


@case("POST /api/{session}/chats/{chatId}/archive", unknown_accepted=NO_CHAT)
def archive(stage):
    account, _ = newcomer(stage)
    yield {"path": {"chatId": account.chat_id}}
    stage.setting(stage.one, "archive", account.lid_jid, archived=True)


@case("POST /api/{session}/chats/{chatId}/unarchive", unknown_accepted=NO_CHAT)
def unarchive(stage):
    account, _ = newcomer(stage)
    stage.one.api.post(f"/api/{stage.one.name}/chats/{account.chat_id}/archive", expect=201)
    stage.setting(stage.one, "archive", account.lid_jid, archived=True)
    yield {"path": {"chatId": account.chat_id}}
    stage.setting(stage.one, "archive", account.lid_jid, archived=False)


@case("POST /api/{session}/chats/{chatId}/unread", unknown_accepted=NO_CHAT)
def unread(stage):
    account, _ = newcomer(stage)
    yield {"path": {"chatId": account.chat_id}}
    stage.setting(stage.one, "markChatAsRead", account.lid_jid, read=False)


# ---------------------------------------------------------------------- contacts

@case("GET /api/contacts/all", needs_working=False)
def contacts(stage):
    account, _ = newcomer(stage)
    answer = yield {"query": {"session": stage.one.name, "sortBy": "name", "sortOrder": "asc", "limit": 1000, "offset": 0}}
    found = next(entry for entry in answer if entry["id"] == account.chat_id)
    assert found["pushname"] == account.state()["pushName"], found


@case("GET /api/contacts", needs_working=False, unknown_accepted={"contactId": "a contact without names"})
def contact(stage):
    account, _ = newcomer(stage)
    answer = yield {"query": {"session": stage.one.name, "contactId": account.chat_id}}
    assert (answer["id"], answer["pushname"]) == (account.chat_id, account.state()["pushName"])


@case("GET /api/{session}/contacts/{id}", needs_working=False, unknown_accepted={"id": "a contact without names"})
def contact_by_id(stage):
    account, _ = newcomer(stage)
    answer = yield {"path": {"id": account.chat_id}}
    assert (answer["id"], answer["pushname"]) == (account.chat_id, account.state()["pushName"])


@case("PUT /api/{session}/contacts/{chatId}", unknown_accepted={"chatId": "the address book takes any number"})
def name_contact(stage):
    account, _ = newcomer(stage)
    answer = yield {"path": {"chatId": account.chat_id}, "body": {"firstName": "Ada", "lastName": "Lovelace"}}
    assert answer == {"success": True}
    stage.setting(stage.one, "contact", account.pn_jid, fullName="Ada Lovelace", firstName="Ada")
    assert stage.get(stage.one, f"contacts/{account.chat_id}")["name"] == "Ada Lovelace"


@case("GET /api/contacts/check-exists", unknown_accepted={"phone": "that is the question"})
def check_exists(stage):
    answer = yield {"query": {"session": stage.one.name, "phone": stage.third.phone}}
    assert answer == {"numberExists": True, "chatId": stage.third.chat_id} or answer["pn"]
    answer = yield {"query": {"session": stage.one.name, "phone": "4915999999999"}}
    assert answer["numberExists"] is False


@case("GET /api/checkNumberStatus", unknown_accepted={"phone": "that is the question"})
def check_number(stage):
    answer = yield {"query": {"session": stage.one.name, "phone": stage.third.phone}}
    assert (answer["numberExists"], answer["chatId"]) == (True, stage.third.chat_id)


@case("GET /api/contacts/about", unknown_accepted={"contactId": "nobody's words are null"})
def about(stage):
    account, _ = newcomer(stage)
    account.profile(about="at work")
    answer = yield {"query": {"session": stage.one.name, "contactId": account.chat_id}}
    assert answer == {"about": "at work"}


@case("GET /api/contacts/profile-picture", unknown_accepted={"contactId": "nobody's picture is null"})
def contact_picture(stage):
    account, _ = newcomer(stage)
    account.profile(picture=JPEG)
    answer = yield {"query": {"session": stage.one.name, "contactId": account.chat_id, "refresh": "true"}}
    assert answer["profilePictureURL"].startswith("http")


@case("POST /api/contacts/block")
def block(stage):
    account, _ = newcomer(stage)
    yield {"body": {"session": stage.one.name, "contactId": account.chat_id}}
    assert account.lid in stage.one.account.profile()["blocked"]


@case("POST /api/contacts/unblock")
def unblock(stage):
    account, _ = newcomer(stage)
    stage.one.api.post("/api/contacts/block", {"session": stage.one.name, "contactId": account.chat_id}, expect=201)
    yield {"body": {"session": stage.one.name, "contactId": account.chat_id}}
    assert account.lid not in stage.one.account.profile()["blocked"]


@case("GET /api/{session}/lids", needs_working=False)
def lids(stage):
    answer = yield {"query": {"limit": 1000, "offset": 0}}
    assert {"lid": stage.third.lid_jid, "pn": stage.third.chat_id} in answer


@case("GET /api/{session}/lids/count", needs_working=False)
def lids_count(stage):
    answer = yield {}
    assert answer["count"] == len(stage.get(stage.one, "lids?limit=1000"))


@case("GET /api/{session}/lids/{lid}", needs_working=False, unknown_accepted={"lid": "its number is null"})
def number_of_lid(stage):
    answer = yield {"path": {"lid": stage.third.lid_jid}}
    assert answer == {"lid": stage.third.lid_jid, "pn": stage.third.chat_id}
    answer = yield {"path": {"lid": stage.third.lid_jid.split("@")[0]}}
    assert answer["pn"] == stage.third.chat_id


@case("GET /api/{session}/lids/pn/{phoneNumber}", needs_working=False, unknown_accepted={"phoneNumber": "its LID is null"})
def lid_of_number(stage):
    for form in (stage.third.phone, stage.third.chat_id):
        answer = yield {"path": {"phoneNumber": form}}
        assert answer == {"lid": stage.third.lid_jid, "pn": stage.third.chat_id}


# ---------------------------------------------------------------------- labels

def label(stage) -> dict:
    return stage.one.api.post(f"/api/{stage.one.name}/labels", {"name": stage.text("label"), "color": 1}, expect=201)


def put_on(stage, chat: str, *labels):
    stage.one.api.put(f"/api/{stage.one.name}/labels/chats/{quoted(chat)}", {"labels": [{"id": one["id"]} for one in labels]}, expect=200)


def gone(stage, *labels):
    for one in labels:
        stage.one.api.delete(f"/api/{stage.one.name}/labels/{one['id']}")


@case("GET /api/{session}/labels", needs_working=False)
def labels(stage):
    made = label(stage)
    answer = yield {}
    assert made in answer
    gone(stage, made)


@case("POST /api/{session}/labels")
def create_label(stage):
    name = stage.text("label")
    answer = yield {"body": {"name": name, "colorHex": "#ff9485"}}
    assert (answer["name"], answer["color"], answer["colorHex"]) == (name, 0, "#ff9485")
    stage.setting(stage.one, "label_edit", answer["id"], name=name, color=0, deleted=False)
    gone(stage, answer)


@case("PUT /api/{session}/labels/{labelId}")
def change_label(stage):
    made, name = label(stage), stage.text("renamed")
    answer = yield {"path": {"labelId": made["id"]}, "body": {"name": name, "color": 3}}
    assert (answer["id"], answer["name"], answer["color"]) == (made["id"], name, 3)
    stage.setting(stage.one, "label_edit", made["id"], name=name, color=3)
    gone(stage, made)


@case("DELETE /api/{session}/labels/{labelId}")
def delete_label(stage):
    made = label(stage)
    yield {"path": {"labelId": made["id"]}}
    stage.setting(stage.one, "label_edit", made["id"], deleted=True)
    assert made["id"] not in [entry["id"] for entry in stage.get(stage.one, "labels")]


@case("GET /api/{session}/labels/chats/{chatId}", needs_working=False, unknown_accepted={"chatId": "a chat without labels"})
def labels_of_chat(stage):
    made = label(stage)
    put_on(stage, stage.third.chat_id, made)
    answer = yield {"path": {"chatId": stage.third.chat_id}}
    assert answer == [made]
    gone(stage, made)


@case("PUT /api/{session}/labels/chats/{chatId}", unknown_accepted=NO_CHAT)
def put_labels(stage):
    first, second = label(stage), label(stage)
    put_on(stage, stage.third.chat_id, first)
    yield {"path": {"chatId": stage.third.chat_id}, "body": {"labels": [{"id": second["id"]}]}}
    stage.setting(stage.one, "label_jid", second["id"], stage.third.lid_jid, labeled=True)
    stage.setting(stage.one, "label_jid", first["id"], stage.third.lid_jid, labeled=False)
    yield {"path": {"chatId": stage.third.chat_id}, "body": {"labels": []}}
    stage.setting(stage.one, "label_jid", second["id"], stage.third.lid_jid, labeled=False)
    gone(stage, first, second)


@case("GET /api/{session}/labels/{labelId}/chats", needs_working=False, unknown_accepted={"labelId": "a label without chats"})
def chats_of_label(stage):
    made = label(stage)
    put_on(stage, stage.third.chat_id, made)
    answer = yield {"path": {"labelId": made["id"]}}
    assert [entry["id"] for entry in answer] == [stage.third.chat_id]
    gone(stage, made)


# ---------------------------------------------------------------------- presence and calls

def presence_at_two(stage, state: str, since: int):
    stage.told(stage.two, "presence.update", lambda payload: any(
        one["lastKnownPresence"] == state for one in payload["presences"]), since, state)


@case("POST /api/{session}/presence")
def set_presence(stage):
    stage.two.api.post(f"/api/{stage.two.name}/presence/{stage.one.chat}/subscribe", expect=201)
    since = stage.hooks.mark()
    yield {"body": {"presence": "online"}}
    presence_at_two(stage, "online", since)
    for state in ("typing", "paused", "recording"):
        yield {"body": {"presence": state, "chatId": stage.two.chat}}
        presence_at_two(stage, state, since)
    yield {"body": {"presence": "offline"}}
    presence_at_two(stage, "offline", since)


@case("GET /api/{session}/presence")
def presences(stage):
    account, _ = newcomer(stage)
    account.show("online")
    stage.get(stage.one, f"presence/{account.chat_id}")
    answer = yield {}
    assert next(entry for entry in answer if entry["id"] == account.chat_id)["presences"][0]["lastKnownPresence"] == "online"


@case("GET /api/{session}/presence/{chatId}", unknown_accepted={"chatId": "of whom nothing is known"})
def presence(stage):
    account, _ = newcomer(stage)
    account.show("online")
    answer = yield {"path": {"chatId": account.chat_id}}
    assert answer["presences"][0]["lastKnownPresence"] == "online"


@case("POST /api/{session}/presence/{chatId}/subscribe", unknown_accepted={"chatId": "of whom nothing will be heard"})
def subscribe(stage):
    account, _ = newcomer(stage)
    since = stage.hooks.mark()
    yield {"path": {"chatId": account.chat_id}}
    account.show("online")
    stage.told(stage.one, "presence.update", lambda payload: payload["id"] == account.chat_id
               and payload["presences"][0]["lastKnownPresence"] == "online", since)


@case("POST /api/{session}/calls/reject", unknown_accepted={"from": "nobody hears of it", "id": "nobody hears of it"})
def reject_call(stage):
    account, _ = newcomer(stage)
    call = account.call(stage.one.account.digits)
    told = stage.told(stage.one, "call.received", lambda payload: payload["id"] == call)
    yield {"body": {"from": told["from"], "id": call}}
    account.wait_call(call, "rejected")
