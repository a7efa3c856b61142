"""Messages: every kind that is sent, and what is done to one that was."""

import base64
import time
import urllib.parse

from harness.gateway import bare_id

from registry import case
from stage import JPEG

OGG = base64.b64encode(b"OggS" + bytes(200)).decode()
MP4 = base64.b64encode(b"\0\0\0\x18ftypmp42" + bytes(200)).decode()
# Converting is work for the tenant: no session is looked at.
OF_THE_TENANT = {"unknown_session": None, "needs_working": False}
UNSEEN = {"chatId": "nobody sees it, and nobody is asked"}
PREVIEW = {"linkPreview": "accepted and not made", "linkPreviewHighQuality": "accepted and without effect"}


def to_two(stage, **fields) -> dict:
    return {"body": {"session": stage.one.name, "chatId": stage.two.chat, **fields}}


def file_of(stage, payload: dict) -> bytes:
    """The file of a message, as the second session's application would fetch it."""
    stored = stage.get(stage.two, f"chats/{stage.one.chat}/messages/{payload['id']}?downloadMedia=true")
    address = urllib.parse.urlsplit(stored["media"]["url"])
    answer = stage.gateway.api.request("GET", address.path + "?" + address.query)
    assert answer.status == 200, answer
    return answer.body


def stored(stage, session, chat: str, message: dict) -> dict:
    return stage.get(session, f"chats/{chat}/messages/{message['id']}")


@case("POST /api/sendText", any_form=PREVIEW)
def send_text(stage):
    words = stage.text("hello")
    answer = yield to_two(stage, text=words)
    assert (answer["body"], answer["fromMe"], answer["ack"]) == (words, True, 1), answer
    assert stage.arrived(answer)["body"] == words
    quoted = stage.received("question")
    answer = yield to_two(stage, text=stage.text("reply"), reply_to=quoted["id"], linkPreview=False, linkPreviewHighQuality=False)
    assert stage.arrived(answer)["replyTo"]["id"] == bare_id(quoted["id"])
    # A chat may be named in all forms.
    for chat in (stage.third.chat_id, stage.third.phone, stage.third.pn_jid, stage.third.lid_jid):
        words = stage.text("any form")
        yield {"body": {"session": stage.one.name, "chatId": chat, "text": words}}
        stage.third.received(words)
    group = stage.group()
    answer = yield {"body": {"session": stage.one.name, "chatId": group, "text": stage.text("to all"), "mentions": ["all"]}}
    assert stage.arrived(answer)["from"] == group


@case("GET /api/sendText")
def send_text_deprecated(stage):
    words = stage.text("hello")
    answer = yield {"query": {"phone": stage.two.account.phone, "text": words, "session": stage.one.name}}
    assert stage.arrived(answer)["body"] == words


@case("POST /api/sendImage")
def send_image(stage):
    words = stage.text("picture")
    answer = yield to_two(stage, file={"mimetype": "image/jpeg", "filename": "a.jpg", "data": JPEG}, caption=words)
    arrived = stage.arrived(answer)
    assert (arrived["body"], arrived["hasMedia"]) == (words, True)
    assert file_of(stage, arrived) == base64.b64decode(JPEG)


@case("POST /api/sendFile")
def send_file(stage):
    data = b"a,b\n1,2\n"
    answer = yield to_two(stage, file={"mimetype": "text/csv", "filename": "table.csv", "data": base64.b64encode(data).decode()})
    arrived = stage.arrived(answer)
    assert arrived["hasMedia"] and file_of(stage, arrived) == data


@case("POST /api/sendVoice")
def send_voice(stage):
    answer = yield to_two(stage, file={"mimetype": "audio/ogg; codecs=opus", "filename": "a.ogg", "data": OGG}, convert=False)
    assert file_of(stage, stage.arrived(answer)) == base64.b64decode(OGG)


@case("POST /api/sendVideo")
def send_video(stage):
    file = {"mimetype": "video/mp4", "filename": "a.mp4", "data": MP4}
    answer = yield to_two(stage, file=file, convert=False, asNote=False, caption=stage.text("film"))
    assert file_of(stage, stage.arrived(answer)) == base64.b64decode(MP4)


@case("POST /api/send/link-custom-preview", any_form={"linkPreviewHighQuality": "accepted and without effect"})
def send_preview(stage):
    preview = {"url": "https://example.org/", "title": "Title", "description": "Words"}
    answer = yield to_two(stage, text=stage.text("see https://example.org/"), preview=preview)
    assert stage.arrived(answer)["_data"]["linkPreview"] == preview


@case("POST /api/sendButtons")
def send_buttons(stage):
    buttons = [{"type": "reply", "text": "Yes"}, {"type": "url", "text": "Look", "url": "https://example.org/"}]
    answer = yield to_two(stage, header="Header", body=stage.text("choose"), footer="Footer", buttons=buttons)
    stage.arrived(answer)


@case("POST /api/sendList")
def send_list(stage):
    rows = [{"title": "One", "rowId": "1", "description": None}, {"title": "Two", "rowId": "2", "description": "the second"}]
    menu = {"title": "Menu", "description": "Choose", "footer": "Thanks", "button": "Open", "sections": [{"title": "Main", "rows": rows}]}
    answer = yield to_two(stage, message=menu)
    assert stage.arrived(answer)["_data"]["list"] == menu


@case("POST /api/forwardMessage")
def forward(stage):
    received = stage.received("pass it on")
    answer = yield {"body": {"session": stage.one.name, "chatId": stage.third.chat_id, "messageId": received["id"]}}
    assert stage.third.received(received["body"])["id"] == bare_id(answer["id"])


@case("POST /api/sendSeen", unknown_accepted={"chatId": "the ids of the messages say which are read"})
def send_seen(stage):
    received = stage.received("read me")
    yield {"body": {"session": stage.one.name, "chatId": stage.two.chat, "messageIds": [received["id"]]}}
    own = f"true_{stage.one.chat}_{bare_id(received['id'])}"
    stage.two.wait_ack(own, 3)
    received = stage.received("and me")
    yield {"body": {"session": stage.one.name, "chatId": stage.two.chat}}
    stage.two.wait_ack(f"true_{stage.one.chat}_{bare_id(received['id'])}", 3)


@case("POST /api/startTyping", unknown_accepted=UNSEEN)
def start_typing(stage):
    since = subscribed(stage)
    yield to_two(stage)
    seen(stage, "typing", since)


@case("POST /api/stopTyping", unknown_accepted=UNSEEN)
def stop_typing(stage):
    since = subscribed(stage)
    stage.one.api.post("/api/startTyping", to_two(stage)["body"], expect=201)
    seen(stage, "typing", since)
    yield to_two(stage)
    seen(stage, "paused", since)


def subscribed(stage) -> int:
    """The second session hears of the first one's presence from here on."""
    stage.one.api.post(f"/api/{stage.one.name}/presence", {"presence": "online"}, expect=201)
    since = stage.hooks.mark()
    stage.two.api.post(f"/api/{stage.two.name}/presence/{stage.one.chat}/subscribe", expect=201)
    return since


def seen(stage, state: str, since: int):
    stage.told(stage.two, "presence.update", lambda payload: any(
        one["lastKnownPresence"] == state for one in payload["presences"]), since, state)


@case("PUT /api/reaction")
def react(stage):
    received = stage.received("react to me")
    since = stage.hooks.mark()
    for emoji in ("👍", ""):
        yield {"body": {"session": stage.one.name, "messageId": received["id"], "reaction": emoji}}
        told = stage.told(stage.two, "message.reaction", lambda payload: payload["reaction"]["text"] == emoji, since)
        assert bare_id(told["reaction"]["messageId"]) == bare_id(received["id"])


@case("PUT /api/star")
def star(stage):
    received = stage.received("keep me")
    for flag in (True, False):
        yield {"body": {"session": stage.one.name, "chatId": stage.two.chat, "messageId": received["id"], "star": flag}}
        stage.setting(stage.one, "star", stage.two.account.lid_jid, bare_id(received["id"]), "0", "0", starred=flag)


@case("POST /api/sendPoll")
def send_poll(stage):
    poll = {"name": stage.text("How are you?"), "options": ["Good", "Bad"], "multipleAnswers": False}
    answer = yield to_two(stage, poll=poll)
    assert stage.arrived(answer)["_data"]["poll"] == poll


@case("POST /api/sendPollVote")
def vote(stage):
    poll = {"name": stage.text("Which?"), "options": ["A", "B"], "multipleAnswers": False}
    made = stage.two.api.post("/api/sendPoll", {"session": stage.two.name, "chatId": stage.one.chat, "poll": poll}, expect=201)
    received = stage.arrived(made, stage.one)
    for votes in (["A"], []):
        yield to_two(stage, pollMessageId=received["id"], votes=votes)
        told = stage.told(stage.two, "poll.vote", lambda payload: bare_id(payload["poll"]["id"]) == bare_id(made["id"])
                          and payload["vote"]["selectedOptions"] == votes)
        assert told["vote"]["fromMe"] is False


@case("POST /api/sendLocation")
def send_location(stage):
    answer = yield to_two(stage, latitude=38.8937255, longitude=-77.0969763, title="Our office")
    place = stage.arrived(answer)["location"]
    assert (float(place["latitude"]), float(place["longitude"]), place["name"]) == (38.8937255, -77.0969763, "Our office")


@case("POST /api/sendContactVcard")
def send_contacts(stage):
    vcard = "BEGIN:VCARD\nVERSION:3.0\nFN:Jane Doe\nTEL;type=CELL;waid=15550001111:+1 555 000 1111\nEND:VCARD"
    contacts = [{"vcard": vcard}, {"fullName": "John Doe", "organization": "Company", "phoneNumber": "+1 555 000 2222", "whatsappId": "15550002222"}]
    answer = yield to_two(stage, contacts=contacts)
    arrived = stage.arrived(answer)
    assert arrived["vCards"][0] == vcard and "John Doe" in arrived["vCards"][1]


@case("POST /api/send/buttons/reply")
def reply_to_buttons(stage):
    received = stage.received("a question with buttons")
    answer = yield to_two(stage, replyTo=received["id"], selectedDisplayText="Yes", selectedButtonID="b1")
    assert stage.arrived(answer)["_data"]["selected"] == {"id": "b1", "text": "Yes"}


@case("POST /api/reply", any_form=PREVIEW)
def reply(stage):
    received = stage.received("question")
    answer = yield to_two(stage, text=stage.text("answer"), reply_to=received["id"])
    assert stage.arrived(answer)["replyTo"]["id"] == bare_id(received["id"])


@case("POST /api/sendLinkPreview")
def send_link(stage):
    answer = yield to_two(stage, title="Title", url="https://example.org/")
    assert "https://example.org/" in stage.arrived(answer)["body"]


@case("POST /api/{session}/events")
def send_event(stage):
    event = {"name": stage.text("party"), "description": "Come", "startTime": int(time.time()) + 86_400, "endTime": int(time.time()) + 90_000,
             "location": {"name": "Here"}, "extraGuestsAllowed": True}
    answer = yield {"body": {"chatId": stage.two.chat, "event": event}}
    told = stage.arrived(answer)["_data"]["event"]
    assert (told["name"], told["startTime"]) == (event["name"], event["startTime"])


@case("GET /api/{session}/new-message-id", needs_working=False)
def new_id(stage):
    answer = yield {}
    again = yield {}
    assert answer["id"] != again["id"]
    words = stage.text("chosen")
    stage.one.send(stage.third.chat_id, words, id=answer["id"])
    assert stage.third.received(words)["id"] == bare_id(answer["id"])


# ---------------------------------------------------------------------- what was sent and received

@case("GET /api/messages", needs_working=False, unknown_accepted={"chatId": "a chat without messages"})
def messages_deprecated(stage):
    received = stage.received("find me")
    answer = yield {"query": {"session": stage.one.name, "chatId": stage.two.chat, "limit": 10}}
    assert (answer[0]["id"], answer[0]["body"]) == (received["id"], received["body"])


@case("GET /api/{session}/chats/{chatId}/messages", needs_working=False, unknown_accepted={"chatId": "a chat without messages"})
def messages(stage):
    received = stage.received("find me")
    sent = stage.sent("and me")
    answer = yield {"path": {"chatId": stage.two.chat}, "query": {"limit": 2}}
    assert [entry["body"] for entry in answer] == [sent["body"], received["body"]]
    filters = {"limit": 10, "offset": 0, "downloadMedia": "false", "merge": "true", "sortBy": "timestamp", "sortOrder": "desc",
               "filter.fromMe": "false", "filter.timestamp.gte": received["timestamp"], "filter.timestamp.lte": received["timestamp"] + 100}
    answer = yield {"path": {"chatId": stage.two.chat}, "query": filters}
    assert received["id"] in [entry["id"] for entry in answer] and not any(entry["fromMe"] for entry in answer)


@case("DELETE /api/{session}/chats/{chatId}/messages", unknown_accepted={"chatId": "nothing to clear"})
def clear_messages(stage):
    words = stage.text("to be cleared")
    stage.third.send(stage.one.account.digits, words)
    stage.one.wait_message(words)
    yield {"path": {"chatId": stage.third.chat_id}}
    stage.setting(stage.one, "clearChat", stage.third.lid_jid, "1", "0")
    assert stage.get(stage.one, f"chats/{stage.third.chat_id}/messages?limit=10") == []


@case("POST /api/{session}/chats/{chatId}/messages/read", unknown_accepted={"chatId": "nothing to read"})
def read_messages(stage):
    received = stage.received("read me")
    answer = yield {"path": {"chatId": stage.two.chat}, "query": {"messages": 30, "days": 7}}
    assert bare_id(received["id"]) in [bare_id(one) for one in answer["ids"]]
    stage.two.wait_ack(f"true_{stage.one.chat}_{bare_id(received['id'])}", 3)


def at(stage, message: dict, **more) -> dict:
    return {"path": {"chatId": stage.two.chat, "messageId": message["id"]}, **more}


@case("GET /api/{session}/chats/{chatId}/messages/{messageId}", needs_working=False)
def one_message(stage):
    received = stage.received("find me")
    answer = yield at(stage, received, query={"downloadMedia": "false", "merge": "true"})
    assert (answer["id"], answer["body"], answer["fromMe"]) == (received["id"], received["body"], False)


@case("DELETE /api/{session}/chats/{chatId}/messages/{messageId}")
def delete_message(stage):
    sent = stage.sent("never said")
    yield at(stage, {"id": sent["own"]})
    told = stage.told(stage.two, "message.revoked", lambda payload: payload["revokedMessageId"] == bare_id(sent["id"]))
    assert told["before"]["body"] == sent["body"]


@case("PUT /api/{session}/chats/{chatId}/messages/{messageId}", any_form=PREVIEW)
def edit_message(stage):
    sent, words = stage.sent("befor"), stage.text("before")
    yield at(stage, {"id": sent["own"]}, body={"text": words, "linkPreview": True, "linkPreviewHighQuality": False})
    told = stage.told(stage.two, "message.edited", lambda payload: payload["editedMessageId"] == bare_id(sent["id"]))
    assert told["body"] == words
    assert stored(stage, stage.two, stage.one.chat, sent)["body"] == words


@case("POST /api/{session}/chats/{chatId}/messages/{messageId}/pin")
def pin_message(stage):
    received = stage.received("pin me")
    before = len(stage.two.account.messages())
    answer = yield at(stage, received, body={"duration": 86_400})
    assert answer == {"success": True} and len(stage.two.account.messages()) >= before


@case("POST /api/{session}/chats/{chatId}/messages/{messageId}/unpin")
def unpin_message(stage):
    received = stage.received("pin me")
    stage.one.api.post(f"/api/{stage.one.name}/chats/{stage.two.chat}/messages/{received['id']}/pin", {"duration": 86_400}, expect=201)
    answer = yield at(stage, received)
    assert answer == {"success": True}


# ---------------------------------------------------------------------- files

def converted(answer) -> bytes:
    return base64.b64decode(answer["data"]) if isinstance(answer, dict) else answer


@case("POST /api/{session}/media/convert/voice", **OF_THE_TENANT)
def convert_voice(stage):
    body = {"data": base64.b64encode(wave()).decode()}
    answer = yield {"body": body}
    assert converted(answer)[:4] == b"OggS"
    answer = yield {"body": body, "headers": {"Accept": "application/json"}}
    assert converted(answer)[:4] == b"OggS" and answer["mimetype"].startswith("audio/ogg")


@case("POST /api/{session}/media/convert/video", **OF_THE_TENANT)
def convert_video(stage):
    body = {"data": base64.b64encode(film()).decode()}
    answer = yield {"body": body}
    assert converted(answer)[4:8] == b"ftyp"
    answer = yield {"body": body, "headers": {"Accept": "application/json"}}
    assert converted(answer)[4:8] == b"ftyp" and answer["mimetype"] == "video/mp4"


def wave() -> bytes:
    """A tenth of a second of silence."""
    samples = bytes(1600)
    head = b"RIFF" + (36 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    form = b"\1\0\1\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little") + b"\2\0\20\0"
    return head + form + b"data" + len(samples).to_bytes(4, "little") + samples


def film() -> bytes:
    """Two grey frames, uncompressed."""
    frame = b"FRAME\n" + bytes([128]) * (16 * 16 * 3 // 2)
    return b"YUV4MPEG2 W16 H16 F10:1 Ip A1:1 C420jpeg\n" + frame * 2
