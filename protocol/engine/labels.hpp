#pragma once
// Labels of a business account as records (RecordKind::label): which there are, and what wears them.
#include "protocol/base/records.hpp"
#include "protocol/model/account_events.hpp"

namespace wagate::engine {

/// More are not kept: WhatsApp allows 20.
inline constexpr std::size_t max_labels = 200;
/// Of one label, or of one chat; more are not kept.
inline constexpr std::size_t max_label_members = 5'000;

std::vector<Label> stored_labels(RecordSource const& records);
std::optional<Label> find_label(RecordSource const& records, std::string_view id);
/// @return false when it was there exactly so, or there are too many
bool put_label(RecordOverlay& step, Label const& label);
/// Takes it from all its chats, too. @return what it was
std::optional<Label> erase_label(RecordOverlay& step, std::string_view id);

std::vector<Jid> chats_of_label(RecordSource const& records, std::string_view id);
/// @param message of the chat; nothing: the chat itself
std::vector<std::string> labels_of_chat(RecordSource const& records, Jid const& chat,
                                        std::optional<MessageId> const& message = {});
/// Puts a label on a chat, or on a message of it, or takes it away. @return false when nothing changed
bool assign_label(RecordOverlay& step, std::string_view id, Jid const& chat,
                  std::optional<MessageId> const& message, bool assigned);

} // namespace wagate::engine
