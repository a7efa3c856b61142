#include "protocol/signal/errors.hpp"

#include <signal/signal_protocol.h>

#include <new>
#include <stdexcept>

namespace wagate::signal {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.signal"; }

    std::string message(int value) const override
    {
        switch (static_cast<SignalErrc>(value)) {
        case SignalErrc::no_session: return "no session with this device";
        case SignalErrc::untrusted_identity: return "the identity is not trusted";
        case SignalErrc::duplicate_message: return "the message was decrypted before";
        case SignalErrc::invalid_message: return "the message is malformed or its MAC is wrong";
        case SignalErrc::invalid_key: return "a key is malformed or its signature is wrong";
        case SignalErrc::invalid_key_id: return "the message uses a prekey that is not ours";
        case SignalErrc::no_sender_key: return "no sender key for this group and device";
        case SignalErrc::bad_padding: return "the decrypted message has bad padding";
        case SignalErrc::too_far_ahead: return "more than 2,000 messages were skipped";
        case SignalErrc::internal: return "the session state could not be used";
        }
        return "unknown signal error";
    }
};

} // namespace

boost::system::error_code make_error_code(SignalErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

SignalErrc parse_error(int code) noexcept
{
    switch (code) {
    case SG_ERR_INVALID_KEY: return SignalErrc::invalid_key;
    case SG_ERR_NOMEM: return SignalErrc::internal;
    default: return SignalErrc::invalid_message;
    }
}

SignalErrc operation_error(int code) noexcept
{
    switch (code) {
    case SG_ERR_NO_SESSION: return SignalErrc::no_session;
    case SG_ERR_UNTRUSTED_IDENTITY: return SignalErrc::untrusted_identity;
    case SG_ERR_DUPLICATE_MESSAGE: return SignalErrc::duplicate_message;
    case SG_ERR_INVALID_KEY:
    case SG_ERR_VRF_SIG_VERIF_FAILED: return SignalErrc::invalid_key;
    case SG_ERR_INVALID_KEY_ID: return SignalErrc::invalid_key_id;
    case SG_ERR_INVALID_MAC:
    case SG_ERR_INVALID_MESSAGE:
    case SG_ERR_INVALID_VERSION:
    case SG_ERR_LEGACY_MESSAGE: return SignalErrc::invalid_message;
    case provider_bad_padding: return SignalErrc::bad_padding;
    default: return SignalErrc::internal;
    }
}

void require(int code)
{
    if (code >= 0) return;
    if (code == SG_ERR_NOMEM) throw std::bad_alloc{};
    throw std::logic_error{"libsignal refused valid input: " + std::to_string(code)};
}

} // namespace wagate::signal
