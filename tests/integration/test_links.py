"""Links to accounts, of businesses and into calls; bots; push."""

import base64
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until

AUTH = base64.b64encode(bytes(range(16))).decode()
# A point of P-256, as the keys of subscriptions are.
POINT = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
WEB = {"platform": "web", "endpoint": "https://push.example.com/1", "auth": AUTH, "p256dh": POINT}


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")


class ContactLinkTest(GatewayCase):
    def test_a_link_leads_to_its_owner_until_there_is_a_new_one(self):
        anna, _ = self.new_paired()
        ben, ben_phone = self.new_paired(phone={"pushName": "Ben"})
        self.assertIsNone(ben_phone.links()["contact"])
        made = ben.api.get(f"/api/v1/{ben.name}/contact-link")
        self.assertEqual(made["link"], "https://wa.me/qr/" + made["code"])
        self.assertEqual(ben.api.get(f"/api/v1/{ben.name}/contact-link"), made)
        self.assertEqual(ben_phone.links()["contact"], made["code"])
        expected = {"id": ben_phone.chat_id, "type": "contact", "pushName": "Ben"}
        path = f"/api/v1/{anna.name}/contact-links/"
        self.assertEqual(anna.api.get(path + made["code"]), expected)
        self.assertEqual(anna.api.get(path + quoted(made["link"] + "?src=qr")), expected)
        renewed = ben.api.post(f"/api/v1/{ben.name}/contact-link", expect=200)
        self.assertNotEqual(renewed["code"], made["code"])
        anna.api.get(path + made["code"], expect=404)
        self.assertEqual(anna.api.get(path + renewed["code"]), expected)
        anna.api.get(path + "..", expect=(400, 404))
        anna.api.get(path + quoted("not a code"), expect=400)

    def test_a_link_of_a_business_carries_its_text(self):
        anna, _ = self.new_paired()
        shop = self.sandbox.account(pushName="Shop", businessName="Bakery")
        code = shop.message_link("I would like to order bread")
        path = f"/api/v1/{anna.name}/message-links/"
        expected = {"id": shop.chat_id, "pushName": "Shop", "message": "I would like to order bread", "verifiedName": "Bakery",
                    "verifiedLevel": "unknown", "isSigned": True}
        self.assertEqual(anna.api.get(path + code), expected)
        self.assertEqual(anna.api.get(path + quoted("https://wa.me/message/" + code)), expected)
        self.assertEqual(anna.api.get(path + shop.message_link(""))["message"], "")
        anna.api.get(path + "NOSUCHLINK", expect=404)
        anna.api.get(path + quoted("https://wa.me/qr/" + code), expect=400)
        # A code of one kind is none of the other.
        anna.api.get(f"/api/v1/{anna.name}/contact-links/{code}", expect=404)
        own = anna.api.get(f"/api/v1/{anna.name}/contact-link")["code"]
        anna.api.get(path + own, expect=404)

    def test_a_link_into_a_call_is_made_for_now_or_later(self):
        anna, phone = self.new_paired()
        path = f"/api/v1/{anna.name}/call-links"
        now = anna.api.post(path, expect=201)
        self.assertEqual((now["media"], now["link"]), ("video", "https://call.whatsapp.com/video/" + now["token"]))
        later = anna.api.post(path, {"media": "audio", "startTime": 1790000000}, expect=201)
        self.assertEqual(later["link"], "https://call.whatsapp.com/voice/" + later["token"])
        self.assertEqual(phone.links()["calls"], [{"token": now["token"], "media": "video", "startTime": 0},
                                                  {"token": later["token"], "media": "audio", "startTime": 1790000000}])
        for body in ({"media": "text"}, {"startTime": "soon"}, {"startTime": -1}):
            anna.api.post(path, body, expect=400)
        self.assertEqual(len(phone.links()["calls"]), 2)

    def test_a_session_without_a_connection_has_no_links(self):
        session = self.new_session()
        for path in ("contact-link", "contact-links/ABC", "message-links/ABC", "bots", "bots/profiles", "push"):
            session.api.get(f"/api/v1/{session.name}/{path}", expect=422)


class BotTest(GatewayCase):
    def test_bots_are_listed_and_say_what_they_are(self):
        session, _ = self.new_paired()
        path = f"/api/v1/{session.name}/bots"
        bots = session.api.get(path)["bots"]
        self.assertIn("13135550002@c.us", [bot["id"] for bot in bots])
        self.assertTrue(any(bot["id"].endswith("@bot") for bot in bots), bots)
        profiles = session.api.get(path + "/profiles")["profiles"]
        self.assertEqual([(one["id"], one["personaId"]) for one in profiles], [(bot["id"], bot["personaId"]) for bot in bots])
        one = session.api.get(path + "/profiles?ids=13135550002")["profiles"]
        self.assertEqual(one, [{
            "id": "13135550002@c.us", "personaId": bots[0]["personaId"], "name": "Assistant", "description": "Answers questions of all kinds",
            "category": "assistant", "attributes": "none", "isDefault": True, "prompts": [{"emoji": "\u2753", "text": "What can you do?"}],
            "commandsDescription": "What it understands", "commands": [{"name": "/help", "description": "Says what it can do"}]}])
        # Two of which one is none that the network has.
        two = session.api.get(path + f"/profiles?ids=13135559999@c.us,{quoted(bots[2]['id'])}")["profiles"]
        self.assertEqual([profile["id"] for profile in two], [bots[2]["id"]])
        for ids in ("4915112345678", "nobody", "13135550002,,"):
            session.api.get(path + f"/profiles?ids={ids}", expect=400)


class PushTest(GatewayCase):
    def registered(self, account) -> dict | None:
        return account.devices()[0]["push"]

    def test_each_platform_registers_with_what_it_needs(self):
        session, account = self.new_paired()
        path = f"/api/v1/{session.name}/push"
        key = session.api.get(path)["webServerKey"]
        self.assertEqual(base64.urlsafe_b64decode(key + "=")[0], 4)
        self.assertIsNone(self.registered(account))
        self.assertEqual(session.api.put(path, WEB), {"platform": "web", "messageIdKey": None})
        seen = self.registered(account)
        self.assertEqual((seen["platform"], seen["endpoint"], seen["auth"]), ("web", WEB["endpoint"], AUTH))
        self.assertEqual(base64.b64decode(seen["p256dh"]), base64.urlsafe_b64decode(POINT + "="))
        self.assertEqual(session.api.put(path, {"platform": "fcm", "token": "a-token"}), {"platform": "fcm", "messageIdKey": None})
        self.assertEqual(self.registered(account), {"platform": "gcm", "id": "a-token", "num_acc": "1"})
        made = session.api.put(path, {"platform": "apns", "token": "a-token", "voipToken": "for-calls"})["messageIdKey"]
        seen = self.registered(account)
        self.assertEqual((seen["platform"], seen["id"], seen["voip"]), ("apple", "a-token", "for-calls"))
        self.assertEqual(base64.urlsafe_b64decode(seen["pkey"] + "="), base64.b64decode(made))
        given = base64.b64encode(bytes(32)).decode()
        self.assertEqual(session.api.put(path, {"platform": "apns", "token": "t", "messageIdKey": given})["messageIdKey"], given)

    def test_what_is_incomplete_is_refused_and_changes_nothing(self):
        session, account = self.new_paired()
        path = f"/api/v1/{session.name}/push"
        session.api.put(path, WEB)
        for body in ({}, {"platform": "pigeon"}, {"platform": "web"}, {"platform": "fcm"}, {"platform": "apns"},
                     {**WEB, "auth": "?"}, {**WEB, "p256dh": AUTH}, {**WEB, "endpoint": "http://push.example.com/1"},
                     {**WEB, "token": "t"}, {"platform": "apns", "token": "t", "messageIdKey": AUTH}):
            with self.subTest(body):
                session.api.put(path, body, expect=400)
        self.assertEqual(self.registered(account)["platform"], "web")

    def test_a_session_that_is_away_would_be_woken(self):
        session, account = self.new_paired()
        friend = self.sandbox.account()
        session.api.put(f"/api/v1/{session.name}/push", WEB)
        friend.send(account.digits, "while it is there")
        session.wait_message("while it is there")
        session.do("stop")
        session.wait_status("STOPPED")
        account.wait_connected(0)
        self.assertEqual(account.devices()[0]["pushes"], 0)
        friend.send(account.digits, "while it is away")
        wait_until(lambda: account.devices()[0]["pushes"] == 1, 20, "a push")


if __name__ == "__main__":
    main()
