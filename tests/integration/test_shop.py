"""Catalogues and orders of business accounts, their profiles, quick replies, and settings that all devices share."""

import base64
import hashlib
import urllib.parse

from world import GatewayCase  # first: it knows where the harness is
from harness import main, wait_until
from harness.http import Api
from test_account import JPEG, PICTURE


class ShopCase(GatewayCase):
    def new_shop(self, name: str = "Bakery"):
        """A session of a business account."""
        return self.new_paired(phone={"businessName": name})

    def control(self, account, method: str, action: str, body=None, expect=(200, 201)):
        return self.sandbox.api.call(method, f"/control/accounts/{account.phone}/{action}", body, expect=expect)

    def phone_adds(self, account, name: str, **more) -> dict:
        """The user adds a product on the phone."""
        return self.control(account, "POST", "products", {"name": name, "price": 4500, "currency": "EUR", "image": PICTURE, **more})

    def path(self, session, rest: str) -> str:
        return f"/api/v1/{session.name}/{rest}"

    def add(self, session, name: str, **more) -> dict:
        body = {"name": name, "priceAmount1000": 4500, "currency": "EUR", "images": [{"data": PICTURE}], **more}
        return session.api.post(self.path(session, "products"), body, expect=201)

    def file_at(self, url: str) -> bytes:
        parsed = urllib.parse.urlsplit(url)
        return Api(f"{parsed.scheme}://{parsed.netloc}").request("GET", f"{parsed.path}?{parsed.query}").body


class CatalogTest(ShopCase):
    def test_a_product_is_added_changed_seen_by_others_and_deleted(self):
        shop, shops = self.new_shop()
        guest, _ = self.new_paired()
        made = self.add(shop, "Rye bread", description="One kilogram", retailerId="B-1", originCountry="DE")
        self.assertEqual((made["name"], made["priceAmount1000"], made["currency"], made["isHidden"]), ("Rye bread", 4500, "EUR", False))
        on_phone, = self.control(shops, "GET", "shop")["products"]
        self.assertEqual((on_phone["id"], on_phone["retailerId"], on_phone["originCountry"]), (made["id"], "B-1", "DE"))
        seen = guest.api.get(self.path(guest, f"catalog/{shops.digits}"))
        self.assertEqual(seen["products"], [made])
        self.assertIsNone(seen["cursor"])
        self.assertEqual(self.file_at(made["images"][0]["url"]), JPEG)
        product = self.path(shop, f"products/{made['id']}")
        changed = shop.api.patch(product, {"priceAmount1000": 4900, "isHidden": True})
        self.assertEqual(changed, made | {"priceAmount1000": 4900, "isHidden": True})
        self.assertEqual(guest.api.get(self.path(guest, f"catalog/{shops.digits}"))["products"], [])
        self.assertEqual(shop.api.get(self.path(shop, "catalog"))["products"], [changed])
        shop.api.delete(product)
        self.assertEqual(shop.api.get(self.path(shop, "catalog")), {"products": [], "cursor": None})
        for again in (shop.api.delete, lambda path, **more: shop.api.patch(path, {"name": "x"}, **more)):
            again(product, expect=404)

    def test_a_long_catalogue_comes_page_by_page_and_nothing_twice(self):
        shop, shops = self.new_shop()
        guest, _ = self.new_paired()
        ids = [self.phone_adds(shops, f"Cake {number}", hidden=number % 5 == 0)["id"] for number in range(25)]
        shown = [one for number, one in enumerate(ids) if number % 5]
        for session, path, expected in ((shop, "catalog", ids), (guest, f"catalog/{shops.chat_id}", shown)):
            found, cursor, pages = [], "", 0
            while cursor is not None:
                page = session.api.get(self.path(session, f"{path}?limit=7&cursor={urllib.parse.quote(cursor)}"))
                self.assertLessEqual(len(page["products"]), 7)
                found += [product["id"] for product in page["products"]]
                cursor, pages = page["cursor"], pages + 1
            self.assertEqual(found, expected)
            self.assertEqual(pages, -(-len(expected) // 7))
        self.assertEqual(shop.api.get(self.path(shop, "catalog?cursor=bm9uc2Vuc2U%3D"), expect=422)["code"], 400)

    def test_collections_show_their_products(self):
        shop, shops = self.new_shop()
        guest, _ = self.new_paired()
        bread, cake = self.phone_adds(shops, "Bread")["id"], self.phone_adds(shops, "Cake", hidden=True)["id"]
        self.control(shops, "POST", "collections", {"name": "Sweet", "products": [cake]})
        self.control(shops, "POST", "collections", {"name": "All", "products": [bread, cake]})
        own = shop.api.get(self.path(shop, "collections"))
        self.assertEqual([(one["name"], [product["id"] for product in one["products"]]) for one in own], [("Sweet", [cake]), ("All", [bread, cake])])
        seen = guest.api.get(self.path(guest, f"collections?contactId={shops.digits}&limit=1"))
        self.assertEqual([(one["name"], one["products"], one["reviewStatus"]) for one in seen], [("Sweet", [], "APPROVED")])

    def test_what_is_no_product_or_no_business_is_refused_and_changes_nothing(self):
        shop, shops = self.new_shop()
        person, persons = self.new_paired()
        image = {"data": PICTURE}
        for body in ({}, {"name": "x"}, {"name": "x", "images": []}, {"name": "x", "images": [{}]}, {"name": "", "images": [image]},
                     {"name": "x", "images": [image], "priceAmount1000": 100}, {"name": "x", "images": [image], "priceAmount1000": -1, "currency": "EUR"}):
            shop.api.post(self.path(shop, "products"), body, expect=400)
        no_picture = {"data": base64.b64encode(b"no picture").decode()}
        shop.api.post(self.path(shop, "products"), {"name": "x", "images": [no_picture]}, expect=422)
        self.assertEqual(self.control(shops, "GET", "shop")["products"], [])
        shop.api.patch(self.path(shop, "products/1"), {}, expect=400)
        for path in ("catalog", f"catalog/{persons.digits}"):
            person.api.get(self.path(person, path), expect=404)
        for path in ("catalog/nobody", "catalog?limit=0", "collections?contactId=x", "orders/1"):
            shop.api.get(self.path(shop, path), expect=400)
        refused = person.api.post(self.path(person, "products"), {"name": "x", "images": [image]}, expect=422)
        self.assertEqual(refused["code"], 403)


class SellingTest(ShopCase):
    def test_a_product_is_sent_with_its_picture(self):
        shop, shops = self.new_shop()
        guest, guests = self.new_paired()
        made = self.add(shop, "Rye bread", description="One kilogram")
        sent = shop.api.post(self.path(shop, f"products/{made['id']}/send"), {"chatId": guests.chat_id, "body": "Fresh"}, expect=201)
        self.assertEqual(sent["_data"]["kind"], "product")
        received = guests.message(lambda entry: "product" in entry)["product"]
        self.assertEqual((received["id"], received["title"], received["price"], received["currency"], received["owner"], received["body"]),
                         (made["id"], "Rye bread", 4500, "EUR", shops.pn_jid, "Fresh"))
        self.assertEqual(received["sha256"], hashlib.sha256(JPEG).hexdigest())
        told = self.hooks.wait("message", lambda delivery: delivery.payload["_data"].get("product"), 20, guest.name, path=guest.endpoint).payload
        self.assertEqual(told["_data"]["product"]["id"], made["id"])
        self.assertEqual(told["_data"]["product"]["owner"], shops.chat_id)
        self.assertTrue(told["hasMedia"])
        self.assertEqual(guest.api.request("GET", urllib.parse.urlsplit(told["media"]["url"]).path).body, JPEG)

    def test_only_own_products_are_sent(self):
        shop, shops = self.new_shop()
        _, guests = self.new_paired()
        path = self.path(shop, "products/123/send")
        shop.api.post(path, {"chatId": guests.chat_id}, expect=404)
        shop.api.post(path, {}, expect=400)
        made = self.phone_adds(shops, "Cake")
        own = self.path(shop, f"products/{made['id']}/send")
        shop.api.post(own, {"chatId": "123@newsletter"}, expect=422)
        shop.api.post(own, {"chatId": guests.chat_id, "image": {}}, expect=400)

    def test_an_order_is_told_and_its_items_are_asked_for(self):
        shop, shops = self.new_shop()
        customer, customers = self.new_paired()
        bread, cake = self.phone_adds(shops, "Bread"), self.phone_adds(shops, "Cake", price=2000)
        ordered = self.control(customers, "POST", "orders", {
            "to": shops.phone, "message": "For Saturday", "items": [{"id": bread["id"], "quantity": 2}, {"id": cake["id"]}]})
        told = self.hooks.wait("message", lambda delivery: delivery.payload["_data"].get("order"), 20, shop.name, path=shop.endpoint).payload
        order = told["_data"]["order"]
        self.assertEqual((order["id"], order["token"], order["itemCount"], order["totalAmount1000"], order["seller"], order["message"]),
                         (ordered["order"], ordered["token"], 3, 11000, shops.chat_id, "For Saturday"))
        self.assertEqual(told["from"], customers.chat_id)
        token = urllib.parse.quote(order["token"], safe="")
        for session in (shop, customer):
            details = session.api.get(self.path(session, f"orders/{order['id']}?token={token}"))
            self.assertEqual((details["totalAmount1000"], details["currency"]), (11000, "EUR"))
            self.assertEqual([(item["id"], item["name"], item["priceAmount1000"], item["quantity"]) for item in details["items"]],
                             [(bread["id"], "Bread", 4500, 2), (cake["id"], "Cake", 2000, 1)])
            self.assertEqual(self.file_at(details["items"][0]["imageUrl"]), JPEG)
        self.assertEqual(shop.api.get(self.path(shop, f"orders/{order['id']}?token=wrong"), expect=422)["code"], 403)
        shop.api.get(self.path(shop, f"orders/1?token={token}"), expect=404)
        stranger, _ = self.new_paired()
        self.assertEqual(stranger.api.get(self.path(stranger, f"orders/{order['id']}?token={token}"), expect=422)["code"], 403)


class BusinessProfileTest(ShopCase):
    def test_the_profile_is_changed_field_by_field_and_seen(self):
        shop, shops = self.new_shop()
        guest, _ = self.new_paired()
        path = self.path(shop, "business")
        before = shop.api.get(path)
        self.assertEqual((before["description"], before["websites"], before["hours"]), ("Bakery", [], None))
        hours = {"timezone": "Europe/Berlin", "days": [{"day": "mon", "mode": "specific_hours", "openMinutes": 420, "closeMinutes": 1080},
                                                       {"day": "sun", "mode": "appointment_only"}]}
        now = shop.api.patch(path, {"address": "Main Street 1", "websites": ["https://one.example", "https://two.example"], "hours": hours})
        self.assertEqual(now, before | {"address": "Main Street 1", "website": "https://one.example",
                                        "websites": ["https://one.example", "https://two.example"], "hours": hours})
        self.assertEqual(guest.api.get(self.path(guest, f"contacts/{shops.digits}/business")), now)
        gone = shop.api.patch(path, {"websites": [], "email": "shop@example.com"})
        self.assertEqual(gone, now | {"website": "", "websites": [], "email": "shop@example.com"})
        for body in ({}, {"hours": {"timezone": "x", "days": [{"day": "mon", "mode": "specific_hours"}]}}, {"websites": ["a", "b", "c"]},
                     {"hours": {"timezone": "x", "days": [{"day": "someday", "mode": "open_24h"}]}}):
            shop.api.patch(path, body, expect=400)
        self.assertEqual(shop.api.get(path), gone)

    def test_a_cover_photo_is_set_and_taken_away(self):
        shop, shops = self.new_shop()
        path = self.path(shop, "business/cover")
        made = shop.api.put(path, {"file": {"data": PICTURE}})
        self.assertEqual(self.control(shops, "GET", "shop")["cover"], made["id"])
        shop.api.delete(f"{path}/1", expect=404)
        shop.api.delete(f"{path}/{made['id']}")
        self.assertEqual(self.control(shops, "GET", "shop")["cover"], "")
        shop.api.put(path, {"file": {}}, expect=400)

    def test_an_account_that_is_no_business_has_no_profile(self):
        person, _ = self.new_paired()
        person.api.get(self.path(person, "business"), expect=404)
        self.assertEqual(person.api.patch(self.path(person, "business"), {"email": "a@example.com"}, expect=422)["code"], 403)


class SharedCase(ShopCase):
    def phone_does(self, account, action: str, **fields):
        self.control(account, "POST", "app-state", {"action": action, **fields})

    def on_phone(self, account) -> dict[tuple, dict]:
        return {tuple(entry["index"]): entry for entry in self.control(account, "GET", "app-state")["entries"]}

    def wait_on_phone(self, account, index: tuple, **fields):
        def found():
            entry = self.on_phone(account).get(index)
            return entry and all(entry.get(key) == value for key, value in fields.items())
        wait_until(found, 20, f"{index} {fields} on the phone", lambda: self.on_phone(account))

    def synchronised(self, session):
        wait_until(lambda: session.api.request("POST", f"/api/{session.name}/chats/491520999999/unarchive").status == 201, 20,
                   f"{session.name} to take part in app state")


class QuickReplyTest(SharedCase):
    def test_quick_replies_go_both_ways(self):
        shop, shops = self.new_shop()
        self.synchronised(shop)
        path = self.path(shop, "quick-replies")
        self.assertEqual(shop.api.get(path), [])
        self.phone_does(shops, "quickReply", id="1767225600", shortcut="hours", message="From 7", keywords=["open"])
        expected = {"id": "1767225600", "shortcut": "hours", "message": "From 7", "keywords": ["open"], "count": 0}
        wait_until(lambda: shop.api.get(path) == [expected], 20, "the phone's quick reply", lambda: shop.api.get(path))
        made = shop.api.post(path, {"shortcut": "bye", "message": "See you"}, expect=201)
        self.wait_on_phone(shops, ("quick_reply", made["id"]), shortcut="bye", message="See you", deleted=False)
        changed = shop.api.put(f"{path}/{expected['id']}", {"shortcut": "hours", "message": "From 8"})
        self.assertEqual(changed, expected | {"message": "From 8", "keywords": []})
        self.wait_on_phone(shops, ("quick_reply", expected["id"]), message="From 8")
        self.assertEqual(shop.api.get(path), [changed, made])
        shop.api.delete(f"{path}/{made['id']}")
        self.wait_on_phone(shops, ("quick_reply", made["id"]), deleted=True)
        self.phone_does(shops, "quickReply", id=expected["id"], deleted=True)
        wait_until(lambda: shop.api.get(path) == [], 20, "no quick replies", lambda: shop.api.get(path))
        shop.api.put(f"{path}/1", {"shortcut": "a", "message": "b"}, expect=404)
        shop.api.delete(f"{path}/1", expect=404)
        for body in ({}, {"shortcut": "a"}, {"shortcut": "", "message": "b"}):
            shop.api.post(path, body, expect=400)

    def test_they_are_there_after_a_restart(self):
        shop, shops = self.new_shop()
        self.synchronised(shop)
        path = self.path(shop, "quick-replies")
        made = shop.api.post(path, {"shortcut": "hi", "message": "Hello", "keywords": ["hello"]}, expect=201)
        shop.do("stop")
        shop.wait_status("STOPPED")
        self.phone_does(shops, "quickReply", id="1767225600", shortcut="new", message="While away")
        since = self.hooks.mark()
        shop.do("start")
        shop.wait_status("WORKING", since=since)
        wait_until(lambda: [one["shortcut"] for one in shop.api.get(path)] == ["new", "hi"], 20, "both", lambda: shop.api.get(path))
        self.assertIn(made, shop.api.get(path))


class AccountSettingsTest(SharedCase):
    def test_settings_go_both_ways(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        self.synchronised(session)
        path = self.path(session, "settings")
        self.phone_does(account, "locale", locale="pt_BR")
        self.phone_does(account, "unarchiveChats", enabled=True)
        wait_until(lambda: (session.api.get(path)["locale"], session.api.get(path)["unarchiveChats"]) == ("pt_BR", True), 20, "the phone's settings",
                   lambda: session.api.get(path))
        now = session.api.patch(path, {"unarchiveChats": False, "linkPreviewsDisabled": True})
        self.assertEqual(now, {"locale": "pt_BR", "twentyFourHours": None, "unarchiveChats": False, "linkPreviewsDisabled": True, "mutedStatuses": []})
        self.wait_on_phone(account, ("setting_unarchiveChats",), enabled=False)
        self.wait_on_phone(account, ("setting_disableLinkPreviews",), enabled=True)
        mute = self.path(session, f"contacts/{other.digits}/status-mute")
        session.api.put(mute, {"muted": True})
        entry = lambda: next((one for index, one in self.on_phone(account).items() if index[0] == "userStatusMute"), None)  # noqa: E731
        wait_until(lambda: entry() and entry()["muted"], 20, "the muted person on the phone", entry)
        self.assertEqual(len(session.api.get(path)["mutedStatuses"]), 1)
        session.api.put(mute, {"muted": False})
        self.assertEqual(session.api.get(path)["mutedStatuses"], [])
        session.api.patch(path, {}, expect=400)
        session.api.patch(path, {"unarchiveChats": "yes"}, expect=400)
        session.api.put(self.path(session, "contacts/123@g.us/status-mute"), {"muted": True}, expect=400)

    def test_a_contact_is_removed_on_the_phone_too(self):
        session, account = self.new_paired()
        other = self.sandbox.account()
        self.synchronised(session)
        session.api.put(f"/api/{session.name}/contacts/{other.chat_id}", {"firstName": "Ben", "lastName": "B"})
        index = ("contact", other.pn_jid)
        self.wait_on_phone(account, index, fullName="Ben B")
        session.api.delete(self.path(session, f"contacts/{other.digits}"))
        wait_until(lambda: index not in self.on_phone(account), 20, "no contact on the phone", lambda: self.on_phone(account))
        shown = session.api.get(f"/api/contacts?session={session.name}&contactId={urllib.parse.quote(other.chat_id)}")
        self.assertFalse(shown.get("name"))


if __name__ == "__main__":
    main()
