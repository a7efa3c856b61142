#pragma once
// What app state says of the account as a whole, as records: the answers that a business keeps ready
// (RecordKind::quick_reply) and settings of the apps (RecordKind::account_settings).
#include "protocol/appstate/actions.hpp"
#include "protocol/base/records.hpp"

namespace wagate::engine {

/// More are not kept: WhatsApp allows 50.
inline constexpr std::size_t max_quick_replies = 200;
/// Bytes of one, all texts together; longer ones are not kept.
inline constexpr std::size_t max_quick_reply_bytes = 16'384;
/// People whose status posts are muted; more are not kept.
inline constexpr std::size_t max_muted_statuses = 5'000;

/// By id, which counts up with time.
std::vector<appstate::QuickReply> stored_quick_replies(RecordSource const& records);
std::optional<appstate::QuickReply> find_quick_reply(RecordSource const& records, std::string_view id);
/// One that is deleted goes.
void put_quick_reply(RecordOverlay& step, appstate::QuickReply const& reply);

/// As the phone and the other devices have them; nothing: nobody has said.
struct AccountSettings {
    std::optional<std::string> locale;
    std::optional<bool> twenty_four_hours;
    std::optional<bool> unarchive_chats; ///< an archived chat comes back with its next message
    std::optional<bool> link_previews_disabled;
    std::vector<Jid> muted_statuses; ///< people whose status posts are not shown
    bool operator==(AccountSettings const&) const = default;
};
AccountSettings stored_account_settings(RecordSource const& records);
void put_account_settings(RecordOverlay& step, AccountSettings const& settings);

} // namespace wagate::engine
