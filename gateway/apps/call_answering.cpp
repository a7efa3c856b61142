#include "gateway/apps/call_answering.hpp"

#include "gateway/runtime/runtime.hpp"
#include "gateway/telemetry/log.hpp"
#include "protocol/crypto/crypto.hpp"
#include "protocol/engine/engine.hpp"

namespace wagate::gateway {
namespace {

/// A call that rings no more needs no answer.
constexpr std::chrono::seconds longest_ring{90};

} // namespace

Task<bool> answer_call(Gateway& gateway, SessionKey session, CallsApp const& app,
                       storage::StoredEvent const& event)
{
    auto const* call = std::get_if<CallChanged>(&event.event.body);
    if (call == nullptr || call->state != CallState::received) co_return true;
    if (std::chrono::system_clock::now() - event.event.time > longest_ring) co_return true;
    auto const& rule = call->group ? app.group : app.dm;
    if (!rule.reject) co_return true;
    if (rule.decline_after.count() > 0) co_await sleep_for(rule.decline_after);
    Gateway::Question question = [from = call->from, id = call->id](engine::Engine& engine,
                                                                    Gateway::Done done) {
        engine.calls().reject(from, id, std::move(done));
    };
    auto asking = gateway.ask(session, std::move(question));
    auto const rejected = co_await std::move(asking);
    if (!rejected) {
        log::warn("call not rejected", {{"session", session.name.value}, {"why", rejected.error().detail}});
        co_return true; // it will have stopped ringing
    }
    if (rule.message.empty()) co_return true;
    if (rule.respond_after.count() > 0) co_await sleep_for(rule.respond_after);
    SendText text;
    text.chat = (call->from_phone ? *call->from_phone : call->from).bare().to_string();
    text.text = rule.message;
    // Handled again after a crash, it is not said again.
    text.key = IdempotencyKey{crypto::sha256({view("calls-app\n"), view(event.id)}),
                              crypto::sha256({view(text.chat), view("\n"), view(text.text)})};
    auto sending = gateway.send_text(session, std::move(text));
    auto const sent = co_await std::move(sending);
    if (!sent)
        log::warn("caller not answered", {{"session", session.name.value}, {"why", sent.error().detail}});
    co_return true;
}

} // namespace wagate::gateway
