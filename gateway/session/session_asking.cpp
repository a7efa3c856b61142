// Questions to the account that need the connection of now.
#include "gateway/session/refused.hpp"
#include "gateway/session/session_actor.hpp"
#include "protocol/engine/server_error.hpp"

namespace wagate::gateway {
namespace {

using Clock = std::chrono::steady_clock;

Rejection refusal_of(ErrorCode error)
{
    if (auto const code = engine::server_code(error); code != 0) {
        auto rejection = refused(GatewayErrc::rejected_by_server, error.message());
        rejection.server_code = code;
        return rejection;
    }
    if (error == engine::EngineErrc::timed_out)
        return refused(GatewayErrc::timed_out, "the server did not answer in time");
    if (error == engine::DraftErrc::message_not_found)
        return refused(GatewayErrc::message_not_found, error.message());
    return refused(GatewayErrc::not_possible, error.message());
}

} // namespace

Task<Outcome<void>> SessionActor::ask(SessionStatus during, Gateway::Question question)
{
    auto const self = shared_from_this();
    if (drain_end_) co_return refused(GatewayErrc::shutting_down, {});
    // Only WORKING comes by itself.
    auto const patience = during == SessionStatus::working ? context_.status_wait : Milliseconds{0};
    bool const ready = co_await wait_for_status(during, patience);
    if (!ready) co_return wrong_status({during});
    auto const asked = std::make_shared<Asked>(executor_);
    asked_.push_back(asked);
    drive([&](engine::Engine& engine) {
        engine.use(current_time(), [&] {
            question(engine, [asked](ErrorCode error) {
                asked->answer = error;
                asked->wakeup.notify();
            });
        });
    });
    auto const deadline = Clock::now() + context_.engine.request_timeout + std::chrono::seconds{5};
    while (!asked->answer && !is_over()) {
        auto const left = time_left(deadline);
        if (left <= Clock::duration::zero()) break;
        co_await asked->wakeup.wait_for(left);
    }
    asked_.remove(asked);
    if (!asked->answer) {
        if (is_over()) co_return wrong_status({during});
        co_return refused(GatewayErrc::timed_out, "the server did not answer in time");
    }
    if (*asked->answer) co_return refusal_of(*asked->answer);
    co_return Outcome<void>();
}

} // namespace wagate::gateway
