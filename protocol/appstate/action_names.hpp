#pragma once
// The table of protocol.md 9.6; private to protocol/appstate.
#include "protocol/appstate/actions.hpp"

namespace wagate::appstate {

struct Place {
    std::string_view name; ///< first element of the index
    Collection collection;
    std::int32_t version;
};

template <class T>
inline constexpr Place place_of{};

template <>
inline constexpr Place place_of<MuteChat>{"mute", Collection::regular_high, 2};
template <>
inline constexpr Place place_of<PinChat>{"pin_v1", Collection::regular_low, 5};
template <>
inline constexpr Place place_of<ArchiveChat>{"archive", Collection::regular_low, 3};
template <>
inline constexpr Place place_of<MarkChatAsRead>{"markChatAsRead", Collection::regular_low, 3};
template <>
inline constexpr Place place_of<ClearChat>{"clearChat", Collection::regular_high, 6};
template <>
inline constexpr Place place_of<DeleteChat>{"deleteChat", Collection::regular_high, 6};
template <>
inline constexpr Place place_of<StarMessage>{"star", Collection::regular_high, 2};
template <>
inline constexpr Place place_of<DeleteMessageForMe>{"deleteMessageForMe", Collection::regular_high, 3};
template <>
inline constexpr Place place_of<ContactEntry>{"contact", Collection::critical_unblock_low, 2};
template <>
inline constexpr Place place_of<LabelEdit>{"label_edit", Collection::regular, 3};
template <>
inline constexpr Place place_of<LabelChat>{"label_jid", Collection::regular, 3};
template <>
inline constexpr Place place_of<LabelMessage>{"label_message", Collection::regular, 3};
template <>
inline constexpr Place place_of<PushNameSetting>{"setting_pushName", Collection::critical_block, 1};
template <>
inline constexpr Place place_of<UnarchiveChatsSetting>{"setting_unarchiveChats", Collection::regular_low, 4};
template <>
inline constexpr Place place_of<LocaleSetting>{"setting_locale", Collection::critical_block, 3};
template <>
inline constexpr Place place_of<TimeFormatSetting>{"time_format", Collection::regular_low, 7};
template <>
inline constexpr Place place_of<QuickReply>{"quick_reply", Collection::regular, 2};
template <>
inline constexpr Place place_of<MuteStatus>{"userStatusMute", Collection::regular_high, 7};
template <>
inline constexpr Place place_of<LinkPreviewsSetting>{"setting_disableLinkPreviews", Collection::regular, 8};

} // namespace wagate::appstate
