#pragma once
// The kinds of content that are no media (those are in media.hpp): one struct each, values only. They hold
// what apps show and answers need; numbers that stand for a closed set on the wire stay numbers.
#include "protocol/message/media.hpp"
#include "protocol/message/parts.hpp"

#include <string>
#include <vector>

namespace wagate::message {

/// Key distribution alone, or an empty message.
struct Nothing {
    bool operator==(Nothing const&) const = default;
};

/// A kind that is not known here, or that is damaged. It is kept whole and sent on unchanged.
struct Unknown {
    int field = 0; ///< its number in Message; 0: the bytes were no Message at all
    Bytes content;
    bool operator==(Unknown const&) const = default;
};

// ---------------------------------------------------------------------------- text

struct LinkPreview {
    std::string url; ///< as it stands in the text
    std::string title;
    std::string description;
    Bytes thumbnail;        ///< small JPEG
    std::uint32_t type = 0; ///< 0 none, 1 video, 5 image
    RemoteThumbnail remote_thumbnail;
    SharedSecret remote_key;
    std::optional<WallTime> remote_key_time;
    bool operator==(LinkPreview const&) const = default;
};

/// How a status text looks.
struct TextStyle {
    std::optional<std::uint32_t> text_argb;
    std::optional<std::uint32_t> background_argb;
    std::optional<std::uint32_t> font; ///< 0 system, 1 system text, 2 script, 6 bold, 7 to 10 decorative
    bool empty() const noexcept { return !text_argb && !background_argb && !font; }
    bool operator==(TextStyle const&) const = default;
};

struct Text {
    std::string text;
    std::optional<LinkPreview> preview;
    TextStyle style;
    bool operator==(Text const&) const = default;
};

// ---------------------------------------------------------------------------- places and people

struct LiveLocation {
    std::string caption;
    std::int64_t sequence = 0;
    std::uint32_t time_offset = 0; ///< seconds since sharing began
    bool operator==(LiveLocation const&) const = default;
};

struct Location {
    double latitude = 0;
    double longitude = 0;
    std::string name;    ///< not of live ones
    std::string address; ///< not of live ones
    std::string url;     ///< not of live ones
    std::string comment; ///< not of live ones
    std::uint32_t accuracy_metres = 0;
    float speed_mps = 0;
    std::uint32_t heading_degrees = 0; ///< clockwise from magnetic north
    Bytes thumbnail;
    bool was_live = false;            ///< the last position of a live one
    std::optional<LiveLocation> live; ///< being shared
    bool operator==(Location const&) const = default;
};

struct ContactCard {
    std::string display_name;
    std::string vcard;
    bool operator==(ContactCard const&) const = default;
};

/// Sent as one contact or as several, by their number.
struct Contacts {
    std::string display_name; ///< of several; ignored for one
    std::vector<ContactCard> cards;
    bool operator==(Contacts const&) const = default;
};

struct GroupInvite {
    std::optional<Jid> group;
    std::string code;
    std::optional<WallTime> expires; ///< whole seconds
    std::string name;
    std::string caption;
    Bytes thumbnail;
    bool is_community = false;
    bool operator==(GroupInvite const&) const = default;
};

/// An invitation to administrate a channel.
struct ChannelInvite {
    std::optional<Jid> channel;
    std::string name;
    std::string caption;
    Bytes thumbnail;
    std::optional<WallTime> expires; ///< whole seconds
    bool operator==(ChannelInvite const&) const = default;
};

struct PhoneNumberRequest {
    bool operator==(PhoneNumberRequest const&) const = default;
};

// ---------------------------------------------------------------------------- about another message

struct Reaction {
    MessageReference target;
    std::string text; ///< empty: the reaction is taken back
    std::string grouping_key;
    std::optional<WallTime> time;
    bool operator==(Reaction const&) const = default;
};

/// A Reaction (without target) in a community's announcement group.
struct EncryptedReaction {
    MessageReference target;
    Sealed sealed;
    bool operator==(EncryptedReaction const&) const = default;
};

/// Deleted for everyone: by its sender (`target.from_me`) or by an admin of the group (with
/// `target.participant`).
struct Revoke {
    MessageReference target;
    bool operator==(Revoke const&) const = default;
};

/// How long it lasts is in Envelope::add_on_duration.
struct Pin {
    MessageReference target;
    bool pinned = true;
    std::optional<WallTime> time;
    bool operator==(Pin const&) const = default;
};

/// Keeps a disappearing message.
struct Keep {
    MessageReference target;
    bool kept = true;
    std::optional<WallTime> time;
    bool operator==(Keep const&) const = default;
};

/// A whole message, encrypted, as a comment in a community's announcement group.
struct EncryptedComment {
    MessageReference target;
    Sealed sealed;
    bool operator==(EncryptedComment const&) const = default;
};

/// A changed message, encrypted with the secret of the original.
struct SecretEdit {
    MessageReference target;
    Sealed sealed;
    std::uint32_t type = 0; ///< 1 event, 2 message, 3 schedule, 4 poll, 5 option added to a poll
    bool operator==(SecretEdit const&) const = default;
};

/// The disappearing timer of a direct chat was changed.
struct EphemeralSetting {
    Seconds expiration{0};        ///< zero: off
    std::optional<WallTime> time; ///< whole seconds
    bool operator==(EphemeralSetting const&) const = default;
};

/// Another protocol message; kept as it came.
struct ProtocolNotice {
    std::int32_t type = 0; ///< protocol.md 7.11
    Bytes content;         ///< serialized ProtocolMessage
    bool operator==(ProtocolNotice const&) const = default;
};

// ---------------------------------------------------------------------------- polls and events

struct Poll {
    std::string name;
    std::vector<std::string> options;
    std::uint32_t selectable = 0; ///< how many may be chosen; 0: any number
    int version = 1;              ///< 1 any number, 2 in announcement groups, 3 one choice; 5 and 6 are newer
    std::uint32_t content_type = 0; ///< 1 text, 2 image
    bool is_quiz = false;
    std::string correct_answer; ///< of a quiz
    bool operator==(Poll const&) const = default;
};

/// Opened with SecretUse::poll_vote.
struct PollVote {
    MessageReference target;
    Sealed sealed;
    std::optional<WallTime> time;
    bool operator==(PollVote const&) const = default;
};

struct PollResult {
    struct Votes {
        std::string option;
        std::int64_t count = 0;
        bool operator==(Votes const&) const = default;
    };
    std::string name;
    std::vector<Votes> votes;
    bool operator==(PollResult const&) const = default;
};

/// An appointment.
struct CalendarEvent {
    std::string name;
    std::string description;
    std::optional<WallTime> start; ///< whole seconds
    std::optional<WallTime> end;   ///< whole seconds
    std::optional<Location> location;
    std::string join_link;
    bool cancelled = false;
    bool extra_guests_allowed = false;
    bool is_call = false;
    bool has_reminder = false;
    std::int64_t reminder_seconds = 0; ///< before the start
    bool operator==(CalendarEvent const&) const = default;
};

/// Opened with SecretUse::event_response.
struct EventResponse {
    MessageReference target;
    Sealed sealed;
    bool operator==(EventResponse const&) const = default;
};

// ---------------------------------------------------------------------------- interactive and business

struct List {
    struct Row {
        std::string title;
        std::string description;
        std::string id;
        bool operator==(Row const&) const = default;
    };
    struct Section {
        std::string title;
        std::vector<Row> rows;
        bool operator==(Section const&) const = default;
    };
    std::string title;
    std::string description;
    std::string button;
    std::string footer;
    std::uint32_t type = 1; ///< 1 single choice, 2 products
    std::vector<Section> sections;
    bool operator==(List const&) const = default;
};

struct ListReply {
    std::string title;
    std::string description;
    std::string row_id;
    bool operator==(ListReply const&) const = default;
};

struct Buttons {
    struct Button {
        std::string id;
        std::string text;
        std::uint32_t type = 1; ///< 1 answer, 2 native flow
        std::string flow_name;
        std::string flow_params; ///< JSON
        bool operator==(Button const&) const = default;
    };
    std::string header;
    std::string text;
    std::string footer;
    std::uint32_t header_type = 1; ///< 1 empty, 2 text, 3 document, 4 image, 5 video, 6 location
    std::optional<Media> header_media;
    std::optional<Location> header_location;
    std::vector<Button> buttons;
    bool operator==(Buttons const&) const = default;
};

struct ButtonReply {
    std::string id;
    std::string text;
    bool operator==(ButtonReply const&) const = default;
};

/// Buttons of an approved business template.
struct TemplateButtons {
    struct Button {
        std::string text;
        std::string id;    ///< of an answer
        std::string url;   ///< of a link
        std::string phone; ///< of a call
        std::uint32_t index = 0;
        bool operator==(Button const&) const = default;
    };
    std::string title;
    std::string text;
    std::string footer;
    std::string template_id;
    std::vector<Button> buttons;
    bool operator==(TemplateButtons const&) const = default;
};

struct TemplateReply {
    std::string id;
    std::string text;
    std::uint32_t index = 0;
    std::optional<std::uint32_t> card_index; ///< in a carousel
    bool operator==(TemplateReply const&) const = default;
};

struct Interactive {
    struct Button {
        std::string name;
        std::string params; ///< JSON
        bool operator==(Button const&) const = default;
    };
    std::string title;
    std::string subtitle;
    std::string text;
    std::string footer;
    std::vector<Button> buttons; ///< of a native flow
    std::string params;          ///< of a native flow, JSON
    std::int32_t version = 0;    ///< of a native flow
    std::optional<Media> header_media = {};
    bool operator==(Interactive const&) const = default;
};

struct InteractiveReply {
    std::string text;
    std::uint32_t format = 0;
    std::string name;
    std::string params; ///< JSON
    std::int32_t version = 0;
    bool operator==(InteractiveReply const&) const = default;
};

struct Product {
    std::string id;
    std::string retailer_id;
    std::string title;
    std::string description;
    std::string currency;
    std::int64_t price_thousandths = 0;
    std::int64_t sale_price_thousandths = 0;
    std::string url;
    std::uint32_t image_count = 0;
    std::optional<Media> image;
    std::optional<Jid> owner;
    std::string body;
    std::string footer;
    bool operator==(Product const&) const = default;
};

struct Order {
    std::string id;
    std::string title;
    std::string message;
    std::string token;
    std::optional<Jid> seller;
    std::int32_t item_count = 0;
    std::uint32_t status = 0;  ///< 1 inquiry, 2 accepted, 3 declined
    std::uint32_t surface = 0; ///< 1 catalogue
    std::int64_t total_thousandths = 0;
    std::string currency;
    Bytes thumbnail;
    bool operator==(Order const&) const = default;
};

// ---------------------------------------------------------------------------- calls

struct CallLog {
    struct Participant {
        std::optional<Jid> jid;
        std::uint32_t outcome = 0;
        bool operator==(Participant const&) const = default;
    };
    bool video = false;
    std::uint32_t outcome =
        0; ///< 0 connected, 1 missed, 2 failed, 3 rejected, 4 elsewhere, 5 ongoing, 6, 7 silenced
    Seconds duration{0};
    std::uint32_t type = 0; ///< 0 regular, 1 scheduled, 2 voice chat
    std::vector<Participant> participants;
    bool operator==(CallLog const&) const = default;
};

struct ScheduledCall {
    std::optional<WallTime> time;
    std::uint32_t type = 0; ///< 1 voice, 2 video
    std::string title;
    bool operator==(ScheduledCall const&) const = default;
};

/// Stands for a message that companions may not see.
struct Placeholder {
    std::uint32_t type = 0;
    bool operator==(Placeholder const&) const = default;
};

} // namespace wagate::message
