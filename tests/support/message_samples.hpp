#pragma once
// Messages of every kind, with every member set to something that says which one it is. The unit tests build
// and read them; the interop check holds them against other implementations (tests/interop/content).
#include "protocol/message/body.hpp"

#include <string>
#include <utility>
#include <vector>

namespace wagate::testing {

struct MessageSample {
    std::string name;
    message::TypedMessage message;
};

namespace samples {

using namespace wagate::message;

inline Bytes numbered(std::uint8_t first, std::size_t count)
{
    Bytes out(count);
    for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<std::uint8_t>(first + i);
    return out;
}

inline Jid group()
{
    return {"120363000000000001", JidServer::group};
}

inline MessageReference target()
{
    return {group(), false, MessageId{"3EB0TARGET"}, Jid::phone("15550002222")};
}

inline Sealed sealed()
{
    return {to_bytes("sealed payload and tag"), numbered(1, 12)};
}

inline MediaFile file(std::string mimetype)
{
    MediaFile out;
    out.url = "https://mmg.example/file.enc";
    out.direct_path = "/v/direct-path.enc";
    out.key = SharedSecret{numbered(1, 32)};
    out.key_time = wall_from_seconds(1'700'000'001);
    out.sha256 = numbered(40, 32);
    out.encrypted_sha256 = numbered(80, 32);
    out.length = 123'456;
    out.mimetype = std::move(mimetype);
    return out;
}

inline RemoteThumbnail remote_thumbnail(bool with_size)
{
    RemoteThumbnail out{"/v/thumbnail-path.enc", numbered(120, 32), numbered(160, 32), 0, 0};
    if (with_size) {
        out.width = 201;
        out.height = 202;
    }
    return out;
}

inline Media media(MediaKind kind)
{
    Media out;
    out.kind = kind;
    auto const is_video = kind == MediaKind::video || kind == MediaKind::gif || kind == MediaKind::video_note;
    auto const is_audio = kind == MediaKind::audio || kind == MediaKind::voice;
    out.file = file(is_video ? "video/mp4" : is_audio ? "audio/ogg; codecs=opus" : "image/jpeg");
    out.accessibility_label = "the label";
    if (!is_audio) out.thumbnail = to_bytes("a thumbnail");
    if (kind == MediaKind::image || is_video || kind == MediaKind::document) {
        out.caption = "the caption";
        out.remote_thumbnail = remote_thumbnail(kind == MediaKind::document);
    }
    if (kind == MediaKind::image || is_video || kind == MediaKind::sticker) {
        out.width = 640;
        out.height = 480;
    }
    if (is_video || is_audio) {
        out.seconds = 12;
        out.streaming_sidecar = to_bytes("a sidecar");
    }
    if (kind == MediaKind::gif) out.gif_source = 2;
    if (kind == MediaKind::voice) {
        out.waveform = numbered(0, 64);
        out.background = 0xFF112233;
    }
    if (kind == MediaKind::document) {
        out.file.mimetype = "application/pdf";
        out.title = "the title";
        out.file_name = "the-file.pdf";
        out.page_count = 7;
        out.is_vcard = true;
    }
    if (kind == MediaKind::sticker) {
        out.file.mimetype = "image/webp";
        out.animated = true;
        out.lottie = true;
        out.avatar = true;
        out.ai_made = true;
        out.first_frame_length = 99;
        out.first_frame_sidecar = to_bytes("first frame");
        out.sticker_sent = 1'700'000'002;
    }
    return out;
}

inline Location place()
{
    Location out;
    out.latitude = 38.8937255;
    out.longitude = -77.0969763;
    out.name = "the place";
    out.address = "the address";
    out.url = "https://place.example";
    out.comment = "the comment";
    out.accuracy_metres = 11;
    out.speed_mps = 1.5F;
    out.heading_degrees = 90;
    out.thumbnail = to_bytes("a map");
    out.was_live = true;
    return out;
}

inline Context full_context()
{
    Context out;
    Quote quote;
    quote.id = MessageId{"3EB0QUOTED"};
    quote.participant = Jid::hidden("900000000000002");
    quote.chat = group();
    quote.kind = BodyKind::text;
    quote.text = "what was said";
    quote.message = build_message({Text{"what was said", {}, {}}, {}, {}});
    out.quoted = quote;
    out.mentions = {Jid::phone("15550003333"), Jid::hidden("900000000000004")};
    out.mentions_everyone = true;
    out.group_mentions = {{group(), "the group"}};
    out.forwarded = true;
    out.forwarding_score = 3;
    out.channel_origin = ChannelOrigin{Jid{"120363000000000009", JidServer::newsletter}, 42, "the channel"};
    out.expiration = Seconds{86'400};
    out.expiration_set = wall_from_seconds(1'700'000'003);
    return out;
}

inline Envelope full_envelope()
{
    Envelope out;
    out.secret = SharedSecret{numbered(0, 32)};
    out.add_on_duration = Seconds{604'800};
    out.reporting_token_version = 2;
    out.association = Association{1, target(), 5};
    return out;
}

inline TypedMessage plain(MessageBody body)
{
    TypedMessage out;
    out.body = std::move(body);
    return out;
}

inline TypedMessage with_context(MessageBody body)
{
    auto out = plain(std::move(body));
    out.context = full_context();
    return out;
}

inline void add_text(std::vector<MessageSample>& out)
{
    out.push_back({"text", plain(Text{"Hello, wörld 🌍", {}, {}})});
    out.push_back({"text with context", with_context(Text{"in a context", {}, {}})});
    Text preview;
    preview.text = "see https://page.example";
    preview.preview = LinkPreview{"https://page.example",
                                  "the title",
                                  "the description",
                                  to_bytes("a preview"),
                                  5,
                                  remote_thumbnail(true),
                                  SharedSecret{numbered(1, 32)},
                                  wall_from_seconds(1'700'000'004)};
    out.push_back({"link preview", plain(preview)});
    Text status;
    status.text = "a status";
    status.style = {0xFFFFFFFF, 0xFF00AA55, 7};
    out.push_back({"status text", plain(status)});
    auto wrapped = with_context(Text{"wrapped twice", {}, {}});
    wrapped.envelope = full_envelope();
    wrapped.envelope.wrappers = {Wrapper::ephemeral, Wrapper::bot_invoke};
    out.push_back({"wrapped text with envelope", wrapped});
}

inline void add_media(std::vector<MessageSample>& out)
{
    for (auto kind : {MediaKind::image, MediaKind::video, MediaKind::gif, MediaKind::video_note,
                      MediaKind::audio, MediaKind::voice, MediaKind::document, MediaKind::sticker})
        out.push_back({std::string{media_kind_name(kind)}, with_context(media(kind))});
    auto once = plain(media(MediaKind::image));
    std::get<Media>(once.body).view_once = true;
    once.envelope.wrappers = {Wrapper::view_once_v2};
    out.push_back({"view once image", once});
    auto captioned = plain(media(MediaKind::document));
    captioned.envelope.wrappers = {Wrapper::document_with_caption};
    out.push_back({"captioned document", captioned});
    out.push_back({"album", with_context(Album{3, 2})});
    StickerPack pack;
    pack.id = "pack id";
    pack.name = "pack name";
    pack.publisher = "the publisher";
    pack.description = "pack description";
    pack.caption = "pack caption";
    pack.file = file("");
    pack.file.url.clear();
    out.push_back({"sticker pack", with_context(pack)});
}

inline void add_places_and_people(std::vector<MessageSample>& out)
{
    out.push_back({"location", with_context(place())});
    Location live;
    live.latitude = -1.25;
    live.longitude = 103.75;
    live.accuracy_metres = 3;
    live.speed_mps = 2.5F;
    live.heading_degrees = 180;
    live.thumbnail = to_bytes("a map");
    live.live = LiveLocation{"on my way", 1'700'000'005'000, 30};
    out.push_back({"live location", with_context(live)});
    out.push_back({"contact", with_context(Contacts{"", {{"Ann", "BEGIN:VCARD\nFN:Ann\nEND:VCARD"}}})});
    out.push_back({"contacts", with_context(Contacts{"two contacts",
                                                     {{"Ann", "BEGIN:VCARD\nFN:Ann\nEND:VCARD"},
                                                      {"Bob", "BEGIN:VCARD\nFN:Bob\nEND:VCARD"}}})});
    out.push_back(
        {"group invite", with_context(GroupInvite{group(), "the code", wall_from_seconds(1'700'000'006),
                                                  "the group", "come in", to_bytes("a thumbnail"), true})});
    out.push_back(
        {"channel invite",
         with_context(ChannelInvite{Jid{"120363000000000009", JidServer::newsletter}, "the channel",
                                    "help me", to_bytes("a thumbnail"), wall_from_seconds(1'700'000'007)})});
    out.push_back({"phone number request", with_context(PhoneNumberRequest{})});
}

inline void add_about_messages(std::vector<MessageSample>& out)
{
    auto const time = wall_from_milliseconds(1'700'000'008'123);
    out.push_back({"reaction", plain(Reaction{target(), "👍", "the group of it", time})});
    out.push_back({"reaction taken back", plain(Reaction{target(), "", "", time})});
    out.push_back({"encrypted reaction", plain(EncryptedReaction{target(), sealed()})});
    Edit edit;
    edit.target = target();
    edit.target.from_me = true;
    edit.time = time;
    edit.content = Boxed<TypedMessage>{with_context(Text{"corrected", {}, {}})};
    out.push_back({"edit", plain(edit)});
    auto wrapped = plain(edit);
    wrapped.envelope.wrappers = {Wrapper::edited};
    out.push_back({"wrapped edit", wrapped});
    out.push_back({"revoke", plain(Revoke{target()})});
    auto pin = plain(Pin{target(), true, time});
    pin.envelope.add_on_duration = Seconds{86'400};
    out.push_back({"pin", pin});
    out.push_back({"unpin", plain(Pin{target(), false, time})});
    out.push_back({"keep", plain(Keep{target(), true, time})});
    out.push_back({"keep taken back", plain(Keep{target(), false, time})});
    Comment comment;
    comment.target = target();
    comment.content = Boxed<TypedMessage>{plain(Text{"a comment", {}, {}})};
    out.push_back({"comment", plain(comment)});
    out.push_back({"encrypted comment", plain(EncryptedComment{target(), sealed()})});
    out.push_back({"secret edit", plain(SecretEdit{target(), sealed(), 2})});
    out.push_back(
        {"ephemeral setting", plain(EphemeralSetting{Seconds{7'776'000}, wall_from_seconds(1'700'000'009)})});
    // type 11: the phone number was shared
    out.push_back({"protocol notice", plain(ProtocolNotice{11, Bytes{0x10, 11}})});
}

inline void add_polls_and_events(std::vector<MessageSample>& out)
{
    for (int version : {1, 2, 3, 5}) {
        Poll poll;
        poll.name = "the question";
        poll.options = {"yes", "no", "maybe"};
        poll.selectable = version == 3 ? 1 : 2;
        poll.version = version;
        poll.content_type = 1;
        if (version == 5) {
            poll.is_quiz = true;
            poll.correct_answer = "yes";
        }
        auto message = with_context(poll);
        message.envelope.secret = SharedSecret{numbered(0, 32)};
        out.push_back({"poll " + std::to_string(version), message});
    }
    out.push_back(
        {"poll vote", plain(PollVote{target(), sealed(), wall_from_milliseconds(1'700'000'010'456)})});
    out.push_back({"poll result", with_context(PollResult{"the question", {{"yes", 3}, {"no", 0}}})});
    CalendarEvent event;
    event.name = "the event";
    event.description = "the description";
    event.start = wall_from_seconds(1'800'000'000);
    event.end = wall_from_seconds(1'800'003'600);
    event.location = place();
    event.join_link = "https://call.example/video/token";
    event.cancelled = true;
    event.extra_guests_allowed = true;
    event.is_call = true;
    event.has_reminder = true;
    event.reminder_seconds = 900;
    auto message = with_context(event);
    message.envelope.secret = SharedSecret{numbered(0, 32)};
    out.push_back({"event", message});
    out.push_back({"event response", plain(EventResponse{target(), sealed()})});
}

inline void add_interactive(std::vector<MessageSample>& out)
{
    List list{"the title", "the description", "the button", "the footer", 1, {}};
    list.sections = {{"first", {{"row 1", "about row 1", "id-1"}, {"row 2", "", "id-2"}}}, {"second", {}}};
    out.push_back({"list", with_context(list)});
    out.push_back({"list reply", with_context(ListReply{"row 1", "about row 1", "id-1"})});
    Buttons buttons;
    buttons.text = "the text";
    buttons.footer = "the footer";
    buttons.header_type = 4;
    buttons.header_media = media(MediaKind::image);
    buttons.buttons = {{"id-1", "first", 1, "", ""}, {"id-2", "", 2, "flow name", "{\"a\":1}"}};
    out.push_back({"buttons", with_context(buttons)});
    Buttons text_buttons;
    text_buttons.header = "the header";
    text_buttons.text = "the text";
    text_buttons.header_type = 2;
    text_buttons.buttons = {{"id-1", "first", 1, "", ""}};
    out.push_back({"buttons with text", with_context(text_buttons)});
    out.push_back({"button reply", with_context(ButtonReply{"id-1", "first"})});
    TemplateButtons offer{"the title", "the text", "the footer", "template id", {}};
    offer.buttons = {{"answer", "id-1", "", "", 0},
                     {"link", "", "https://link.example", "", 1},
                     {"call", "", "", "+1 555 000 1111", 2}};
    out.push_back({"template buttons", with_context(offer)});
    out.push_back({"template reply", with_context(TemplateReply{"id-1", "answer", 1, 2})});
    Interactive flow{"the title", "the subtitle", "the text", "the footer", {}, "{\"b\":2}", 3, {}};
    flow.buttons = {{"quick_reply", "{\"display_text\":\"yes\"}"}};
    out.push_back({"interactive", with_context(flow)});
    flow.header_media = media(MediaKind::image);
    out.push_back({"interactive with a picture", with_context(flow)});
    out.push_back(
        {"interactive reply", with_context(InteractiveReply{"chosen", 1, "flow name", "{\"c\":3}", 4})});
    Product product;
    product.id = "product id";
    product.retailer_id = "retailer id";
    product.title = "the title";
    product.description = "the description";
    product.currency = "EUR";
    product.price_thousandths = 12'990;
    product.sale_price_thousandths = 9'990;
    product.url = "https://product.example";
    product.image_count = 2;
    product.image = media(MediaKind::image);
    product.owner = Jid::phone("15550004444");
    product.body = "the body";
    product.footer = "the footer";
    out.push_back({"product", with_context(product)});
    out.push_back({"order", with_context(Order{"order id", "the order", "the message", "the token",
                                               Jid::phone("15550004444"), 2, 1, 1, 25'980, "EUR",
                                               to_bytes("a thumbnail")})});
    out.push_back({"call log", plain(CallLog{true, 1, Seconds{65}, 2, {{Jid::phone("15550002222"), 3}}})});
    out.push_back(
        {"scheduled call", plain(ScheduledCall{wall_from_milliseconds(1'800'000'000'000), 2, "the title"})});
    out.push_back({"placeholder", plain(Placeholder{0})});
}

} // namespace samples

inline std::vector<MessageSample> message_samples()
{
    std::vector<MessageSample> out;
    samples::add_text(out);
    samples::add_media(out);
    samples::add_places_and_people(out);
    samples::add_about_messages(out);
    samples::add_polls_and_events(out);
    samples::add_interactive(out);
    return out;
}

} // namespace wagate::testing
