"""Every kind of message by the API: sent by one session, told to another with the same content."""

import base64
import signal
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main
from harness.gateway import bare_id

VCARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Jane Doe\nTEL;type=CELL;waid=15550001111:+1 555 000 1111\nEND:VCARD"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"


class KindsCase(GatewayCase):
    def pair_of(self):
        """Two sessions that know each other's chat ids."""
        (left, left_account), (right, right_account) = self.new_paired(), self.new_paired()
        left.chat, right.chat = left_account.chat_id, right_account.chat_id
        return left, right

    def post(self, session, path: str, body: dict, expect=201, method: str = "POST", **more):
        answer = session.api.request(method, path, body, **more)
        self.assertEqual(answer.status, expect, f"{method} {path}: {answer}")
        return answer.json() if expect < 300 else None

    def told(self, session, event: str, wanted, since: int = 0, what: str = ""):
        """The payload of the event that `wanted` accepts."""
        return self.hooks.wait(event, lambda delivery: wanted(delivery.payload), 20, session.name, since, path=session.endpoint,
                               what=f"{session.name}: {event} {what}").payload

    def arrives(self, sender, receiver, path: str, body: dict) -> tuple[dict, dict]:
        """What the sender was answered, and what the receiver was told."""
        sent = self.post(sender, path, {"session": sender.name, "chatId": receiver.chat, **body})
        self.assertEqual(sent["ack"], 1, sent)
        got = self.told(receiver, "message", lambda payload: bare_id(payload["id"]) == bare_id(sent["id"]), what=path)
        self.assertFalse(got["fromMe"])
        self.assertEqual(got["from"], sender.chat)
        self.assertEqual(got["body"], sent["body"])
        self.assertEqual(got["_data"]["kind"], sent["_data"]["kind"])
        return sent, got

    @staticmethod
    def of_message(sent: dict, chat: str) -> str:
        """The path of an own message."""
        return f"chats/{chat}/messages/{sent['id']}"


class ContentTest(KindsCase):
    def test_each_kind_arrives_as_it_was_sent(self):
        left, right = self.pair_of()
        _, place = self.arrives(left, right, "/api/sendLocation", {"latitude": 38.8937, "longitude": -77.0969, "title": "Office"})
        self.assertEqual((place["location"]["latitude"], place["location"]["longitude"], place["location"]["name"]), ("38.8937", "-77.0969", "Office"))

        contacts = [{"vcard": VCARD}, {"fullName": "John Doe", "phoneNumber": "+1 555 000 2222", "whatsappId": "15550002222"}]
        sent, cards = self.arrives(left, right, "/api/sendContactVcard", {"contacts": contacts})
        self.assertEqual(cards["vCards"][0], VCARD)
        self.assertIn("John Doe", cards["vCards"][1])
        self.assertEqual(cards["vCards"], sent["vCards"])

        _, poll = self.arrives(left, right, "/api/sendPoll", {"poll": {"name": "How are you?", "options": ["Good", "Bad"], "multipleAnswers": False}})
        self.assertEqual(poll["_data"]["poll"], {"name": "How are you?", "options": ["Good", "Bad"], "multipleAnswers": False})

        rows = [{"title": "One", "rowId": "1", "description": None}, {"title": "Two", "rowId": "2", "description": "the second"}]
        menu = {"title": "Menu", "description": "Choose", "footer": "Thanks", "button": "Open", "sections": [{"title": "Main", "rows": rows}]}
        _, listed = self.arrives(left, right, "/api/sendList", {"message": menu})
        self.assertEqual(listed["_data"]["list"], menu)

        event = {"name": "Party", "description": "Come", "startTime": 1_900_000_000, "extraGuestsAllowed": True}
        sent = self.post(left, f"/api/{left.name}/events", {"chatId": right.chat, "event": event})
        got = self.told(right, "message", lambda payload: bare_id(payload["id"]) == bare_id(sent["id"]), what="event")
        self.assertEqual({key: got["_data"]["event"][key] for key in event}, event)

        preview = {"url": "https://example.org/", "title": "Title", "description": "Words"}
        _, link = self.arrives(left, right, "/api/send/link-custom-preview", {"text": "see https://example.org/", "preview": preview})
        self.assertEqual(link["_data"]["linkPreview"], preview)
        self.arrives(left, right, "/api/sendLinkPreview", {"title": "Title", "url": "https://example.org"})

    def test_buttons_arrive_in_chats_and_groups(self):
        left, right = self.pair_of()
        buttons = [{"type": "reply", "text": "Good", "id": "good"}, {"type": "url", "text": "Open", "url": "https://example.org/"},
                   {"type": "call", "text": "Call", "phoneNumber": "+15550001111"}, {"type": "copy", "text": "Copy", "copyCode": "4321"}]
        body = {"header": "How?", "body": "Tell us", "footer": "Thanks", "buttons": buttons}
        _, got = self.arrives(left, right, "/api/sendButtons", body)
        shown = got["_data"]["buttons"]
        self.assertEqual((shown["header"], shown["text"], shown["footer"]), ("How?", "Tell us", "Thanks"))
        self.assertEqual(shown["buttons"], [buttons[0]] + [{"id": "", **button} for button in buttons[1:]])
        picture = {"mimetype": "image/png", "data": PICTURE}
        _, pictured = self.arrives(left, right, "/api/sendButtons", {"headerImage": picture, **body})
        self.assertEqual((pictured["hasMedia"], pictured["media"]["mimetype"]), (True, "image/png"))
        self.assertEqual(pictured["_data"]["buttons"], shown)
        path = urllib.parse.urlsplit(pictured["media"]["url"]).path
        got = right.api.request("GET", path)
        self.assertEqual((got.status, got.body), (200, base64.b64decode(PICTURE)))
        group = self.post(left, f"/api/{left.name}/groups", {"name": "Buttons", "participants": [{"id": right.chat}]})["id"]
        sent = self.post(left, "/api/sendButtons", {"session": left.name, "chatId": group, **body})
        self.told(right, "message", lambda payload: bare_id(payload["id"]) == bare_id(sent["id"]), what="buttons in a group")

    def test_the_timer_of_a_chat_holds_for_both_sides(self):
        left, right = self.pair_of()
        self.arrives(left, right, "/api/sendText", {"text": "stays"})
        self.post(left, f"/api/v1/{left.name}/chats/{right.chat}/timer", {"seconds": 86400}, 200, "PUT")
        sent, got = self.arrives(left, right, "/api/sendText", {"text": "goes"})
        self.assertEqual((sent["_data"]["expiration"], got["_data"]["expiration"]), (86400, 86400))
        _, answer = self.arrives(right, left, "/api/sendText", {"text": "goes too"})
        self.assertEqual(answer["_data"]["expiration"], 86400)
        self.post(right, f"/api/v1/{right.name}/chats/{left.chat}/timer", {"seconds": 0}, 200, "PUT")
        _, last = self.arrives(left, right, "/api/sendText", {"text": "stays again"})
        self.assertNotIn("expiration", last["_data"])

    def test_the_timer_of_a_group_is_its_setting(self):
        left, right = self.pair_of()
        group = self.post(left, f"/api/{left.name}/groups", {"name": "Timer", "participants": [{"id": right.chat}]})["id"]
        self.post(left, f"/api/v1/{left.name}/chats/{group}/timer", {"seconds": 604800}, 200, "PUT")
        self.assertEqual(self.sandbox.api.get(f"/control/groups/{group}")["expiration"], 604800)
        sent = self.post(left, "/api/sendText", {"session": left.name, "chatId": group, "text": "a week"})
        self.assertEqual(sent["_data"]["expiration"], 604800)

    def test_replies_mentions_and_forwards_say_what_they_refer_to(self):
        left, right = self.pair_of()
        first, received = self.arrives(left, right, "/api/sendText", {"text": "question"})
        _, answer = self.arrives(right, left, "/api/reply", {"text": "answer", "reply_to": received["id"], "mentions": ["all"]})
        self.assertEqual(answer["replyTo"]["id"], bare_id(first["id"]))
        self.assertEqual(answer["_data"]["mentions"], ["all"])
        _, chosen = self.arrives(right, left, "/api/send/buttons/reply",
                                 {"replyTo": received["id"], "selectedDisplayText": "Yes", "selectedButtonID": "b1"})
        self.assertEqual(chosen["_data"]["selected"], {"id": "b1", "text": "Yes"})
        self.assertEqual(chosen["replyTo"]["id"], bare_id(first["id"]))
        _, forwarded = self.arrives(right, left, "/api/forwardMessage", {"messageId": received["id"]})
        self.assertEqual((forwarded["body"], forwarded["_data"]["forwarded"]), ("question", True))

    def test_one_message_and_new_ids_are_given(self):
        left, right = self.pair_of()
        chosen = left.api.get(f"/api/{left.name}/new-message-id")["id"]
        sent, received = self.arrives(left, right, "/api/sendText", {"text": "find me", "id": chosen})
        self.assertEqual(bare_id(sent["id"]), chosen)
        for chat in (left.chat, "all"):
            for message_id in (received["id"], chosen):
                found = right.api.get(f"/api/{right.name}/chats/{chat}/messages/{message_id}")
                self.assertEqual((found["id"], found["body"]), (received["id"], "find me"))
        listed = right.api.get(f"/api/messages?session={right.name}&chatId={left.chat}&limit=5")
        self.assertIn(received["id"], [entry["id"] for entry in listed])
        self.post(right, f"/api/{right.name}/chats/{left.chat}/messages/3EB0NOBODY", None, expect=404, method="GET")

    def test_a_send_repeated_with_its_key_arrives_once(self):
        left, right = self.pair_of()
        body = {"session": left.name, "chatId": right.chat, "poll": {"name": "once", "options": ["A", "B"]}}
        headers = {"Idempotency-Key": "poll-1"}
        first, again = (self.post(left, "/api/sendPoll", body, headers=headers) for _ in range(2))
        self.assertEqual(first["id"], again["id"])
        self.arrives(left, right, "/api/sendText", {"text": "barrier"})
        polls = [entry for entry in self.hooks.deliveries("message", right.name) if entry.payload["body"] == "once"]
        self.assertEqual(len({entry.payload["id"] for entry in polls}), 1)


class AlterationTest(KindsCase):
    def on_both(self, sessions, event: str, wanted, what: str):
        """What each of the two sessions was told."""
        return [self.told(session, event, wanted, what=what) for session in sessions]

    def test_a_reaction_is_told_to_both_and_can_be_taken_back(self):
        left, right = self.pair_of()
        sent, received = self.arrives(left, right, "/api/sendText", {"text": "react to me"})
        for emoji in ("👍", ""):
            self.post(right, "/api/reaction", {"session": right.name, "messageId": received["id"], "reaction": emoji}, expect=200, method="PUT")
            at_left, at_right = self.on_both((left, right), "message.reaction", lambda payload: payload["reaction"]["text"] == emoji, emoji)
            self.assertEqual(at_left["reaction"]["messageId"], sent["id"])
            self.assertEqual(at_right["reaction"]["messageId"], received["id"])
            self.assertEqual((at_left["fromMe"], at_right["fromMe"]), (False, True))

    def test_an_edit_changes_the_message_at_both(self):
        left, right = self.pair_of()
        sent, received = self.arrives(left, right, "/api/sendText", {"text": "befor"})
        self.post(left, f"/api/{left.name}/{self.of_message(sent, right.chat)}", {"text": "before"}, expect=200, method="PUT")
        told = self.on_both((left, right), "message.edited", lambda payload: payload["body"] == "before", "edit")
        self.assertEqual({payload["editedMessageId"] for payload in told}, {bare_id(sent["id"])})
        found = right.api.get(f"/api/{right.name}/chats/{left.chat}/messages/{received['id']}")
        self.assertEqual(found["body"], "before")
        self.post(right, f"/api/{right.name}/chats/{left.chat}/messages/{received['id']}", {"text": "not mine"}, expect=422, method="PUT")

    def test_a_message_deleted_for_everyone_is_told_as_it_was(self):
        left, right = self.pair_of()
        sent, received = self.arrives(left, right, "/api/sendText", {"text": "never said"})
        self.post(right, f"/api/{right.name}/chats/{left.chat}/messages/{received['id']}", None, expect=422, method="DELETE")
        self.post(left, f"/api/{left.name}/{self.of_message(sent, right.chat)}", None, expect=200, method="DELETE")
        told = self.on_both((left, right), "message.revoked", lambda payload: payload["revokedMessageId"] == bare_id(sent["id"]), "deletion")
        for payload in told:
            self.assertEqual(payload["before"]["body"], "never said")
        found = right.api.get(f"/api/{right.name}/chats/{left.chat}/messages/{received['id']}")
        self.assertEqual((found["body"], found["_data"]["revoked"]), ("", True))

    def test_votes_are_told_by_the_text_of_their_options(self):
        left, right = self.pair_of()
        poll = {"poll": {"name": "Which?", "options": ["A", "B", "C"], "multipleAnswers": True}}
        sent, received = self.arrives(left, right, "/api/sendPoll", poll)
        vote = {"session": right.name, "chatId": left.chat, "pollMessageId": received["id"]}
        for votes in (["A", "C"], [["B"]], []):
            self.post(right, "/api/sendPollVote", {**vote, "votes": votes})
            chosen = votes[0] if votes and isinstance(votes[0], list) else votes
            told = self.on_both((left, right), "poll.vote", lambda payload: sorted(payload["vote"]["selectedOptions"]) == chosen, str(votes))
            self.assertEqual([bare_id(payload["poll"]["id"]) for payload in told], [bare_id(sent["id"])] * 2)
            self.assertEqual([payload["vote"]["fromMe"] for payload in told], [False, True])
        self.post(right, "/api/sendPollVote", {**vote, "votes": ["D"]}, expect=422)

    def test_a_message_is_pinned_and_marked_as_read(self):
        left, right = self.pair_of()
        sent, received = self.arrives(left, right, "/api/sendText", {"text": "important"})
        path = f"/api/{right.name}/chats/{left.chat}/messages/{received['id']}"
        self.assertEqual(self.post(right, path + "/pin", {"duration": 86_400}), {"success": True})
        self.assertEqual(self.post(right, path + "/unpin", {}), {"success": True})
        seen = self.post(right, "/api/sendSeen", {"session": right.name, "chatId": left.chat, "messageIds": [received["id"]]})
        self.assertEqual(seen["ids"], [received["id"]])
        left.wait_ack(sent["id"], 3)
        sent, _ = self.arrives(left, right, "/api/sendText", {"text": "not seen yet"})
        self.post(right, "/api/sendSeen", {"session": right.name, "chatId": left.chat})
        left.wait_ack(sent["id"], 3)

    def test_a_restart_keeps_what_was_changed(self):
        left, right = self.pair_of()
        edited, seen_edited = self.arrives(left, right, "/api/sendText", {"text": "one"})
        deleted, seen_deleted = self.arrives(left, right, "/api/sendText", {"text": "two"})
        poll, seen_poll = self.arrives(left, right, "/api/sendPoll", {"poll": {"name": "still?", "options": ["yes", "no"]}})
        self.post(left, f"/api/{left.name}/{self.of_message(edited, right.chat)}", {"text": "first"}, expect=200, method="PUT")
        self.post(left, f"/api/{left.name}/{self.of_message(deleted, right.chat)}", None, expect=200, method="DELETE")
        self.told(right, "message.revoked", lambda payload: payload["revokedMessageId"] == bare_id(deleted["id"]))
        self.told(right, "message.edited", lambda payload: payload["body"] == "first")
        since = self.hooks.mark()
        self.assertEqual(self.gateway.kill(), -signal.SIGKILL)
        self.gateway.start()
        for session in (left, right):
            session.wait_status("WORKING", since=since)

        def stored(message: dict) -> dict:
            return right.api.get(f"/api/{right.name}/chats/{left.chat}/messages/{message['id']}")

        self.assertEqual(stored(seen_edited)["body"], "first")
        self.assertTrue(stored(seen_deleted)["_data"]["revoked"])
        self.post(right, "/api/sendPollVote", {"session": right.name, "chatId": left.chat, "pollMessageId": seen_poll["id"], "votes": ["yes"]})
        vote = self.told(left, "poll.vote", lambda payload: payload["vote"]["selectedOptions"] == ["yes"], since)
        self.assertEqual(bare_id(vote["poll"]["id"]), bare_id(poll["id"]))


if __name__ == "__main__":
    main()
