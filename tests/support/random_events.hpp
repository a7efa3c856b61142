#pragma once
// Random events of every kind, as the protocol core makes them.
#include "protocol/base/random.hpp"
#include "protocol/model/model.hpp"

namespace wagate::testing {

class RandomEvents {
public:
    explicit RandomEvents(RandomSource& random) noexcept : random_(random) {}

    /// @param alternative index in EventBody
    EventBody body(std::size_t alternative)
    {
        EventBody body;
        fill_at<0>(body, alternative);
        return body;
    }
    Event event(std::size_t alternative)
    {
        Event event{time(), body(alternative)};
        if (coin()) {
            event.me = OwnIdentity{phone().with_device(small()), coin() ? lid() : Jid{}, text(), text()};
        }
        return event;
    }
    Message message()
    {
        Message out;
        out.chat = jid();
        out.chat_phone = maybe_jid();
        out.id = id();
        out.from_me = coin();
        out.sender = lid();
        out.sender_phone = maybe_jid();
        out.timestamp = time();
        out.push_name = text();
        out.kind = static_cast<MessageKind>(random_.below(5));
        out.origin = static_cast<MessageOrigin>(random_.below(2));
        out.body = text();
        if (coin()) out.quoted = QuotedMessage{id(), maybe_jid(), text()};
        out.ack = static_cast<Ack>(static_cast<int>(random_.below(6)) - 1);
        out.content = random_.bytes(random_.below(40));
        if (coin()) out.failure = SendFailure{static_cast<int>(small()), maybe_time()};
        out.edited = maybe_time();
        out.revoked = coin();
        return out;
    }
    Group group()
    {
        Group out;
        out.jid = group_jid();
        out.subject = text();
        out.subject_by = maybe_jid();
        out.subject_time = maybe_time();
        out.description = text();
        out.description_id = text();
        out.description_by = maybe_jid();
        out.description_time = maybe_time();
        out.owner = maybe_jid();
        out.owner_phone = maybe_jid();
        out.created = maybe_time();
        for (bool* flag :
             {&out.uses_lids, &out.announce, &out.locked, &out.members_can_add, &out.approval_required,
              &out.is_community, &out.is_announcement_group, &out.is_suspended})
            *flag = coin();
        out.expiration = maybe_seconds();
        out.parent = maybe_jid();
        out.members = members();
        return out;
    }

private:
    bool coin() { return random_.below(2) == 0; }
    std::uint16_t small() { return static_cast<std::uint16_t>(random_.below(100)); }
    WallTime time() { return wall_from_milliseconds(static_cast<std::int64_t>(random_.below(1u << 31))); }
    std::optional<WallTime> maybe_time() { return coin() ? std::optional{time()} : std::nullopt; }
    std::optional<std::chrono::seconds> maybe_seconds()
    {
        return coin() ? std::optional{std::chrono::seconds{random_.below(1'000'000)}} : std::nullopt;
    }
    std::string text()
    {
        static char const* const words[] = {"",           "yes",  "Zo\xC3\xAB", "\xF0\x9F\x99\x8F",
                                            "two\nlines", "\"q\""};
        return words[random_.below(6)];
    }
    std::optional<std::string> maybe_text() { return coin() ? std::optional{text()} : std::nullopt; }
    std::optional<bool> maybe_flag() { return coin() ? std::optional{coin()} : std::nullopt; }
    MessageId id() { return MessageId{"3EB0" + std::to_string(random_.below(1'000'000))}; }
    std::string digits() { return std::to_string(1'000'000 + random_.below(9'000'000)); }
    Jid phone() { return Jid::phone(digits()); }
    Jid lid() { return Jid::hidden(digits()); }
    Jid group_jid() { return Jid{digits(), JidServer::group}; }
    Jid jid()
    {
        switch (random_.below(3)) {
        case 0: return phone();
        case 1: return lid();
        default: return group_jid();
        }
    }
    std::optional<Jid> maybe_jid() { return coin() ? std::optional{phone()} : std::nullopt; }
    MessageTarget target()
    {
        return {id(), coin(), coin() ? std::optional{lid()} : std::nullopt, maybe_jid()};
    }
    std::vector<GroupMember> members()
    {
        std::vector<GroupMember> out;
        for (auto left = random_.below(4); left > 0; --left)
            out.push_back({lid(), maybe_jid(), static_cast<GroupRole>(random_.below(3))});
        return out;
    }
    Label label() { return {digits(), text(), static_cast<std::int32_t>(random_.below(20))}; }

    template <std::size_t Index>
    void fill_at(EventBody& body, std::size_t wanted)
    {
        if constexpr (Index < std::variant_size_v<EventBody>) {
            if (Index == wanted)
                fill(body.emplace<Index>());
            else
                fill_at<Index + 1>(body, wanted);
        }
    }

    void fill(SessionStatusChanged& out)
    {
        out.status = static_cast<SessionStatus>(random_.below(5));
        out.reason = static_cast<StatusReason>(random_.below(25));
        out.detail = text();
        for (auto left = random_.below(4); left > 0; --left)
            out.recent.push_back({static_cast<SessionStatus>(random_.below(5)), time()});
    }
    void fill(MessageAppeared& out) { out.message = message(); }
    void fill(MessageAcknowledged& out)
    {
        out.chat = jid();
        out.chat_phone = maybe_jid();
        out.id = id();
        out.from_me = coin();
        out.participant = maybe_jid();
        out.ack = static_cast<Ack>(static_cast<int>(random_.below(6)) - 1);
        out.timestamp = time();
        out.error = text();
    }
    void fill(MessageFailed& out)
    {
        out = {jid(), maybe_jid(), id(), SendFailure{static_cast<int>(small()), maybe_time()}};
    }
    void fill(SessionHealthChanged& out)
    {
        out.health.healthy = coin();
        out.health.last_stanza = maybe_time();
        out.health.last_pong = maybe_time();
        if (coin()) out.health.round_trip = Milliseconds{small()};
        out.health.offline_backlog = small();
    }
    void fill(WebhookStateChanged& out) { out = {text(), text(), coin(), text()}; }
    void fill(MessageReacted& out) { out = {message(), target(), text()}; }
    void fill(MessageEdited& out) { out = {message(), target()}; }
    void fill(MessageRevoked& out)
    {
        out = {message(), target(), coin() ? std::optional{message()} : std::nullopt};
    }
    void fill(PollVoted& out)
    {
        out = {message(), target(), {}, coin()};
        for (auto left = random_.below(4); left > 0; --left)
            out.options.push_back(text());
    }
    void fill(EventAnswered& out)
    {
        out = {message(), target(), static_cast<std::uint8_t>(random_.below(4)), 0, coin()};
        out.extra_guests = static_cast<std::int32_t>(random_.below(9)) - 2;
    }
    void fill(GroupJoined& out) { out.group = group(); }
    void fill(GroupLeft& out) { out = {group_jid(), maybe_jid()}; }
    void fill(GroupUpdated& out)
    {
        out.chat = group_jid();
        out.by = maybe_jid();
        out.subject = maybe_text();
        out.description = maybe_text();
        out.announce = maybe_flag();
        out.locked = maybe_flag();
        out.members_can_add = maybe_flag();
        out.approval_required = maybe_flag();
        out.expiration = maybe_seconds();
        out.picture_changed = coin();
        out.invite_code = maybe_text();
        out.suspended = maybe_flag();
        for (auto left = random_.below(3); left > 0; --left)
            out.links.push_back({group_jid(), text(), coin(), coin()});
    }
    void fill(GroupRequestsChanged& out)
    {
        out = {group_jid(), maybe_jid(), static_cast<JoinRequestChange>(random_.below(3)), text(), members()};
    }
    void fill(GroupParticipantsChanged& out)
    {
        out = {group_jid(), maybe_jid(), static_cast<ParticipantChange>(random_.below(5)), members()};
    }
    void fill(PresenceChanged& out)
    {
        out.chat = jid();
        out.chat_phone = maybe_jid();
        out.participant = lid();
        out.participant_phone = maybe_jid();
        out.state = static_cast<PresenceState>(random_.below(5));
        out.last_seen = maybe_time();
    }
    void fill(ChatArchived& out) { out = {jid(), maybe_jid(), coin()}; }
    void fill(LabelChanged& out) { out = {label(), coin()}; }
    void fill(LabelAssigned& out)
    {
        out.label_id = digits();
        if (coin()) out.label = label();
        out.chat = jid();
        out.chat_phone = maybe_jid();
        if (coin()) out.message = id();
        out.assigned = coin();
        out.from_me = coin();
        if (coin()) out.participant = lid();
        out.participant_phone = maybe_jid();
    }
    void fill(CallChanged& out)
    {
        out.id = digits();
        out.state = static_cast<CallState>(random_.below(4));
        out.from = lid();
        out.from_phone = maybe_jid();
        if (coin()) out.group = group_jid();
        out.is_video = coin();
        out.timestamp = time();
        out.reason = text();
    }
    void fill(HistoryProgressed& out)
    {
        out = {static_cast<std::int32_t>(random_.below(7)), static_cast<std::int32_t>(small()), 3, small(),
               small()};
        if (random_.below(2) == 1) {
            out.request = "REQUEST";
            out.has_more = random_.below(2) == 1;
            out.error = "damaged";
        }
    }
    void fill(ChannelPostCounted& out)
    {
        out.chat = Jid{digits(), JidServer::newsletter};
        out.server_id = small();
        if (coin()) out.id = MessageId{text()};
        if (coin()) out.views = small();
        if (coin()) out.reactions = {{"👍", small()}, {"😀", 1}};
    }
    void fill(MessageCommented& out)
    {
        out.message = message();
        out.target = target();
    }
    void fill(IdentityChanged& out) { out = {lid(), maybe_jid()}; }
    void fill(ChatUpdated& out)
    {
        out = {jid(), maybe_jid(), static_cast<ChatUpdate>(random_.below(10)), maybe_time()};
    }
    void fill(MessageUpdated& out)
    {
        out = {jid(), maybe_jid(), target(), static_cast<MessageUpdate>(random_.below(5))};
        out.until = maybe_time();
        out.by = maybe_jid();
        out.by_phone = maybe_jid();
    }
    void fill(ContactUpdated& out)
    {
        out = {lid(),  maybe_jid(), static_cast<ContactUpdate>(random_.below(7)), text(), text(),
               text(), text()};
    }
    void fill(AccountUpdated& out)
    {
        if (coin()) out.privacy = {{"last", text()}, {"online", "all"}};
        if (coin()) out.time_lock = TimeLock{coin(), maybe_time(), text()};
        if (!coin()) return;
        auto& quota = out.quota.emplace();
        if (coin()) quota.total = small();
        if (coin()) quota.used = small();
        quota.cycle_start = maybe_time();
        quota.cycle_end = maybe_time();
        quota.status = text();
        quota.extension = text();
        quota.verified = text();
    }

    RandomSource& random_;
};

} // namespace wagate::testing
