#include "tools/sandbox/server/calls.hpp"

#include "protocol/base/encoding.hpp"

#include <algorithm>

namespace wagate::sandbox {

using binary::Node;

namespace {

Call* find_call(Account& account, std::string_view id)
{
    auto& calls = account.profile.calls;
    auto const found =
        std::find_if(calls.begin(), calls.end(), [&](Call const& call) { return call.id == id; });
    return found == calls.end() ? nullptr : &*found;
}

void keep(Account& account, Call const& call)
{
    account.profile.calls.push_back(call);
    if (account.profile.calls.size() > Profile::most_calls) account.profile.calls.pop_front();
}

void change_state(Call const& call, std::string const& state)
{
    for (auto* side : {call.caller, call.callee})
        if (auto* known = find_call(*side, call.id)) known->state = state;
}

Node about(Call const& call, std::string_view what)
{
    Node node{what};
    node.set("call-id", call.id)
        .set("call-creator", call.caller->lid_jid())
        .set("caller_pn", call.caller->phone_jid());
    return node;
}

/// Tells the companions of `whom`, as said by `from`.
void tell(Network& network, Account& whom, Jid const& from, Node what,
          std::optional<std::uint16_t> except = {})
{
    Node stanza{"call"};
    stanza.set("from", from).set("id", network.next_id()).set("t", network.now_seconds());
    stanza.set("platform", "android").set("version", "2.26.1").add(std::move(what));
    for (auto const& [id, device] : whom.devices)
        if (id != 0 && id != except) network.deliver(whom, id, DeliveryKind::call, stanza);
}

} // namespace

std::string start_call(Network& network, Account& caller, Account& callee, bool is_video)
{
    Call call;
    call.id = hex_encode(network.random().bytes(16));
    call.caller = &caller;
    call.callee = &callee;
    call.is_video = is_video;
    keep(caller, call);
    if (callee.blocked.contains(caller.lid)) return call.id;
    keep(callee, call);
    auto offer = about(call, "offer");
    offer.add(Node{"audio"}.set("enc", "opus").set("rate", "16000"));
    if (is_video) offer.add(Node{"video"});
    tell(network, callee, caller.lid_jid(), std::move(offer));
    network.count("calls");
    return call.id;
}

bool answer_call(Network& network, Account& account, std::string_view id, std::string_view action)
{
    auto const* found = find_call(account, id);
    if (found == nullptr || found->state == "rejected" || found->state == "ended") return false;
    auto const call = *found;
    auto& callee = *call.callee;
    auto const is_callee = &callee == &account;
    if (action == "end") {
        change_state(call, "ended");
        auto terminate = about(call, "terminate");
        terminate.set("reason", call.state == "ringing" ? "timeout" : "hangup");
        tell(network, callee, account.lid_jid(), terminate);
        if (is_callee) tell(network, *call.caller, account.lid_jid(), std::move(terminate));
        return true;
    }
    if (!is_callee || call.state != "ringing") return false;
    change_state(call, action == "accept" ? "accepted" : "rejected");
    tell(network, callee, callee.lid_jid(), about(call, action));
    tell(network, *call.caller, callee.lid_jid(), about(call, action));
    return true;
}

void route_call(Network& network, Origin const& origin, Node const& stanza)
{
    auto const* reject = stanza.child("reject");
    if (reject == nullptr) return;
    auto const* found = find_call(*origin.account, reject->text("call-id"));
    if (found == nullptr || found->callee != origin.account || found->state != "ringing") {
        network.count("calls_unknown");
        return;
    }
    auto const call = *found;
    change_state(call, "rejected");
    network.count("calls_rejected");
    tell(network, *call.callee, call.callee->lid_jid(), about(call, "reject"), origin.device);
    tell(network, *call.caller, call.callee->lid_jid(), about(call, "reject"));
}

} // namespace wagate::sandbox
