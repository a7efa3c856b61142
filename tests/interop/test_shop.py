"""Catalogues, orders, quick replies and settings between sessions of the gateway and foreign clients."""

import urllib.parse

from conversation import RealSignatures, WithGateway
from harness import Session, WhatsmeowPeer, main, wait_until
from harness.peers import field
from kinds import PIXEL


class ShopBehaviours:
    """Of a WithGateway case: a business account with a session of the gateway and the client as companions, and a client of a guest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bakery = cls.sandbox.account(businessName="Bakery", pushName="Bakery")
        cls.fill_settings(cls.bakery)
        cls.sandbox.api.post(f"/control/accounts/{cls.bakery.phone}/app-state", {"action": "quickReply", "id": "1", "shortcut": "x", "message": "y"})
        cls.shop = Session(cls.gateway, cls.hooks, "bakery")
        cls.shop.create()
        cls.shop.pair(cls.bakery, since=0)
        cls.client = cls.peer.client("bakery").pair(cls.sandbox, cls.bakery)
        cls.wait_settings(cls.client)
        cls.guest_account = cls.sandbox.account(pushName="Guest")
        cls.guest = cls.peer.client("guest").pair(cls.sandbox, cls.guest_account)
        cls.sent = cls.guest.send(cls.bakery.digits, "hello")
        cls.shop.wait_message("hello", since=0)

    def path(self, rest: str) -> str:
        return f"/api/v1/bakery/{rest}"

    def phone(self, action: str, body: dict, account=None) -> dict:
        return self.sandbox.api.post(f"/control/accounts/{(account or self.bakery).phone}/{action}", body, expect=(200, 201))

    def add(self, name: str, price: int = 4500) -> dict:
        return self.shop.api.post(self.path("products"), {"name": name, "description": f"About {name}", "priceAmount1000": price, "currency": "EUR",
                                                          "images": [{"data": PIXEL}]}, expect=201)

    def order(self) -> tuple[dict, dict]:
        """What a guest's phone orders, and the product."""
        product = self.add("Roll", 500)
        return self.phone("orders", {"to": self.bakery.phone, "items": [{"id": product["id"], "quantity": 12}]}, self.guest_account), product

    def settings(self) -> dict:
        return self.shop.api.get(self.path("settings"))

    def wait_setting(self, name: str, value):
        wait_until(lambda: self.settings()[name] == value, 20, f"{name} {value}", self.settings)

    def test_a_muted_status_is_kept_by_the_phone_and_by_the_gateway(self):
        self.shop.api.put(self.path(f"contacts/{self.guest_account.digits}/status-mute"), {"muted": True})
        self.told_muted(True)
        self.shop.api.put(self.path(f"contacts/{self.guest_account.digits}/status-mute"), {"muted": False})
        self.told_muted(False)

    def told_muted(self, muted: bool):
        """For clients that tell of it."""
        self.wait_setting("mutedStatuses", [self.guest_account.chat_id] if muted else [])


class BaileysShopTest(RealSignatures, ShopBehaviours, WithGateway):
    def own_catalog(self) -> list[dict]:
        return self.client.call("getCatalog", {"limit": 100})["products"]

    def test_a_product_of_the_gateway_is_read_by_the_client(self):
        made = self.add("Rye bread")
        for client, whose in ((self.client, {}), (self.guest, {"jid": self.bakery.pn_jid})):
            seen = next(one for one in client.call("getCatalog", {**whose, "limit": 100})["products"] if one["id"] == made["id"])
            self.assertEqual((seen["name"], seen["description"], seen["price"], seen["currency"], seen["isHidden"]),
                             ("Rye bread", "About Rye bread", 4500, "EUR", False))
            self.assertEqual(seen["reviewStatus"], {"whatsapp": "APPROVED"})
            self.assertEqual(seen["imageUrls"]["original"], made["images"][0]["url"])
        self.shop.api.patch(self.path(f"products/{made['id']}"), {"name": "Dark rye bread", "isHidden": True})
        self.assertEqual([(one["name"], one["isHidden"]) for one in self.own_catalog() if one["id"] == made["id"]], [("Dark rye bread", True)])
        self.shop.api.delete(self.path(f"products/{made['id']}"))
        self.assertNotIn(made["id"], [one["id"] for one in self.own_catalog()])

    def test_the_client_reads_page_by_page(self):
        made = {self.add(f"Cake {number}")["id"] for number in range(5)}
        found, cursor = [], None
        for _ in range(100):
            page = self.guest.call("getCatalog", {"jid": self.bakery.pn_jid, "limit": 2, **({"cursor": cursor} if cursor else {})})
            found += [one["id"] for one in page["products"]]
            cursor = page.get("nextPageCursor")
            if not cursor:
                break
        self.assertEqual(len(found), len(set(found)))
        self.assertLessEqual(made, set(found))

    def picture(self) -> str:
        """The address of a picture on the media servers. Baileys uploads product pictures before it has written them to its disk, so it often
        uploads nothing; one that is there already it takes as it is."""
        url = urllib.parse.urlsplit(self.add("With a picture")["images"][0]["url"])
        return f"https://mmg.whatsapp.net{url.path}?{url.query}"

    def test_a_product_of_the_client_is_read_by_the_gateway(self):
        made = self.client.call("productCreate", {"name": "Bagel", "description": "Round", "price": 1500, "currency": "EUR", "retailerId": "R-1",
                                                  "originCountryCode": "FR", "images": [{"url": self.picture()}]})
        self.assertEqual((made["name"], made["price"]), ("Bagel", 1500))
        seen = next(one for one in self.shop.api.get(self.path("catalog?limit=100"))["products"] if one["id"] == made["id"])
        self.assertEqual((seen["name"], seen["description"], seen["priceAmount1000"], seen["currency"], seen["retailerId"]),
                         ("Bagel", "Round", 1500, "EUR", "R-1"))
        changed = self.client.call("productUpdate", made["id"], {
            "name": "Big bagel", "description": "Round", "price": 1800, "currency": "EUR", "images": [{"url": self.picture()}]})
        self.assertEqual((changed["name"], changed["price"]), ("Big bagel", 1800))
        self.assertEqual(self.client.call("productDelete", [made["id"], "1"]), {"deleted": 1})
        self.assertNotIn(made["id"], [one["id"] for one in self.shop.api.get(self.path("catalog?limit=100"))["products"]])

    def test_collections_are_read_alike(self):
        bread = self.add("Loaf")["id"]
        made = self.phone("collections", {"name": "Breads", "products": [bread]})["id"]
        seen = next(one for one in self.guest.call("getCollections", self.bakery.pn_jid)["collections"] if one["id"] == made)
        self.assertEqual((seen["name"], [one["id"] for one in seen["products"]], seen["status"]), ("Breads", [bread], {"status": "APPROVED", "canAppeal": False}))
        own = next(one for one in self.shop.api.get(self.path("collections")) if one["id"] == made)
        self.assertEqual((own["name"], [one["id"] for one in own["products"]]), ("Breads", [bread]))

    def test_an_order_is_read_by_the_client(self):
        ordered, product = self.order()
        details = self.client.call("getOrderDetails", ordered["order"], ordered["token"])
        self.assertEqual(details["price"], {"total": 6000, "currency": "EUR"})
        self.assertEqual([(one["id"], one["name"], one["price"], one["quantity"]) for one in details["products"]], [(product["id"], "Roll", 500, 12)])
        seen = self.client.wait_id(ordered["id"])
        self.assertEqual(seen["content"]["orderMessage"]["orderId"], ordered["order"])

    def test_a_product_is_shown_in_a_chat_both_ways(self):
        made = self.add("Croissant")
        sent = self.shop.api.post(self.path(f"products/{made['id']}/send"), {"chatId": self.guest_account.chat_id, "body": "Fresh"}, expect=201)
        seen = self.guest.wait_id(sent["id"].split("_")[2])["content"]["productMessage"]
        self.assertEqual((seen["product"]["productId"], seen["product"]["title"], seen["product"]["priceAmount1000"], seen["businessOwnerJid"]),
                         (made["id"], "Croissant", "4500", self.bakery.pn_jid))
        self.assertGreater(int(seen["product"]["productImage"]["fileLength"]), 0)
        answer = self.guest.request("sendMessage", to=self.bakery.digits, content={
            "product": {"productId": made["id"], "title": "Croissant", "currencyCode": "EUR", "priceAmount1000": 4500, "productImage": {"$bytes": PIXEL}},
            "businessOwnerJid": self.bakery.pn_jid})["id"]
        told = self.hooks.wait("message", lambda delivery: delivery.payload["id"].endswith(answer), session="bakery", since=self.since).payload
        self.assertEqual((told["_data"]["product"]["id"], told["_data"]["product"]["priceAmount1000"]), (made["id"], 4500))

    def test_the_business_profile_is_changed_by_both(self):
        self.client.call("updateBussinesProfile", {"address": "Main Street 1", "websites": ["https://bakery.example"], "hours": {
            "timezone": "Europe/Berlin", "days": [{"day": "mon", "mode": "specific_hours", "openTimeInMinutes": "420", "closeTimeInMinutes": "1080"}]}})
        profile = self.shop.api.get(self.path("business"))
        self.assertEqual((profile["address"], profile["website"]), ("Main Street 1", "https://bakery.example"))
        self.assertEqual(profile["hours"], {"timezone": "Europe/Berlin", "days": [
            {"day": "mon", "mode": "specific_hours", "openMinutes": 420, "closeMinutes": 1080}]})
        self.shop.api.patch(self.path("business"), {"description": "Since 1921", "email": "bread@example.com"})
        seen = self.guest.call("getBusinessProfile", self.bakery.pn_jid)
        self.assertEqual((seen["description"], seen["email"], seen["address"]), ("Since 1921", "bread@example.com", "Main Street 1"))
        self.assertEqual(seen["business_hours"]["timezone"], "Europe/Berlin")

    def test_a_cover_photo_of_one_is_taken_away_by_the_other(self):
        cover = lambda: self.sandbox.api.get(f"/control/accounts/{self.bakery.phone}/shop")["cover"]  # noqa: E731
        made = self.client.call("updateCoverPhoto", {"$bytes": PIXEL})
        self.assertEqual(cover(), str(made))
        self.shop.api.delete(self.path(f"business/cover/{made}"))
        self.assertEqual(cover(), "")
        made = self.shop.api.put(self.path("business/cover"), {"file": {"data": PIXEL}})["id"]
        self.client.call("removeCoverPhoto", made)
        self.assertEqual(cover(), "")

    def test_quick_replies_of_both(self):
        path = self.path("quick-replies")
        known = lambda: {one["id"]: one for one in self.shop.api.get(path)}  # noqa: E731
        self.client.call("addOrEditQuickReply", {"timestamp": "1767225600", "shortcut": "hours", "message": "From 7"})
        wait_until(lambda: "1767225600" in known(), 20, "the client's quick reply", known)
        self.assertEqual((known()["1767225600"]["shortcut"], known()["1767225600"]["message"]), ("hours", "From 7"))
        made = self.shop.api.post(path, {"shortcut": "bye", "message": "See you", "keywords": ["leave"]}, expect=201)
        # Baileys tells nothing of quick replies; that it has read this one shows when it changes it on top.
        self.client.call("resyncAppState", ["regular"], False)
        self.client.call("addOrEditQuickReply", {"timestamp": made["id"], "shortcut": "bye", "message": "See you soon"})
        wait_until(lambda: known()[made["id"]]["message"] == "See you soon", 20, "the change of the client", known)
        self.client.call("removeQuickReply", "1767225600")
        wait_until(lambda: "1767225600" not in known(), 20, "the client's deletion", known)
        self.shop.api.delete(f"{path}/{made['id']}")
        self.assertNotIn(made["id"], known())
        self.assertEqual(self.sandbox.stats()["counters"].get("phone_bad_patches", 0), 0)

    def test_the_setting_of_link_previews_goes_both_ways(self):
        self.client.call("updateDisableLinkPreviewsPrivacy", True)
        self.wait_setting("linkPreviewsDisabled", True)
        mark = self.client.mark()
        self.shop.api.patch(self.path("settings"), {"linkPreviewsDisabled": False})
        self.client.wait_raw("settings.update", lambda data: data["setting"] == "disableLinkPreviews"
                             and not data["value"].get("isPreviewsDisabled"), since=mark)

    def test_a_contact_that_the_client_removes_has_no_name(self):
        name = lambda: self.shop.api.get(  # noqa: E731
            f"/api/contacts?session=bakery&contactId={urllib.parse.quote(self.guest_account.chat_id)}").get("name")
        self.client.call("addOrEditContact", self.guest_account.pn_jid, {"fullName": "A Guest", "firstName": "A"})
        wait_until(lambda: name() == "A Guest", 20, "the contact", name)
        self.client.call("removeContact", self.guest_account.pn_jid)
        wait_until(lambda: not name(), 20, "no contact", name)


class WhatsmeowShopTest(ShopBehaviours, WithGateway):
    peer_type = WhatsmeowPeer

    def told_muted(self, muted: bool):
        super().told_muted(muted)
        self.client.wait_raw("UserStatusMute", lambda data: self.guest_account.is_me(data["JID"]) and bool(data["Action"].get("muted")) == muted)

    def test_an_order_is_seen_by_the_client(self):
        ordered, _ = self.order()
        seen = self.client.wait_id(ordered["id"])["content"]
        self.assertEqual((field(seen, "orderMessage.orderID"), field(seen, "orderMessage.token")), (ordered["order"], ordered["token"]))

    def test_the_setting_of_archived_chats_reaches_the_client(self):
        for unarchive in (True, False):
            mark = self.client.mark()
            self.shop.api.patch(self.path("settings"), {"unarchiveChats": unarchive})
            self.client.wait_raw("UnarchiveChatsSetting", lambda data, unarchive=unarchive: bool(data["Action"].get("unarchiveChats")) == unarchive,
                                 since=mark)

    def test_a_product_of_the_gateway_is_shown_in_a_chat(self):
        made = self.add("Croissant")
        sent = self.shop.api.post(self.path(f"products/{made['id']}/send"), {"chatId": self.guest_account.chat_id}, expect=201)
        seen = self.guest.wait_id(sent["id"].split("_")[2])["content"]
        self.assertEqual(field(seen, "productMessage.product.productID"), made["id"])


if __name__ == "__main__":
    main()
