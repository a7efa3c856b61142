#pragma once
// Stanza handlers of the server, one file per concern. Each answers the connection it is given.
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

// login.cpp
/// Checks a login and lets the client in, or answers with a failure.
void log_in(Network& network, Connection& connection, std::string const& phone, std::uint16_t device);
void handle_passive(Network& network, Connection& connection, binary::Node const& iq);

// keys.cpp: xmlns encrypt (5.2)
void handle_encrypt(Network& network, Connection& connection, binary::Node const& iq);

// usync.cpp (6.5)
void handle_usync(Network& network, Connection& connection, binary::Node const& iq);
/// <verified_name>: the name of a business in a certificate, as the server has signed it once.
binary::Node verified_name_node(Account const& account);

// devices.cpp: device lists and their changes (6.6)
binary::Node device_list_node(Account& account, JidServer server);
binary::Node key_index_list_node(Account& account);
void announce_added(Network& network, Account& account, Device const& device);
/// Unregisters a companion, closes its connection and tells everybody. @return false when there is none
bool remove_companion(Network& network, Account& account, std::uint16_t device);

// presence.cpp (10.3)
void handle_presence(Network& network, Connection& connection, binary::Node const& presence);
void handle_chatstate(Network& network, Connection& connection, binary::Node const& chatstate);
/// Shows somebody else's companions what `account` is doing in their chat.
void tell_chatstate(Network& network, Account& account, Jid const& to, binary::Node const& chatstate);
/// Tells subscribers that the account came or went.
void publish_presence(Network& network, Account& account);

// profiles.cpp: what accounts show of themselves, and to whom (10.5)
/// The value of a setting, "all" by default.
std::string privacy_of(Account const& account, std::string const& setting);
/// Whether `to` may see what the setting is about.
bool is_shown(Account const& account, Account const& to, std::string const& setting);
/// As the user does it on the phone or a companion. @param jpeg nothing: it is taken away
void set_picture(Network& network, Account& account, std::optional<Bytes> jpeg,
                 std::optional<std::uint16_t> except = {});
/// The same; those who know the account hear of it.
void set_about(Network& network, Account& account, std::string text);
/// On the phone; its companions hear of it.
void set_privacy(Network& network, Account& account, std::string const& name, std::string const& value);
void handle_picture(Network& network, Connection& connection, binary::Node const& iq);
void handle_status(Network& network, Connection& connection, binary::Node const& iq);
void handle_privacy_settings(Network& network, Connection& connection, binary::Node const& iq);
void handle_blocklist(Network& network, Connection& connection, binary::Node const& iq);
void handle_disappearing_mode(Network& network, Connection& connection, binary::Node const& iq);

// groups.cpp: xmlns w:g2 (10.1)
void handle_groups(Network& network, Connection& connection, binary::Node const& iq);

// app_state.cpp: xmlns w:sync:app:state (9.2)
/// All patches so far become one snapshot for each collection, in a file on the media servers.
void compact_app_state(Account& account);
/// The mutations of the newest patch are given out in a file.
void move_last_patch_to_file(Account& account, std::string const& name);
void handle_app_state(Network& network, Connection& connection, binary::Node const& iq);
/// The next patch of a collection; all companions but the author, a device, are told.
void append_patch(Network& network, Account& account, std::string const& name, ByteView patch,
                  std::uint16_t author);

// account_iq.cpp: the small stores of an account: privacy, blocklist, props, tokens, media hosts, …
/// @return false when the namespace is unknown
bool handle_account_iq(Network& network, Connection& connection, std::string const& xmlns,
                       binary::Node const& iq);

} // namespace wagate::sandbox
