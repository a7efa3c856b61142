#include "protocol/message/stanza_traits.hpp"

namespace wagate::message {
namespace {

constexpr std::string_view edit_message = "1";
constexpr std::string_view edit_pin = "2";
constexpr std::string_view edit_in_channel = "3";
constexpr std::string_view edit_sender_revoke = "7";
constexpr std::string_view edit_admin_revoke = "8";

std::string_view media_type(Media const& media)
{
    switch (media.kind) {
    case MediaKind::image: return "image";
    case MediaKind::video: return "video";
    case MediaKind::gif: return "gif";
    case MediaKind::video_note: return "ptv";
    case MediaKind::audio: return "audio";
    case MediaKind::voice: return "ptt";
    case MediaKind::document: return "document";
    case MediaKind::sticker: return "sticker";
    }
    return {};
}

/// Kinds that are not named here are of type text, and nothing more is to be said.
struct TraitsOf {
    bool to_channel;

    static StanzaTraits media(std::string_view media_type)
    {
        StanzaTraits traits;
        traits.type = "media";
        traits.media_type = media_type;
        return traits;
    }
    static StanzaTraits hidden(std::string_view type, std::string_view edit = {})
    {
        StanzaTraits traits;
        traits.type = type;
        traits.edit = edit;
        traits.hide_decrypt_failure = true;
        return traits;
    }
    static StanzaTraits with_meta(StanzaTraits traits, std::string_view key, std::string_view value)
    {
        traits.meta.emplace_back(key, value);
        return traits;
    }
    static StanzaTraits of_business(StanzaTraits traits, BusinessContent business)
    {
        traits.business = business;
        return traits;
    }
    static StanzaTraits of_type(std::string_view type)
    {
        StanzaTraits traits;
        traits.type = type;
        return traits;
    }

    StanzaTraits operator()(Text const& body) const { return body.preview ? media("url") : StanzaTraits{}; }
    StanzaTraits operator()(Media const& body) const { return media(media_type(body)); }
    StanzaTraits operator()(StickerPack const&) const { return media("sticker_pack"); }
    StanzaTraits operator()(Location const& body) const
    {
        return media(body.live ? std::string_view{"livelocation"} : std::string_view{"location"});
    }
    StanzaTraits operator()(Contacts const& body) const
    {
        return media(body.cards.size() == 1 ? std::string_view{"vcard"} : std::string_view{"contact_array"});
    }
    StanzaTraits operator()(GroupInvite const&) const { return media("url"); }
    StanzaTraits operator()(List const&) const { return of_business(media("list"), BusinessContent::list); }
    StanzaTraits operator()(Interactive const& body) const
    {
        auto const has_flow = !body.buttons.empty();
        return of_business({}, has_flow ? BusinessContent::native_flow : BusinessContent::none);
    }
    StanzaTraits operator()(ListReply const&) const { return media("list_response"); }
    StanzaTraits operator()(ButtonReply const&) const { return media("buttons_response"); }
    StanzaTraits operator()(InteractiveReply const&) const { return media("native_flow_response"); }
    StanzaTraits operator()(Product const&) const { return media("product"); }
    StanzaTraits operator()(Order const&) const { return media("order"); }

    StanzaTraits operator()(Reaction const& body) const
    {
        return hidden("reaction", body.text.empty() ? edit_sender_revoke : std::string_view{});
    }
    StanzaTraits operator()(EncryptedReaction const&) const { return hidden("reaction"); }
    StanzaTraits operator()(Edit const&) const
    {
        return hidden("text", to_channel ? edit_in_channel : edit_message);
    }
    /// Not hidden: the server drops revokes that say so.
    StanzaTraits operator()(Revoke const& body) const
    {
        StanzaTraits traits;
        traits.edit = body.target.from_me && !to_channel ? edit_sender_revoke : edit_admin_revoke;
        return traits;
    }
    StanzaTraits operator()(Pin const&) const { return hidden("text", edit_pin); }
    StanzaTraits operator()(Keep const& body) const
    {
        auto const taken_back = !body.kept && body.target.from_me;
        return hidden("text", taken_back ? edit_sender_revoke : std::string_view{});
    }
    StanzaTraits operator()(SecretEdit const& body) const
    {
        switch (body.type) {
        case 1: return with_meta(hidden("event"), "event_type", "edit");
        case 4:
        case 5: return hidden("poll");
        default: return hidden("text");
        }
    }
    StanzaTraits operator()(ProtocolNotice const& body) const
    {
        switch (body.type) {
        case 4:  // EPHEMERAL_SYNC_RESPONSE
        case 18: // REQUEST_WELCOME_MESSAGE
            return hidden("text");
        case 30: // GROUP_MEMBER_LABEL_CHANGE
            return with_meta(with_meta(hidden("text"), "tag_reason", "user_update"), "appdata", "member_tag");
        default: return {};
        }
    }
    StanzaTraits operator()(Poll const&) const { return with_meta(of_type("poll"), "polltype", "creation"); }
    StanzaTraits operator()(PollVote const&) const { return with_meta(hidden("poll"), "polltype", "vote"); }
    StanzaTraits operator()(PollResult const&) const
    {
        return with_meta(of_type("poll"), "polltype", "result_snapshot");
    }
    StanzaTraits operator()(CalendarEvent const&) const
    {
        return with_meta(of_type("event"), "event_type", "creation");
    }
    StanzaTraits operator()(EventResponse const&) const
    {
        return with_meta(hidden("event"), "event_type", "response");
    }
    template <class T>
    StanzaTraits operator()(T const&) const
    {
        return {};
    }
};

} // namespace

StanzaTraits stanza_traits(TypedMessage const& message, bool to_channel)
{
    auto traits = std::visit(TraitsOf{to_channel}, message.body);
    auto const* media = std::get_if<Media>(&message.body);
    if (message.envelope.is_view_once() || (media && media->view_once))
        traits.meta.emplace_back("view_once", "true");
    return traits;
}

} // namespace wagate::message
