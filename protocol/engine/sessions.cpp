#include "protocol/engine/sessions.hpp"

#include "protocol/stanza/prekeys.hpp"

namespace wagate::engine {

using binary::Node;

void ensure_sessions(Core& core, std::vector<Jid> devices, std::function<void(ErrorCode)> done)
{
    std::erase_if(devices, [&](Jid const& device) {
        return signal::has_session(core.records, signal::Address::of(device));
    });
    if (devices.empty()) {
        done({});
        return;
    }
    auto const id = core.next_request_id();
    core.request(id, stanza::fetch_bundles(id, devices), [&core, done = std::move(done)](Result<Node> reply) {
        if (auto const failure = failure_of(reply)) {
            done(failure);
            return;
        }
        auto const fetched = stanza::parse_bundles(*reply);
        RecordOverlay step{core.records};
        // Device 0 first: its identity is the account key that companions are verified against.
        for (auto const primary_pass : {true, false}) {
            for (auto const& entry : fetched) {
                if ((entry.device.device == 0) != primary_pass || !entry.bundle) continue;
                // Another request for the same device was faster: its session is in use already.
                if (signal::has_session(step, signal::Address::of(entry.device))) continue;
                if (entry.device.device != 0 && entry.device_identity) {
                    auto const account =
                        signal::stored_identity(step, signal::Address::of(entry.device.with_device(0)));
                    Bytes const account_key = account ? to_bytes(*account) : Bytes{};
                    if (!pairing::verify_companion(*entry.device_identity, entry.bundle->identity,
                                                   account_key))
                        continue;
                }
                (void)signal::process_bundle(step, core.account.identity, signal::Address::of(entry.device),
                                             *entry.bundle);
            }
        }
        if (!step.empty()) core.store(std::move(step));
        done({});
    });
}

} // namespace wagate::engine
