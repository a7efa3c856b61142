#pragma once
// Channels: persisted queries, follow and post, delivery to followers (protocol.md 10.2).
#include "tools/sandbox/server/network.hpp"
#include "tools/sandbox/state/channel.hpp"

namespace wagate::sandbox {

/// xmlns w:mex: GraphQL queries by their id.
void handle_mex(Network& network, Connection& connection, binary::Node const& iq);
/// xmlns newsletter: messages, counts and live updates.
void handle_newsletter(Network& network, Connection& connection, binary::Node const& iq);
/// A message to a channel: only administrators post, followers react. @return the ack
binary::Node route_channel_message(Network& network, Origin const& origin, binary::Node const& message);

/// For the control API. @param owner nullptr: nobody here runs it
ChannelState& create_channel(Network& network, Account* owner, std::string name, std::string description);
/// A post that comes from nobody's device: delivered to every follower's devices. @param media_type of a
/// file, as stanzas say it @return its server id
std::int64_t post_to_channel(Network& network, ChannelState& channel, std::string const& id, ByteView content,
                             std::string_view media_type = {});
/// Changes by nobody's device, delivered like posts. @return false when there is no such message
bool edit_in_channel(Network& network, ChannelState& channel, std::string_view id, ByteView content);
bool delete_in_channel(Network& network, ChannelState& channel, std::string_view id);
/// What an account does with a channel that is not its own.
enum class Following { follow, unfollow, mute, unmute };
/// Its companions hear of it, but the one that has done it.
void change_following(Network& network, ChannelState& channel, Account& account, Following what,
                      std::optional<std::uint16_t> by = {});
/// The lock on new chats, or their quota, is not what it was: the account's companions hear of it.
void tell_time_lock(Network& network, Account& account);
void tell_new_chats(Network& network, Account& account);
/// A view receipt: counts, and tells those who watch.
void count_views(Network& network, binary::Node const& receipt);

} // namespace wagate::sandbox
