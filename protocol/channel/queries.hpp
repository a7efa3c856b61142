#pragma once
// Questions about channels, and their answers (protocol.md 10.2). Most travel as persisted GraphQL queries in
// JSON
// ("mex"); answers from the network are bounded by the size of a stanza. All iqs come without id.
#include "protocol/base/result.hpp"
#include "protocol/binary/node.hpp"
#include "protocol/channel/channel.hpp"

namespace wagate::channel {

binary::Node info_query(ChannelKey const& key);
binary::Node subscribed_query();
/// @param picture JPEG; empty: none
binary::Node create_query(std::string_view name, std::string_view description, ByteView picture);
binary::Node delete_query(Jid const& channel);
binary::Node follow_query(Jid const& channel);
binary::Node unfollow_query(Jid const& channel);
binary::Node mute_query(Jid const& channel, bool mute);
/// Only what is set changes. @param picture JPEG; empty: it goes
struct ChannelChange {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<Bytes> picture;
};
binary::Node update_query(Jid const& channel, ChannelChange const& change);
/// An administrator becomes a follower again.
binary::Node demote_query(Jid const& channel, Jid const& person);
/// The channel is another's from now on.
binary::Node change_owner_query(Jid const& channel, Jid const& person);
binary::Node admin_count_query(Jid const& channel);
/// Asks to be told of counts for a while; the answer says how long.
binary::Node live_updates_query(Jid const& channel);
std::chrono::seconds read_live_updates(binary::Node const& reply);
/// A receipt that counts views.
binary::Node view_receipt(Jid const& channel, std::string_view id, std::vector<std::int64_t> const& posts);
/// Channels whose name matches.
/// @param cursor where an earlier page ended; empty: from the start
binary::Node search_query(std::string_view text, std::vector<std::string> const& categories, int limit,
                          std::string_view cursor);
/// @param view RECOMMENDED, TRENDING, POPULAR or NEW
binary::Node directory_query(std::string_view view, std::vector<std::string> const& countries,
                             std::vector<std::string> const& categories, int limit, std::string_view cursor);
/// What one must agree to before creating a channel.
binary::Node accept_terms();
/// The newest messages. @param before server id to go on below; 0: from the newest
binary::Node messages_query(ChannelKey const& key, int count, std::int64_t before);

/// The field `name` of the answer's data. A GraphQL error is a server_code with its number.
struct Answer {
    int error = 0; ///< 0: none
    std::optional<Channel> channel;
    std::vector<Channel> channels;
    ChannelPage page;
    std::int64_t admins = 0;
};
/// Reads any answer to the queries above but messages_query. Total over any bytes: what is not there stays
/// empty.
Answer read_answer(binary::Node const& reply);

/// What a notification counts of messages. Only what it says is set.
std::vector<ChannelPostCounted> read_counts(binary::Node const& notification);

/// The answer to messages_query, oldest first.
/// @param chat of the messages; taken from the answer when it names one
std::vector<ChannelPost> read_posts(binary::Node const& reply, Jid const& chat);

} // namespace wagate::channel
