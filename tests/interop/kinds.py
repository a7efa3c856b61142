"""One message of every kind that is sent as it is, in protobuf's JSON, and how what was sent is held against what was seen."""

import base64

SECRET = base64.b64encode(bytes(range(32))).decode()
# An orange JPEG of 8 by 8.
PIXEL = ("/9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAg+Pkk+SVVVVVVVVWRdZGhoaGRkZGRoaGhwcHCDg4NwcHBoaHBwfHyDg4+Tj4eHg4eTk5ub"
         "m7q6srLZ2eD/////xABMAAEBAAAAAAAAAAAAAAAAAAAABgEBAQAAAAAAAAAAAAAAAAAABgcQAQAAAAAAAAAAAAAAAAAAAAARAQAAAAAAAAAAAAAAAAAAAAD/wAARCAAI"
         "AAgDASIAAhEAAxEA/9oADAMBAAIRAxEAPwCtAR06f//Z")
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;type=CELL;waid=491520009999:+49 1520 009999\nEND:VCARD"
GROUP = "120363000000000001@g.us"


def contents(mentioned: str) -> dict[str, dict]:
    """Kinds by name. `mentioned` is the JID of somebody."""
    place = {"degreesLatitude": 52.5, "degreesLongitude": 13.375, "name": "Reichstag", "address": "Platz der Republik 1"}
    text = {"text": "only once"}
    return {
        "short text": {"conversation": "a short text \U0001f98a"},
        "mention": {"extendedTextMessage": {"text": f"hello @{mentioned.split('@')[0]}", "contextInfo": {"mentionedJid": [mentioned]}}},
        "link preview": {"extendedTextMessage": {
            "text": "look: https://example.org/page", "matchedText": "https://example.org/page", "title": "A page", "description": "About pages",
            "previewType": "NONE", "jpegThumbnail": PIXEL}},
        "forwarded": {"extendedTextMessage": {"text": "passed on", "contextInfo": {"isForwarded": True, "forwardingScore": 3}}},
        "location": {"locationMessage": place},
        "live location": {"liveLocationMessage": {
            "degreesLatitude": 52.5, "degreesLongitude": 13.375, "accuracyInMeters": 12, "caption": "on my way", "sequenceNumber": "7"}},
        "contact": {"contactMessage": {"displayName": "Carla", "vcard": CARD.format(name="Carla")}},
        "contacts": {"contactsArrayMessage": {"displayName": "2 contacts", "contacts": [
            {"displayName": name, "vcard": CARD.format(name=name)} for name in ("Carla", "Dora")]}},
        "list": {"listMessage": {
            "title": "Menu", "description": "What would you like?", "buttonText": "Choose", "footerText": "Thank you", "listType": "SINGLE_SELECT",
            "sections": [{"title": "Drinks", "rows": [{"rowId": "tea", "title": "Tea", "description": "hot"}, {"rowId": "juice", "title": "Juice"}]}]}},
        "list answer": {"listResponseMessage": {"title": "Tea", "listType": "SINGLE_SELECT", "singleSelectReply": {"selectedRowId": "tea"}}},
        "button answer": {"buttonsResponseMessage": {"selectedButtonId": "yes", "selectedDisplayText": "Yes", "type": "DISPLAY_TEXT"}},
        "template answer": {"templateButtonReplyMessage": {"selectedId": "no", "selectedDisplayText": "No", "selectedIndex": 1}},
        "group invite": {"groupInviteMessage": {
            "groupJid": GROUP, "inviteCode": "Ab3dEf6hIj9kLm2n", "inviteExpiration": "1900000000", "groupName": "Foxes", "caption": "Join us"}},
        "poll": {"messageContextInfo": {"messageSecret": SECRET}, "pollCreationMessageV3": {
            "name": "Where to?", "options": [{"optionName": "Sea"}, {"optionName": "Mountains"}], "selectableOptionsCount": 1}},
        "event": {"messageContextInfo": {"messageSecret": SECRET}, "eventMessage": {
            "name": "Picnic", "description": "Bring a blanket", "startTime": "1900000000", "location": place}},
        "view once": {"viewOnceMessageV2": {"message": {"extendedTextMessage": text}}},
        "disappearing": {"ephemeralMessage": {"message": {"extendedTextMessage": {"text": "soon gone", "contextInfo": {"expiration": 86400}}}}},
    }


def differences(sent, seen, path: str = "content") -> list[str]:
    """Where `seen` lacks or changes something of `sent`; it may have more. Clients differ in the capitals of keys, and in whether
    big numbers are texts."""
    if isinstance(sent, dict):
        if not isinstance(seen, dict):
            return [f"{path}: {seen!r} where {sent!r} was sent"]
        known = {key.lower(): value for key, value in seen.items()}
        return [entry for key, value in sent.items() for entry in differences(value, known.get(key.lower()), f"{path}.{key}")]
    if isinstance(sent, list):
        if not isinstance(seen, list) or len(seen) != len(sent):
            return [f"{path}: {seen!r} where {sent!r} was sent"]
        return [entry for i, (one, other) in enumerate(zip(sent, seen)) for entry in differences(one, other, f"{path}.{i}")]
    if isinstance(sent, bool) or not isinstance(sent, (int, float)):
        return [] if sent == seen or (isinstance(sent, str) and sent == str(seen)) else [f"{path}: {seen!r} where {sent!r} was sent"]
    return [] if seen is not None and float(seen) == sent else [f"{path}: {seen!r} where {sent!r} was sent"]


def find(content, name: str):
    """The first value under this key, at any depth: wrappers (view once, disappearing, document with caption) may lie around it."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key.lower() == name.lower():
                return value
        content = list(content.values())
    if isinstance(content, list):
        return next((found for item in content if (found := find(item, name)) is not None), None)
    return None
