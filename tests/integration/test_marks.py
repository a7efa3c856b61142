"""What the account's devices do to chats, messages and people: done here, the phone hears of it; done there, it is told here."""

import base64
import time

from test_app_state import AppStateCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.gateway import bare_id

PICTURE = ("/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ub"
           "m7q6srLZ2eD/////xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQAQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAAI"
           "AAgDASIAAhEAAxEA/9oADAMBAAIRAxEAPwCtAR06f//Z")


class MarksCase(AppStateCase):
    def own(self, session, rest: str) -> str:
        return f"/api/v1/{session.name}/{rest}"

    def overview(self, session, chat: str) -> dict:
        return session.api.get(self.path(session, f"chats/overview?ids={chat}"))[0]["_chat"]

    def refused(self, session, method: str, path: str, body, status: int):
        answer = session.api.request(method, path, body)
        self.assertEqual(answer.status, status, f"{method} {path} {body}: {answer}")


class ChatMarksTest(MarksCase):
    def test_a_chat_is_pinned_muted_and_read_for_all_devices(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        friend.send(account.digits, "unread")
        session.wait_message("unread")
        self.synchronised(session, account)
        chat, lid = self.own(session, f"chats/{friend.chat_id}"), friend.lid_jid
        since = self.hooks.mark()
        session.api.put(chat + "/pin", {"pinned": True}, expect=200)
        self.wait_on_phone(account, ("pin_v1", lid), pinned=True)
        self.event(session, "chat.updated", since, id=friend.chat_id, change="pinned")
        session.api.put(chat + "/pin", {"pinned": False}, expect=200)
        self.event(session, "chat.updated", since, id=friend.chat_id, change="unpinned")

        until = int(time.time()) + 8 * 3600
        session.api.put(chat + "/mute", {"muted": True, "until": until}, expect=200)
        self.wait_on_phone(account, ("mute", lid), muted=True, until=until)
        self.event(session, "chat.updated", since, change="muted", until=until)
        session.api.put(chat + "/mute", {"muted": True}, expect=200)
        self.wait_on_phone(account, ("mute", lid), muted=True, until=None)
        self.event(session, "chat.updated", since, change="muted", until=None)
        session.api.put(chat + "/mute", {"muted": False}, expect=200)
        self.wait_on_phone(account, ("mute", lid), muted=False)
        self.event(session, "chat.updated", since, change="unmuted")

        self.assertEqual(self.overview(session, friend.chat_id)["unreadCount"], 1)
        session.api.put(chat + "/read", {"read": True}, expect=200)
        self.wait_on_phone(account, ("markChatAsRead", lid), read=True)
        self.event(session, "chat.updated", since, change="read")
        self.assertEqual(self.overview(session, friend.chat_id)["unreadCount"], 0)
        for path, body in (("pin", {}), ("mute", {"muted": False, "until": until}), ("mute", {"muted": "yes"}), ("read", {"read": 1})):
            self.refused(session, "PUT", f"{chat}/{path}", body, 400)
        self.refused(session, "PUT", self.own(session, "chats/nobody/pin"), {"pinned": True}, 400)

    def test_what_the_phone_does_to_a_chat_is_applied_and_told(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        friend.send(account.digits, "first")
        session.wait_message("first")
        self.synchronised(session, account)
        since = self.hooks.mark()
        until = int(time.time()) + 3600
        self.phone_does(account, "mute", chat=friend.phone, muted=True, until=until)
        self.event(session, "chat.updated", since, id=friend.chat_id, change="muted", until=until)
        wait_until(lambda: self.overview(session, friend.chat_id)["muteEndTime"] == until, 20, "the muted chat", lambda: self.overview(session, friend.chat_id))
        self.phone_does(account, "mute", chat=friend.phone, muted=False)
        self.event(session, "chat.updated", since, change="unmuted")
        self.phone_does(account, "markRead", chat=friend.phone, read=True)
        self.event(session, "chat.updated", since, change="read")
        self.assertEqual(self.overview(session, friend.chat_id)["unreadCount"], 0)
        self.phone_does(account, "markRead", chat=friend.phone, read=False)
        self.event(session, "chat.updated", since, change="unread")
        wait_until(lambda: self.overview(session, friend.chat_id)["markedAsUnread"], 20, "the mark", lambda: self.overview(session, friend.chat_id))
        self.phone_does(account, "pin", chat=friend.phone, pinned=True)
        self.event(session, "chat.updated", since, change="pinned")
        self.phone_does(account, "clearChat", chat=friend.phone)
        self.event(session, "chat.updated", since, change="cleared")
        self.assertEqual(session.messages(friend.chat_id), [])
        self.phone_does(account, "deleteChat", chat=friend.phone)
        self.event(session, "chat.updated", since, change="deleted")


class MessageMarksTest(MarksCase):
    def test_a_message_is_deleted_for_the_account_alone(self):
        (ann, anns), (ben, bens) = self.new_paired(), self.new_paired()
        ann.send(bens.chat_id, "for me no more")
        told = ben.wait_message("for me no more").payload
        self.synchronised(ben, bens)
        since = self.hooks.mark()
        path = self.own(ben, f"chats/{anns.chat_id}/messages/{told['id']}/delete-for-me")
        ben.api.post(path, None, expect=200)
        self.wait_on_phone(bens, ("deleteMessageForMe", anns.lid_jid, bare_id(told["id"]), "0", "0"))
        self.event(ben, "message.updated", since, id=told["id"], chatId=anns.chat_id, change="deletedForMe")
        self.assertEqual(ben.messages(anns.chat_id), [])
        self.assertEqual([entry["body"] for entry in ann.messages(bens.chat_id)], ["for me no more"])
        self.refused(ben, "POST", path, None, 404)

    def test_what_the_phone_does_to_messages_is_applied_and_told(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        message = friend.send(account.digits, "from a friend")
        full = session.wait_message("from a friend").payload["id"]
        self.synchronised(session, account)
        since = self.hooks.mark()
        named = {"chat": friend.phone, "message": message, "fromMe": False}
        self.phone_does(account, "star", **named, starred=True)
        self.event(session, "message.updated", since, id=full, change="starred")
        self.phone_does(account, "star", **named, starred=False)
        self.event(session, "message.updated", since, id=full, change="unstarred")
        self.phone_does(account, "label", id="4", name="Keep", color=3)
        self.event(session, "label.upsert", since, id="4")
        self.phone_does(account, "labelMessage", label="4", chat=friend.phone, message=message)
        labelled = self.event(session, "message.updated", since, id=full, change="labelAdded").payload
        self.assertEqual((labelled["label"]["id"], labelled["label"]["name"]), ("4", "Keep"))
        labels = self.own(session, f"chats/{friend.chat_id}/messages/{full}/labels")
        self.assertEqual([label["name"] for label in session.api.get(labels)], ["Keep"])
        self.phone_does(account, "deleteMessage", **named)
        self.event(session, "message.updated", since, id=full, change="deletedForMe")
        self.assertEqual(session.messages(friend.chat_id), [])

    def test_labels_are_put_on_messages_and_taken_from_them(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        sent = session.send(friend.chat_id, "an order")
        self.synchronised(session, account)
        made = session.api.post(self.path(session, "labels"), {"name": "Order", "color": 2}, expect=201)
        since = self.hooks.mark()
        labels = self.own(session, f"chats/{friend.chat_id}/messages/{sent}/labels")
        session.api.put(labels, {"labels": [{"id": made["id"]}]}, expect=200)
        index = ("label_message", made["id"], friend.lid_jid, bare_id(sent), "0", "0")
        self.wait_on_phone(account, index, labeled=True)
        self.assertEqual(session.api.get(labels), [made])
        told = self.event(session, "message.updated", since, change="labelAdded").payload
        self.assertEqual((bare_id(told["id"]), told["id"].split("_")[0], told["label"]), (bare_id(sent), "true", made))
        session.api.put(labels, {"labels": []}, expect=200)
        self.wait_on_phone(account, index, labeled=False)
        self.event(session, "message.updated", since, change="labelRemoved")
        self.refused(session, "PUT", labels, {"labels": [{"id": "99"}]}, 404)
        self.refused(session, "PUT", labels.replace(bare_id(sent), "3EB0FFFFFFFFFFFFFFFF"), {"labels": []}, 404)
        self.refused(session, "PUT", labels, {}, 400)

    def test_a_pin_in_a_chat_is_told_to_both_with_who_it_was(self):
        (ann, anns), (ben, bens) = self.new_paired(), self.new_paired()
        ann.send(bens.chat_id, "important")
        told = ben.wait_message("important").payload
        since = self.hooks.mark()
        ben.api.post(self.path(ben, f"chats/{anns.chat_id}/messages/{told['id']}/pin"), {"duration": 86400}, expect=(200, 201))
        for session in (ann, ben):
            seen = self.event(session, "message.updated", since, change="pinned").payload
            self.assertEqual((bare_id(seen["id"]), seen["by"]), (bare_id(told["id"]), bens.chat_id))
            self.assertGreater(seen["until"], time.time())


class PeopleMarksTest(MarksCase):
    def saved(self, session, contact: str) -> str:
        return session.api.get(f"/api/contacts?session={session.name}&contactId={contact}").get("name")

    def test_a_contact_of_the_phone_is_kept_told_and_removed_again(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        self.synchronised(session, account)
        since = self.hooks.mark()
        self.phone_does(account, "contact", jid=friend.phone, fullName="Ada Lovelace", firstName="Ada")
        told = self.event(session, "contact.updated", since, change="saved").payload
        self.assertEqual((told["id"], told["name"], told["shortName"]), (friend.chat_id, "Ada Lovelace", "Ada"))
        self.assertEqual(self.saved(session, friend.chat_id), "Ada Lovelace")
        self.phone_does(account, "contact", jid=friend.phone, remove=True)
        self.event(session, "contact.updated", since, id=friend.chat_id, change="removed")
        self.assertNotEqual(self.saved(session, friend.chat_id), "Ada Lovelace")

    def test_a_contact_is_removed_from_the_address_book_of_all_devices(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        self.synchronised(session, account)
        contact = self.own(session, f"contacts/{friend.chat_id}")
        self.refused(session, "DELETE", contact, None, 404)
        session.api.put(self.path(session, f"contacts/{friend.chat_id}"), {"firstName": "Ada", "lastName": "Lovelace"}, expect=200)
        self.wait_on_phone(account, ("contact", friend.pn_jid), fullName="Ada Lovelace")
        session.api.delete(contact, expect=200)
        wait_until(lambda: ("contact", friend.pn_jid) not in self.on_phone(account), 20, "the contact gone", lambda: self.on_phone(account))
        self.assertEqual(self.sandbox.stats()["counters"].get("phone_bad_patches", 0), 0)
        self.refused(session, "DELETE", self.own(session, "contacts/120363000000000001@g.us"), None, 400)

    def test_pictures_texts_blocks_and_settings_of_other_devices_are_told(self):
        session, account = self.new_paired()
        second = self.new_session()
        second.pair(account)
        friend = self.sandbox.account()
        session.send(friend.chat_id, "hello")
        friend.received("hello")
        since = self.hooks.mark()
        friend.profile(picture=PICTURE)
        told = self.event(session, "contact.updated", since, id=friend.chat_id, change="picture").payload
        self.assertTrue(told["pictureId"])
        friend.profile(picture=None)
        self.event(session, "contact.updated", since, id=friend.chat_id, change="pictureRemoved")
        friend.profile(about="away")
        self.event(session, "contact.updated", since, id=friend.chat_id, change="about", about="away")
        for action, change in (("block", "blocked"), ("unblock", "unblocked")):
            second.api.post(f"/api/contacts/{action}", {"session": second.name, "contactId": friend.chat_id}, expect=201)
            for one in (session, second):
                self.event(one, "contact.updated", since, id=friend.chat_id, change=change)
        second.api.put(self.own(second, "privacy"), {"name": "last", "value": "none"}, expect=200)
        self.event(session, "account.updated", since, privacy={"last": "none"})

    def test_the_certified_name_of_a_business_is_learnt_from_its_messages(self):
        session, account = self.new_paired()
        shop = self.sandbox.account(businessName="Bikes & Co")
        shop.send(account.digits, "your bike is ready")
        session.wait_message("your bike is ready")
        self.assertEqual(self.saved(session, shop.chat_id), "Bikes & Co")

    def test_all_that_is_shown_of_people_comes_with_one_question(self):
        session, account = self.new_paired()
        shop = self.sandbox.account(businessName="Bikes")
        shy = self.sandbox.account()
        shop.profile(picture=PICTURE, about="Open")
        shy.profile(about="hidden", privacy={"status": "none", "profile": "none"})
        nobody = "491529999999"
        before = self.sandbox.stats()["counters"].get("usync_queries", 0)
        found = session.api.post(self.own(session, "contacts/info"), {"contactIds": [shop.digits, shy.chat_id, nobody]}, expect=200)
        self.assertEqual(self.sandbox.stats()["counters"]["usync_queries"], before + 1)
        self.assertEqual((found[0]["id"], found[0]["lid"], found[0]["about"], found[0]["verifiedName"], found[0]["devices"], found[0]["defaultExpiration"]),
                         (shop.chat_id, shop.lid_jid, "Open", "Bikes", [0], 0))
        self.assertTrue(found[0]["pictureId"])
        self.assertEqual((found[1]["about"], found[1]["pictureId"], found[1]["verifiedName"]), (None, None, None))
        self.assertEqual(found[2]["devices"], [])
        by_lid = session.api.get(self.own(session, f"contacts/{shop.lid_jid}/info"))
        self.assertEqual((by_lid["pn"], by_lid["verifiedName"]), (shop.chat_id, "Bikes"))
        self.refused(session, "GET", self.own(session, f"contacts/{nobody}/info"), None, 404)
        for wrong in ({}, {"contactIds": []}, {"contactIds": ["120363000000000001@g.us"]}, {"contactIds": ["1"] * 101}):
            self.refused(session, "POST", self.own(session, "contacts/info"), wrong, 400)


class AccountLimitsTest(MarksCase):
    def test_the_time_lock_and_the_quota_are_asked_for_and_told(self):
        session, account = self.new_paired()
        lock = session.api.get(self.own(session, "time-lock"))
        self.assertEqual((lock["active"], lock["until"]), (False, None))
        since = self.hooks.mark()
        until = int(time.time()) + 3600
        account.profile(timeLockUntil=until)
        wanted = {"active": True, "until": until, "type": "BIZ_QUALITY"}
        self.event(session, "account.updated", since, timeLock=wanted)
        self.assertEqual(session.api.get(self.own(session, "time-lock")), wanted)
        account.profile(newChats={"total": 5, "used": 5})
        told = self.hooks.wait("account.updated", lambda delivery: delivery.payload["newChats"], 20, session.name, since, path=session.endpoint, what="the quota")
        asked = session.api.get(self.own(session, "new-chats"))
        self.assertEqual((asked["total"], asked["used"], asked["status"]), (5, 5, "CAPPED"))
        self.assertEqual(told.payload["newChats"], asked)

    def test_what_another_device_does_with_channels_is_told(self):
        session, account = self.new_paired()
        channel = self.sandbox.api.post("/control/channels", {"name": "Weather"}, expect=201)
        number = channel["id"]
        since = self.hooks.mark()
        for action, change in (("follow", "followed"), ("mute", "muted"), ("unmute", "unmuted"), ("unfollow", "unfollowed")):
            self.sandbox.api.post(f"/control/channels/{number}/{action}", {"phone": account.phone}, expect=200)
            self.event(session, "chat.updated", since, id=number, change=change)


class AnswersCase(MarksCase):
    def pair_of(self, **options):
        (ann, anns), (ben, bens) = self.new_paired(), self.new_paired(**options)
        ann.chat, ben.chat = anns.chat_id, bens.chat_id
        return ann, ben

    def told(self, session, event: str, wanted, what: str):
        return self.hooks.wait(event, lambda delivery: wanted(delivery.payload), 20, session.name, path=session.endpoint, what=what).payload


class AnswersToMessagesTest(AnswersCase):
    def test_an_event_is_answered_changed_and_cancelled(self):
        ann, ben = self.pair_of()
        event = {"name": "Party", "description": "Come", "startTime": 1_900_000_000, "extraGuestsAllowed": True}
        sent = ann.api.post(f"/api/{ann.name}/events", {"chatId": ben.chat, "event": event}, expect=201)
        got = self.told(ben, "message", lambda payload: bare_id(payload["id"]) == bare_id(sent["id"]), "the event")
        answer = self.own(ben, f"chats/{ann.chat}/messages/{got['id']}/event-response")
        ben.api.post(answer, {"response": "GOING", "extraGuests": 2}, expect=201)
        for session in (ann, ben):
            told = self.told(session, "event.response", lambda payload: payload["eventResponse"]["response"] == "GOING", "the answer")
            self.assertEqual(told["eventResponse"]["extraGuestCount"], 2)
            self.assertEqual(bare_id(told["eventCreationKey"]["id"]), bare_id(sent["id"]))
        ben.api.post(answer, {"response": "MAYBE"}, expect=201)
        self.told(ann, "event.response", lambda payload: payload["eventResponse"]["response"] == "MAYBE", "the second answer")

        of_ann = self.own(ann, f"chats/{ben.chat}/messages/{sent['id']}/event")
        ann.api.put(of_ann, {"event": {**event, "name": "Garden party", "extraGuestsAllowed": False}}, expect=200)
        self.told(ben, "message.edited", lambda payload: payload["_data"].get("event", {}).get("name") == "Garden party", "the change")
        self.refused(ben, "POST", answer, {"response": "GOING", "extraGuests": 1}, 422)
        ann.api.delete(of_ann, expect=200)
        self.told(ben, "message.edited", lambda payload: payload["_data"].get("event", {}).get("isCanceled"), "the cancellation")
        self.refused(ann, "DELETE", of_ann, None, 422)
        self.refused(ann, "PUT", of_ann, {"event": event}, 422)
        self.refused(ben, "POST", answer, {"response": "GOING"}, 422)
        # Another's event, what is no event, what is not known, and what is no answer.
        self.refused(ben, "PUT", self.own(ben, f"chats/{ann.chat}/messages/{got['id']}/event"), {"event": event}, 422)
        text = ann.send(ben.chat, "no event")
        self.refused(ann, "DELETE", self.own(ann, f"chats/{ben.chat}/messages/{text}/event"), None, 422)
        self.refused(ann, "DELETE", self.own(ann, f"chats/{ben.chat}/messages/3EB0FFFFFFFFFFFFFFFF/event"), None, 404)
        for wrong in ({}, {"response": "PERHAPS"}, {"response": "GOING", "extraGuests": -1}):
            self.refused(ben, "POST", answer, wrong, 400)

    def test_lists_and_templates_are_answered(self):
        ann, ben = self.pair_of()
        rows = [{"title": "One", "rowId": "1"}, {"title": "Two", "rowId": "2", "description": "the second"}]
        menu = {"title": "Menu", "description": "Choose", "footer": "Thanks", "button": "Open", "sections": [{"title": "Main", "rows": rows}]}
        sent = ann.api.post("/api/sendList", {"session": ann.name, "chatId": ben.chat, "message": menu}, expect=201)
        got = self.told(ben, "message", lambda payload: bare_id(payload["id"]) == bare_id(sent["id"]), "the list")
        ben.api.post(self.own(ben, "lists/reply"), {"chatId": ann.chat, "reply_to": got["id"], "title": "Two", "description": "the second", "rowId": "2"}, expect=201)
        chosen = self.told(ann, "message", lambda payload: payload["_data"]["kind"] == "list_reply", "the choice")
        self.assertEqual((chosen["body"], chosen["_data"]["selected"]["id"], bare_id(chosen["replyTo"]["id"])), ("Two", "2", bare_id(sent["id"])))
        ben.api.post(self.own(ben, "templates/reply"), {"chatId": ann.chat, "selectedButtonID": "yes", "selectedDisplayText": "Yes", "selectedIndex": 1}, expect=201)
        pressed = self.told(ann, "message", lambda payload: payload["_data"]["kind"] == "template_reply", "the button")
        self.assertEqual((pressed["body"], pressed["_data"]["selected"]["id"]), ("Yes", "yes"))
        self.refused(ben, "POST", self.own(ben, "lists/reply"), {"chatId": ann.chat, "title": "Two"}, 400)
        self.refused(ben, "POST", self.own(ben, "templates/reply"), {"chatId": ann.chat}, 400)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    def varint(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])
    return varint(number << 3 | 2) + varint(len(content)) + content


class RawMessagesTest(AnswersCase):
    def raw(self, session, chat: str, message: bytes, **more):
        return session.api.request("POST", self.own(session, "messages/raw"), {"chatId": chat, "message": base64.b64encode(message).decode(), **more})

    def test_bytes_of_the_client_arrive_as_they_are(self):
        ann, ben = self.pair_of(events=["session.status", "message", "engine.event"])
        # A text with a field that no schema here knows.
        extended = field(1, b"made by hand") + field(999, b"of tomorrow")
        answer = self.raw(ann, ben.chat, field(6, extended))
        self.assertEqual(answer.status, 201, str(answer))
        sent = answer.json()
        self.assertEqual((sent["body"], sent["ack"]), ("made by hand", 1))
        told = self.told(ben, "engine.event", lambda payload: payload["data"].get("body") == "made by hand", "the text")
        self.assertIn(extended, base64.b64decode(told["data"]["content"]))
        unknown = self.raw(ann, ben.chat, field(900, b"a kind of tomorrow"), id="3EB0AAAABBBBCCCCDDDD")
        self.assertEqual(unknown.status, 201, str(unknown))
        got = self.told(ben, "message", lambda payload: bare_id(payload["id"]) == "3EB0AAAABBBBCCCCDDDD", "the unknown kind")
        self.assertEqual(got["_data"]["kind"], "unknown")

    def test_what_would_forge_history_or_is_no_message_is_refused(self):
        ann, ben = self.pair_of()
        history = field(12, b"\x10\x05" + field(6, b"\x30\x03"))  # a protocol message with a history notification
        copy = field(31, field(1, b"4915100000002@s.whatsapp.net") + field(2, field(1, b"never sent")))
        sender_key = field(2, field(1, b"120363@g.us")) + field(1, b"hello")
        for forged in (history, field(40, field(1, history)), field(1, b"look") + history, copy, sender_key, b"\xff\xff", field(1, b"a") + field(1, b"b")):
            with self.subTest(forged):
                answer = self.raw(ann, ben.chat, forged)
                self.assertEqual(answer.status, 400, str(answer))
        self.refused(ann, "POST", self.own(ann, "messages/raw"), {"chatId": ben.chat, "message": "%%%"}, 400)
        self.refused(ann, "POST", self.own(ann, "messages/raw"), {"chatId": ben.chat}, 400)
        self.assertEqual(ann.messages(ben.chat), [])


if __name__ == "__main__":
    main()
