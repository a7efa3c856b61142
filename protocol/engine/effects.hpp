#pragma once
// What goes into an engine and what comes out of it. The owner carries effects out in the order given.
#include "protocol/model/unit_of_work.hpp"

#include <functional>

namespace wagate::engine {

/// Names a unit of work until on_stored answers it. Ascending per engine.
using Ticket = std::uint64_t;
/// Names a command until its report; 0: nobody waits.
using CommandId = std::uint64_t;

enum class EngineErrc {
    link_lost = 1, ///< the connection went before the reply came
    timed_out,     ///< the server did not reply within the request's deadline
    stopped,
    refused, ///< the server answered the request with an error
};

/// Why a connection ended, as far as the transport can tell.
enum class LinkEnd : std::uint8_t { closed, connect_failed, refused, proxy_failed };

// ---------------------------------------------------------------------------- effects

/// Open a connection to the configured endpoint; answer with on_connected or on_disconnected.
struct OpenLink {};
/// Bytes for the connection, in order. Dropped when there is none.
struct WriteFrame {
    Bytes bytes;
};
/// Close the connection; no on_disconnected is expected for it.
struct CloseLink {};
/// Commit durably, then call on_stored with the ticket. Order of tickets is order of commits.
struct Store {
    UnitOfWork work;
    Ticket ticket = 0;
};
/// Run `work` away from the event loop; hand what it returns to on_computed.
struct Compute {
    std::function<std::function<void()>()> work;
};
/// Call on_time at this moment at the latest (replaces the previous wish).
struct WakeAt {
    MonotonicTime time{};
};
/// Status, QR or identity have changed; read them from the engine.
struct StatusChanged {};

enum class SendStage : std::uint8_t {
    accepted, ///< durable: survives a crash
    sent,     ///< acknowledged by the server
    rejected, ///< refused for good, see `code`
};
struct SendReport {
    CommandId command = 0;
    SendStage stage = SendStage::accepted;
    Message message;
    int code = 0;         ///< server's error code; 404 for an unknown account
    ErrorCode error = {}; ///< why it was refused before it was accepted: a DraftErrc or a server_error
};
struct CodeReport {
    CommandId command = 0;
    std::string code; ///< XXXX-XXXX; empty when refused
    int error = 0;
};
struct LogoutReport {
    CommandId command = 0;
};

using Effect = std::variant<OpenLink, WriteFrame, CloseLink, Store, Compute, WakeAt, StatusChanged,
                            SendReport, CodeReport, LogoutReport>;

boost::system::error_code make_error_code(EngineErrc error);

} // namespace wagate::engine

template <>
struct boost::system::is_error_code_enum<wagate::engine::EngineErrc> : std::true_type {};
