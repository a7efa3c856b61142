#include "protocol/model/model.hpp"

#include <array>
#include <utility>

namespace wagate {

namespace {

using namespace std::string_view_literals;

constexpr std::array status_names{
    std::pair{SessionStatus::stopped, "STOPPED"sv},
    std::pair{SessionStatus::starting, "STARTING"sv},
    std::pair{SessionStatus::scan_qr_code, "SCAN_QR_CODE"sv},
    std::pair{SessionStatus::working, "WORKING"sv},
    std::pair{SessionStatus::failed, "FAILED"sv},
    std::pair{SessionStatus::passkey_required, "PASSKEY_REQUIRED"sv},
    std::pair{SessionStatus::passkey_confirmation_required, "PASSKEY_CONFIRMATION_REQUIRED"sv},
};

constexpr std::array reason_names{
    std::pair{StatusReason::none, "none"sv},
    std::pair{StatusReason::requested, "requested"sv},
    std::pair{StatusReason::boot, "boot"sv},
    std::pair{StatusReason::connecting, "connecting"sv},
    std::pair{StatusReason::connection_lost, "connection_lost"sv},
    std::pair{StatusReason::keepalive_timeout, "keepalive_timeout"sv},
    std::pair{StatusReason::server_restart, "server_restart"sv},
    std::pair{StatusReason::rate_limited, "rate_limited"sv},
    std::pair{StatusReason::handshake_failed, "handshake_failed"sv},
    std::pair{StatusReason::waiting_for_scan, "waiting_for_scan"sv},
    std::pair{StatusReason::paired, "paired"sv},
    std::pair{StatusReason::logged_in, "logged_in"sv},
    std::pair{StatusReason::qr_expired, "qr_timeout"sv},
    std::pair{StatusReason::logged_out_by_phone, "logged_out_by_phone"sv},
    std::pair{StatusReason::logged_out, "logged_out"sv},
    std::pair{StatusReason::replaced, "replaced"sv},
    std::pair{StatusReason::banned, "banned"sv},
    std::pair{StatusReason::temporarily_banned, "temporarily_banned"sv},
    std::pair{StatusReason::client_outdated, "client_outdated"sv},
    std::pair{StatusReason::account_locked, "account_locked"sv},
    std::pair{StatusReason::server_refused, "server_refused"sv},
    std::pair{StatusReason::storage_failed, "storage_error"sv},
    std::pair{StatusReason::pairing_failed, "pairing_failed"sv},
    std::pair{StatusReason::internal_error, "internal_error"sv},
    std::pair{StatusReason::proxy_error, "proxy_error"sv},
    std::pair{StatusReason::waiting_for_passkey, "waiting_for_passkey"sv},
    std::pair{StatusReason::waiting_for_confirmation, "waiting_for_confirmation"sv},
};

constexpr std::array ack_names{
    std::pair{Ack::error, "ERROR"sv},   std::pair{Ack::pending, "PENDING"sv},
    std::pair{Ack::server, "SERVER"sv}, std::pair{Ack::device, "DEVICE"sv},
    std::pair{Ack::read, "READ"sv},     std::pair{Ack::played, "PLAYED"sv},
};

constexpr std::array presence_names{
    std::pair{PresenceState::offline, "offline"sv}, std::pair{PresenceState::online, "online"sv},
    std::pair{PresenceState::typing, "typing"sv},   std::pair{PresenceState::recording, "recording"sv},
    std::pair{PresenceState::paused, "paused"sv},
};

constexpr std::array chat_update_names{
    std::pair{ChatUpdate::pinned, "pinned"sv},     std::pair{ChatUpdate::unpinned, "unpinned"sv},
    std::pair{ChatUpdate::muted, "muted"sv},       std::pair{ChatUpdate::unmuted, "unmuted"sv},
    std::pair{ChatUpdate::read, "read"sv},         std::pair{ChatUpdate::unread, "unread"sv},
    std::pair{ChatUpdate::cleared, "cleared"sv},   std::pair{ChatUpdate::deleted, "deleted"sv},
    std::pair{ChatUpdate::followed, "followed"sv}, std::pair{ChatUpdate::unfollowed, "unfollowed"sv},
};

constexpr std::array message_update_names{
    std::pair{MessageUpdate::starred, "starred"sv},
    std::pair{MessageUpdate::unstarred, "unstarred"sv},
    std::pair{MessageUpdate::deleted_for_me, "deletedForMe"sv},
    std::pair{MessageUpdate::pinned, "pinned"sv},
    std::pair{MessageUpdate::unpinned, "unpinned"sv},
};

constexpr std::array contact_update_names{
    std::pair{ContactUpdate::saved, "saved"sv},
    std::pair{ContactUpdate::removed, "removed"sv},
    std::pair{ContactUpdate::picture, "picture"sv},
    std::pair{ContactUpdate::picture_removed, "pictureRemoved"sv},
    std::pair{ContactUpdate::about, "about"sv},
    std::pair{ContactUpdate::blocked, "blocked"sv},
    std::pair{ContactUpdate::unblocked, "unblocked"sv},
};

std::size_t bulk_of(Message const& message)
{
    return message.content.size() + message.body.size() + (message.quoted ? message.quoted->body.size() : 0);
}

template <class Names, class Value>
std::string_view name_in(Names const& names, Value value) noexcept
{
    for (auto const& [known, name] : names) {
        if (known == value) return name;
    }
    return "unknown";
}

} // namespace

std::string_view status_name(SessionStatus status) noexcept
{
    return name_in(status_names, status);
}

std::optional<SessionStatus> status_from_name(std::string_view name) noexcept
{
    for (auto const& [status, known] : status_names) {
        if (known == name) return status;
    }
    return std::nullopt;
}

std::string_view reason_name(StatusReason reason) noexcept
{
    return name_in(reason_names, reason);
}

std::string_view ack_name(Ack ack) noexcept
{
    return name_in(ack_names, ack);
}

std::string_view presence_name(PresenceState state) noexcept
{
    return name_in(presence_names, state);
}

std::string_view chat_update_name(ChatUpdate change) noexcept
{
    return name_in(chat_update_names, change);
}

std::string_view message_update_name(MessageUpdate change) noexcept
{
    return name_in(message_update_names, change);
}

std::string_view contact_update_name(ContactUpdate change) noexcept
{
    return name_in(contact_update_names, change);
}

std::string ordering_key(EventBody const& body)
{
    return std::visit(
        [](auto const& event) -> std::string {
            if constexpr (requires { event.message.chat; })
                return event.message.chat.to_string();
            else if constexpr (requires { event.chat; })
                return event.chat.to_string();
            else if constexpr (requires { event.group.jid; })
                return event.group.jid.to_string();
            else if constexpr (requires { event.from; })
                return event.from.to_string();
            else
                return {};
        },
        body);
}

std::size_t bulk_of(EventBody const& body)
{
    return std::visit(
        [](auto const& event) -> std::size_t {
            std::size_t bytes = 0;
            if constexpr (requires { event.message.content; }) bytes += bulk_of(event.message);
            if constexpr (requires { event.before; })
                bytes += event.before ? sizeof(Message) + bulk_of(*event.before) : 0;
            if constexpr (requires { event.options; }) {
                for (auto const& option : event.options)
                    bytes += sizeof(option) + option.size();
            }
            if constexpr (requires { event.about; }) bytes += event.about.size() + event.full_name.size();
            if constexpr (requires { event.links; }) {
                for (auto const& link : event.links)
                    bytes += sizeof(link) + link.subject.size();
            }
            if constexpr (requires { event.privacy; }) {
                for (auto const& [name, value] : event.privacy)
                    bytes += sizeof(name) + sizeof(value) + name.size() + value.size();
            }
            if constexpr (requires { event.members; }) bytes += event.members.size() * sizeof(GroupMember);
            if constexpr (requires { event.group.members; })
                bytes += event.group.description.size() + event.group.members.size() * sizeof(GroupMember);
            return bytes;
        },
        body);
}

} // namespace wagate
