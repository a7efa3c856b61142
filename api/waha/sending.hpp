#pragma once
// What all requests to send have in common: fields, the idempotency key, and how outcomes are answered.
#include "api/http/router.hpp"
#include "api/http/shape.hpp"
#include "api/waha/compositions.hpp"
#include "api/waha/media_url.hpp"
#include "gateway/gateway.hpp"

namespace wagate::waha {

/// Clients send "" for what they do not set.
std::optional<std::string> non_empty(std::optional<std::string> text);

/// The key that the client gave, if it did; a client that sends the same body again asks for the same thing.
/// Two operations with the same body are told apart.
std::optional<IdempotencyKey> idempotency_key(http::Request const& request,
                                              std::vector<std::string>& problems);

/// 202: the send is durable and goes on; only its outcome is not known yet.
http::Response still_pending(SessionKey const& session, std::string const& chat);

/// The message, or what became of it. @param place of the session's files
http::Response sent_response(gateway::Outcome<gateway::SentMessage> const& sent, SessionKey const& session,
                             std::string const& chat, MediaPlace const& place, unsigned status = 201);

/// `session`, `chatId`, `id` and `reply_to`, and `more`.
http::Shape sending_shape(std::vector<http::Field> more);

/// A request to send whose body has been accepted.
struct SendCall {
    SessionKey session;
    boost::json::object body;
    std::optional<IdempotencyKey> key;
    std::vector<std::string> audience = {}; ///< of a status post, see gateway::SendRequest
    std::vector<std::string> problems;      ///< not empty: answer 400
    std::string asker = {};                 ///< see gateway::SendRequest

    std::optional<std::string> reply_to() const { return non_empty(http::text_at(body, "reply_to")); }
    /// To the chat and with the id and key that were given; without content.
    gateway::SendRequest to_request() const;
};

class Sending {
public:
    /// The gateway must outlive it. @param links to files
    Sending(gateway::Gateway& gateway, http::UnknownFields unknown, MediaLinks links)
        : gateway_(gateway), unknown_(unknown), links_(std::move(links))
    {}

    /// The session is named in the path, or in the body, or is "default".
    SendCall accept(http::Call const& call, http::Shape const& shape) const;
    SendCall accept(http::Call const& call, boost::json::value const& body, http::Shape const& shape) const;

    /// To the chat and with the id that the body names. @param bytes what the content keeps in memory, about
    Task<http::Response> send(SendCall call, engine::Compose content, std::size_t bytes,
                              unsigned status = 201) const;
    /// @param chat as clients write it
    Task<http::Response> send_to(SendCall call, std::string chat, engine::Compose content, std::size_t bytes,
                                 unsigned status = 201) const;

    /// What is known of a message that a request is about.
    /// @param chat empty: in any chat, then a bare id must be stored
    Task<gateway::Outcome<AboutMessage>> find(SessionKey session, std::string chat, std::string id) const;

    /// An id that a message of the session may have. In whatever status it is.
    Task<http::Response> new_message_id(SessionKey session) const;

    gateway::Gateway& gateway() const noexcept { return gateway_; }
    MediaPlace place_of(SessionKey const& session) const { return links_.of(session); }

private:
    SendCall accepted(http::Call const& call, boost::json::object body,
                      std::vector<std::string> problems) const;

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
    MediaLinks links_;
};

} // namespace wagate::waha
