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

/// `session`, `chatId`, `id` and `reply_to`, and `more`.
http::Shape sending_shape(std::vector<http::Field> more);

/// A request to send whose body has been accepted.
struct SendCall {
    SessionKey session;
    boost::json::object body;
    std::optional<IdempotencyKey> key;
    std::vector<std::string> problems; ///< not empty: answer 400

    std::optional<std::string> reply_to() const { return non_empty(http::text_at(body, "reply_to")); }
};

class Sending {
public:
    /// The gateway must outlive it. @param base_url see Identity
    Sending(gateway::Gateway& gateway, http::UnknownFields unknown, std::string base_url)
        : gateway_(gateway), unknown_(unknown), base_url_(std::move(base_url))
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

    gateway::Gateway& gateway() const noexcept { return gateway_; }
    MediaPlace place_of(SessionKey const& session) const { return {base_url_, session.name}; }

private:
    SendCall accepted(http::Call const& call, boost::json::object body,
                      std::vector<std::string> problems) const;

    gateway::Gateway& gateway_;
    http::UnknownFields unknown_;
    std::string base_url_;
};

} // namespace wagate::waha
