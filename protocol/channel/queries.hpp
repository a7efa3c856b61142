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
};
/// Reads any answer to the queries above but messages_query. Total over any bytes: what is not there stays
/// empty.
Answer read_answer(binary::Node const& reply);

/// The answer to messages_query, oldest first.
/// @param chat of the messages; taken from the answer when it names one
std::vector<ChannelPost> read_posts(binary::Node const& reply, Jid const& chat);

} // namespace wagate::channel
