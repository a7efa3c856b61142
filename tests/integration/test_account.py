"""Presence, calls, profiles and people: what an account shows of itself and sees of others."""

import base64
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.http import Api

# An orange JPEG of 8 by 8: square and small, so it stays as it is.
PICTURE = ("/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ub"
           "m7q6srLZ2eD/////xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQAQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAAI"
           "AAgDASIAAhEAAxEA/9oADAMBAAIRAxEAPwCtAR06f//Z")
JPEG = base64.b64decode(PICTURE)


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


class PresenceTest(GatewayCase):
    def presence_event(self, session, state: str, since: int):
        def wanted(delivery):
            return any(one["lastKnownPresence"] == state for one in delivery.payload.get("presences", []))

        return self.hooks.wait("presence.update", wanted, 20, session.name, since, path=session.endpoint, what=f"presence {state}")

    def test_two_sessions_see_each_other_come_type_and_go(self):
        anna, _ = self.new_paired(phone={"pushName": "Anna"})
        ben, ben_phone = self.new_paired(phone={"pushName": "Ben"})
        anna_phone_chat = anna.info()["me"]["id"]
        since = self.hooks.mark()
        anna.api.post(f"/api/{anna.name}/presence/{quoted(ben_phone.chat_id)}/subscribe", expect=201)
        self.presence_event(anna, "offline", since)
        # The name comes from the phone soon after pairing, and nobody is online without one.
        wait_until(lambda: ben.info()["me"]["pushName"] == "Ben", 20, "the name")
        ben.api.post(f"/api/{ben.name}/presence", {"presence": "online"}, expect=201)
        online = self.presence_event(anna, "online", since)
        self.assertEqual(online.payload["presences"][0]["participant"], ben_phone.chat_id)
        self.assertEqual(ben.info()["presence"], "online")
        ben.api.post("/api/startTyping", {"session": ben.name, "chatId": anna_phone_chat}, expect=201)
        self.presence_event(anna, "typing", since)
        ben.api.post(f"/api/{ben.name}/presence", {"presence": "recording", "chatId": anna_phone_chat}, expect=201)
        self.presence_event(anna, "recording", since)
        ben.api.post("/api/stopTyping", {"session": ben.name, "chatId": anna_phone_chat}, expect=201)
        self.presence_event(anna, "paused", since)
        seen = anna.api.get(f"/api/{anna.name}/presence/{quoted(ben_phone.chat_id)}")
        self.assertEqual(seen["id"], ben_phone.chat_id)
        self.assertEqual([one["lastKnownPresence"] for one in seen["presences"]], ["paused"])
        self.assertEqual([one["id"] for one in anna.api.get(f"/api/{anna.name}/presence")], [ben_phone.chat_id])
        ben.api.post(f"/api/{ben.name}/presence", {"presence": "offline"}, expect=201)
        wait_until(lambda: anna.api.get(f"/api/{anna.name}/presence/{quoted(ben_phone.chat_id)}")["presences"][0]["lastKnownPresence"] == "offline",
                   20, "offline")

    def test_a_look_at_a_phone_subscribes_and_shows_what_it_does(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        other.show("online")
        seen = session.api.get(f"/api/{session.name}/presence/{other.digits}")
        self.assertEqual([one["lastKnownPresence"] for one in seen["presences"]], ["online"])
        since = self.hooks.mark()
        other.typing(account.digits)
        self.presence_event(session, "typing", since)

    def test_what_cannot_be_shown_is_refused(self):
        session, _ = self.new_paired()
        for body in ({}, {"presence": "asleep"}, {"presence": "typing"}, {"presence": "typing", "chatId": "nobody"}):
            session.api.post(f"/api/{session.name}/presence", body, expect=400)
        session.api.post("/api/startTyping", {"session": session.name}, expect=400)
        session.api.post("/api/startTyping", {"session": "nowhere", "chatId": "4915100000001"}, expect=422)


class CallTest(GatewayCase):
    def call_event(self, session, name: str, call_id: str):
        return self.hooks.wait(name, lambda delivery: delivery.payload.get("id") == call_id, 20, session.name, path=session.endpoint,
                               what=f"{name} {call_id}").payload

    def test_a_call_of_a_phone_is_told_and_rejected(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        call_id = other.call(account.digits, video=True)
        told = self.call_event(session, "call.received", call_id)
        self.assertEqual((told["from"], told["isVideo"], told["isGroup"]), (other.chat_id, True, False))
        session.api.post(f"/api/{session.name}/calls/reject", {"from": told["from"], "id": call_id}, expect=201)
        other.wait_call(call_id, "rejected")
        account.wait_call(call_id, "rejected")
        self.call_event(session, "call.rejected", call_id)

    def test_a_call_taken_on_the_phone_is_told(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        call_id = other.call(account.digits)
        self.call_event(session, "call.received", call_id)
        account.answer_call(call_id, "accept")
        self.call_event(session, "call.accepted", call_id)

    def test_a_call_while_the_gateway_is_away_is_told_later_and_once(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.do("stop")
        session.wait_status("STOPPED")
        call_id = other.call(account.digits)
        other.answer_call(call_id, "end")
        session.do("start")
        self.call_event(session, "call.received", call_id)
        other.send(account.digits, "you did not answer")
        session.wait_message("you did not answer")
        told = [entry for entry in self.hooks.deliveries("call.received", session.name) if entry.payload["id"] == call_id]
        self.assertEqual(len(told), 1)

    def test_a_rejection_needs_a_caller_and_a_call(self):
        session, _ = self.new_paired()
        for body in ({}, {"from": "4915100000001"}, {"id": "X"}, {"from": "120363000000000001@g.us", "id": "X"}):
            session.api.post(f"/api/{session.name}/calls/reject", body, expect=400)


class ProfileTest(GatewayCase):
    def picture_at(self, url: str | None) -> bytes | None:
        if url is None:
            return None
        parsed = urllib.parse.urlsplit(url)
        return Api(f"{parsed.scheme}://{parsed.netloc}").request("GET", parsed.path).body

    def test_a_picture_set_by_one_is_seen_by_the_other(self):
        anna, _ = self.new_paired()
        ben, _ = self.new_paired()
        anna_chat = anna.info()["me"]["id"]
        look = f"/api/contacts/profile-picture?session={ben.name}&contactId={quoted(anna_chat)}"
        self.assertIsNone(ben.api.get(look)["profilePictureURL"])
        self.assertEqual(anna.api.put(f"/api/{anna.name}/profile/picture", {"file": {"mimetype": "image/jpeg", "data": PICTURE}}),
                         {"success": True})
        self.assertEqual(self.picture_at(ben.api.get(look + "&refresh=true")["profilePictureURL"]), JPEG)
        self.assertEqual(self.picture_at(ben.api.get(f"/api/{ben.name}/chats/{quoted(anna_chat)}/picture")["url"]), JPEG)
        self.assertEqual(self.picture_at(anna.api.get(f"/api/{anna.name}/profile")["picture"]), JPEG)
        anna.api.delete(f"/api/{anna.name}/profile/picture")
        self.assertIsNone(anna.api.get(f"/api/{anna.name}/profile")["picture"])
        self.assertIsNone(ben.api.get(look + "&refresh=true")["profilePictureURL"])

    def test_a_picture_changed_on_the_phone_is_noticed(self):
        session, account = self.new_paired()
        self.assertIsNone(session.api.get(f"/api/{session.name}/profile")["picture"])
        account.profile(picture=PICTURE)
        wait_until(lambda: session.api.get(f"/api/{session.name}/profile")["picture"], 20, "the new picture")

    def test_what_is_no_picture_is_refused_and_changes_nothing(self):
        session, account = self.new_paired()
        path = f"/api/{session.name}/profile/picture"
        for file in ({}, {"data": "?"}, {"data": ""}):
            session.api.put(path, {"file": file}, expect=400)
        session.api.put(path, {"file": {"data": base64.b64encode(b"GIF89a").decode()}}, expect=422)
        self.assertIsNone(account.profile()["picture"])

    def test_name_and_about_text_are_changed_and_seen(self):
        session, account = self.new_paired(phone={"pushName": "Before"})
        other, _ = self.new_paired()
        session.api.put(f"/api/{session.name}/profile/name", {"name": "Grüße GmbH"})
        wait_until(lambda: account.profile()["name"] == "Grüße GmbH", 20, "the new name")
        self.assertEqual(session.api.get(f"/api/{session.name}/profile")["name"], "Grüße GmbH")
        self.assertEqual(session.info()["me"]["pushName"], "Grüße GmbH")
        # The other devices hear of it through app state.
        state = lambda: self.sandbox.api.get(f"/control/accounts/{account.phone}/app-state")["entries"]
        wait_until(lambda: any(entry["index"] == ["setting_pushName"] and entry["name"] == "Grüße GmbH" for entry in state()),
                   20, "the name in app state", state)
        session.api.put(f"/api/{session.name}/profile/status", {"status": "away until Monday"})
        about = f"/api/contacts/about?session={other.name}&contactId={quoted(account.chat_id)}"
        self.assertEqual(other.api.get(about), {"about": "away until Monday"})
        account.profile(privacy={"status": "none"})
        self.assertEqual(other.api.get(about), {"about": None})
        session.api.put(f"/api/{session.name}/profile/name", {"name": ""}, expect=400)


class PasskeyTest(GatewayCase):
    def test_an_account_that_demands_its_passkey_is_linked_with_it(self):
        session = self.new_session()
        account = self.sandbox.account()
        account.profile(needsPasskey=True)
        path = f"/api/{session.name}/auth/passkey"
        session.wait_status("SCAN_QR_CODE")
        session.api.get(path + "/challenge", expect=422)
        self.assertEqual(account.scan(session.qr()), {"passkey": True})
        told = session.wait_status("PASSKEY_REQUIRED").payload
        challenge = session.api.get(path + "/challenge")
        self.assertEqual(told["data"], challenge)
        self.assertEqual(challenge["rpId"], "whatsapp.com")
        session.api.get(path + "/confirmation", expect=422)
        session.api.post(path + "/confirm", {}, expect=422)
        session.api.post(path, {"id": "x"}, expect=400)
        signed = account.sign(challenge)
        wrong = signed | {"response": signed["response"] | {"signature": "AAAA"}}
        refused = session.api.post(path, wrong, expect=422)
        self.assertEqual(refused["code"], 406)
        self.assertEqual(session.status(), "PASSKEY_REQUIRED")
        session.api.post(path, signed, expect=201)
        session.wait_status("WORKING")
        self.assertEqual(session.info()["me"]["id"], account.chat_id)
        other = self.sandbox.account()
        session.send(other.chat_id, "linked")
        other.received("linked")

    def test_a_code_typed_on_the_phone_is_followed_by_the_passkey(self):
        session = self.new_session()
        account = self.sandbox.account()
        account.profile(needsPasskey=True)
        session.wait_status("SCAN_QR_CODE")
        code = session.api.post(f"/api/{session.name}/auth/request-code", {"phoneNumber": account.digits}, expect=201)["code"]
        self.assertEqual(account.enter_code(code), {"passkey": True})
        session.wait_status("PASSKEY_REQUIRED")
        path = f"/api/{session.name}/auth/passkey"
        session.api.post(path, account.sign(session.api.get(path + "/challenge")), expect=201)
        session.wait_status("WORKING")


class PeopleTest(GatewayCase):
    def test_numbers_are_known_or_not(self):
        session, _ = self.new_paired()
        other = self.sandbox.account()
        path = f"/api/contacts/check-exists?session={session.name}&phone="
        self.assertEqual(session.api.get(path + other.digits), {"numberExists": True, "chatId": other.chat_id})
        self.assertEqual(session.api.get(path + "4915999999999"), {"numberExists": False})
        self.assertEqual(session.api.get(f"/api/checkNumberStatus?session={session.name}&phone=%2B{other.digits}")["numberExists"], True)
        session.api.get(path + "nobody", expect=400)
        session.api.get(f"/api/contacts/check-exists?session={session.name}", expect=400)

    def test_a_blocked_person_cannot_call_until_unblocked(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        session.api.post("/api/contacts/block", {"session": session.name, "contactId": other.chat_id}, expect=201)
        self.assertEqual(account.profile()["blocked"], [other.lid])
        silent = other.call(account.digits)
        session.api.post("/api/contacts/unblock", {"session": session.name, "contactId": other.chat_id}, expect=201)
        self.assertEqual(account.profile()["blocked"], [])
        heard = other.call(account.digits)
        self.hooks.wait("call.received", lambda delivery: delivery.payload["id"] == heard, 20, session.name, path=session.endpoint)
        calls = [entry.payload["id"] for entry in self.hooks.deliveries("call.received", session.name)]
        self.assertNotIn(silent, calls)

    def test_the_list_of_blocked_people_and_the_privacy_settings_are_the_accounts(self):
        session, account = self.new_paired()
        other = self.sandbox.account(businessName="Bikes")
        path = f"/api/v1/{session.name}"
        self.assertEqual(session.api.get(path + "/blocklist"), {"blocked": []})
        session.api.post("/api/contacts/block", {"session": session.name, "contactId": other.chat_id}, expect=201)
        self.assertEqual(session.api.get(path + "/blocklist"), {"blocked": [other.chat_id]})
        self.assertEqual(session.api.get(path + "/privacy")["last"], "all")
        self.assertEqual(session.api.put(path + "/privacy", {"name": "last", "value": "none"})["last"], "none")
        self.assertEqual(account.profile()["privacy"], {"last": "none"})
        refused = session.api.put(path + "/privacy", {"name": "nonsense", "value": "none"}, expect=422)
        self.assertEqual(refused["code"], 400)
        session.api.put(path + "/default-expiration", {"seconds": 604800})
        self.assertEqual(account.profile()["defaultExpiration"], 604800)
        self.assertEqual(session.api.get(f"{path}/contacts/{other.digits}/business")["description"], "Bikes")
        session.api.get(f"{path}/contacts/{account.digits}/business", expect=404)

    def test_only_people_on_whatsapp_can_be_blocked(self):
        session, _ = self.new_paired()
        for wrong in ("120363000000000001@g.us", "nobody"):
            session.api.post("/api/contacts/block", {"session": session.name, "contactId": wrong}, expect=400)
        session.api.post("/api/contacts/block", {"session": session.name, "contactId": "4915999999999"}, expect=422)


if __name__ == "__main__":
    main()
