#include "tools/sandbox/server/pairing_desk.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/proto/adv.pb.h"
#include "tools/sandbox/phone/device_identity.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

using binary::Node;

namespace {

constexpr int reference_count = 6;
/// AD JIDs carry the device in one byte.
constexpr std::uint16_t last_device = 255;

std::string platform_name(proto::ClientPayload const& payload)
{
    static constexpr std::array<char const*, 10> browsers{
        "",     "Chrome",  "Firefox", "Internet Explorer", "Opera", "Safari",
        "Edge", "Desktop", "iPad",    "Android tablet"};
    proto::DeviceProps props;
    if (!props.ParseFromString(payload.device_pairing_data().device_props())) return {};
    auto const type = static_cast<std::size_t>(std::max(props.platform_type(), 0));
    if (type == 0 || type >= browsers.size()) return props.os();
    return props.os() + " (" + browsers[type] + ")";
}

} // namespace

PairingDesk::Candidate* PairingDesk::find(Connection& connection)
{
    auto found = candidates_.find(&connection);
    return found == candidates_.end() ? nullptr : &found->second;
}

void PairingDesk::begin(Connection& connection, proto::ClientPayload const& payload)
{
    auto const& data = payload.device_pairing_data();
    auto const complete = data.identity().size() == 32 && data.registration_id().size() == 4 &&
                          data.signed_prekey().size() == 32 && data.signed_prekey_id().size() == 3 &&
                          data.signed_prekey_signature().size() == 64;
    Candidate candidate;
    KeyStore check;
    if (complete) {
        candidate.identity = to_array<32>(view(data.identity()));
        candidate.registration_id = static_cast<std::uint32_t>(read_big_endian(view(data.registration_id())));
        candidate.signed_key.id = static_cast<std::uint32_t>(read_big_endian(view(data.signed_prekey_id())));
        candidate.signed_key.key = to_array<32>(view(data.signed_prekey()));
        candidate.signed_key.signature = to_array<64>(view(data.signed_prekey_signature()));
    }
    if (!complete ||
        !check.set_identity(candidate.registration_id, candidate.identity, candidate.signed_key)) {
        connection.send(failure("400"));
        return connection.close_soon();
    }
    candidate.platform = platform_name(payload);
    network_.count("registrations");

    Node pair{"pair-device"};
    for (int i = 0; i < reference_count; ++i) {
        candidate.refs.push_back("2@" + base64_encode(network_.random().bytes(48)));
        pair.add(Node{"ref"}.with_bytes(to_bytes(view(candidate.refs.back()))));
    }
    candidates_[&connection] = std::move(candidate);
    auto iq = server_iq(network_.next_id(), "set", "md");
    iq.add(std::move(pair));
    connection.send(std::move(iq));
    network_.scheduler().after(network_.options().registration_limit, [weak = connection.weak_from_this()] {
        if (auto self = weak.lock(); self && !self->logged_in()) self->close_soon();
    });
}

void PairingDesk::forget(Connection& connection)
{
    auto found = candidates_.find(&connection);
    if (found == candidates_.end()) return;
    auto candidate = std::move(found->second);
    candidates_.erase(found);
    finish(candidate, 504, "the companion closed its connection");
}

void PairingDesk::finish(Candidate& candidate, int status, std::string error)
{
    auto done = std::exchange(candidate.done, nullptr);
    if (!done) return;
    PairingOutcome outcome;
    outcome.status = status;
    outcome.error = std::move(error);
    if (status == 200 && candidate.offer) {
        outcome.phone = candidate.offer->account->phone_jid(candidate.offer->device);
        outcome.lid = candidate.offer->account->lid_jid(candidate.offer->device);
    }
    done(std::move(outcome));
}

// ---------------------------------------------------------------------------- the phone's side

Connection* PairingDesk::find_ref(std::string const& ref)
{
    for (auto& [connection, candidate] : candidates_)
        if (std::find(candidate.refs.begin(), candidate.refs.end(), ref) != candidate.refs.end())
            return connection;
    return nullptr;
}

void PairingDesk::scan(Account& account, std::string_view qr, Tamper tamper, PairingDone done)
{
    auto const refuse = [&](int status, std::string error) {
        done({status, std::move(error), {}, {}, false});
    };
    auto const content = pairing::parse_qr(qr);
    if (!content) return refuse(400, "this is no QR text of a companion");
    if (!account.handset->online()) return refuse(409, "the phone is offline");
    auto* connection = find_ref(content->ref);
    if (connection == nullptr) return refuse(404, "the reference in the QR text is unknown or has expired");
    auto& candidate = *find(*connection);
    if (candidate.offer || candidate.done || candidate.passkey)
        return refuse(409, "the QR text has been used");
    if (content->identity_key != candidate.identity || content->noise_key != connection->client_key())
        return refuse(409, "the keys in the QR text are not those of the connected companion");
    candidate.done = std::move(done);
    if (account.profile.needs_passkey) return demand_passkey(*connection, account, content->adv_secret);
    offer(*connection, account, content->adv_secret, tamper);
}

void PairingDesk::enter_code(Account& account, std::string_view typed, PairingDone done)
{
    auto const refuse = [&](int status, std::string error) {
        done({status, std::move(error), {}, {}, false});
    };
    std::string code;
    for (auto const letter : typed)
        if (letter != '-' && letter != ' ')
            code += static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
    if (code.size() != 8) return refuse(400, "a code has eight characters");
    if (!account.handset->online()) return refuse(409, "the phone is offline");
    for (auto& [connection, candidate] : candidates_) {
        auto& link = candidate.link_code;
        if (!link || link->phone != account.phone || candidate.offer || candidate.done) continue;
        auto const companion = pairing::unwrap_ephemeral(code, link->wrapped_ephemeral);
        if (!companion) return refuse(422, "the companion's hello is malformed");
        link->companion_ephemeral = *companion;
        link->primary_ephemeral = crypto::generate_key_pair(network_.random());
        link->account = &account;
        candidate.done = std::move(done);
        Node hello{"link_code_companion_reg"};
        hello.set("stage", "primary_hello");
        auto const wrapped =
            pairing::wrap_ephemeral(code, link->primary_ephemeral.public_key, network_.random());
        auto const& identity = account.handset->identity().public_key;
        hello.add(Node{"link_code_pairing_wrapped_primary_ephemeral_pub"}.with_bytes(wrapped));
        hello.add(Node{"primary_identity_pub"}.with_bytes(to_bytes(identity)));
        hello.add(Node{"link_code_pairing_ref"}.with_bytes(link->ref));
        auto notice = notification("link_code_companion_reg", Jid::server_jid(), network_.next_id(),
                                   network_.now_seconds());
        notice.add(std::move(hello));
        connection->send(std::move(notice));
        return watch(*connection);
    }
    refuse(404, "no companion has asked for a code for this number");
}

void PairingDesk::offer(Connection& connection, Account& account, crypto::Key32 const& adv_secret,
                        Tamper tamper)
{
    auto& candidate = *find(connection);
    if (account.next_device > last_device)
        return finish(candidate, 409, "the account has used up its device numbers");
    Offer made;
    made.account = &account;
    made.iq_id = network_.next_id();
    made.device = account.next_device;
    made.key_index = account.next_key_index;

    pairing::DeviceIdentityDetails details;
    details.raw_id = account.raw_id;
    details.timestamp = static_cast<std::uint64_t>(network_.now_seconds());
    details.key_index = made.key_index;
    if (account.hosted) {
        details.account_type = pairing::AccountType::hosted;
        details.device_type = pairing::AccountType::hosted;
    }
    auto secret = adv_secret;
    if (tamper == Tamper::hmac) secret[0] ^= 0x01;
    auto signed_identity = candidate.identity;
    if (tamper == Tamper::signature) signed_identity[0] ^= 0x01;
    auto container = pairing::make_pairing_container(details, account.handset->identity(), signed_identity,
                                                     secret, network_.random());
    proto::ADVSignedDeviceIdentityHMAC wrapper;
    proto::ADVSignedDeviceIdentity inner;
    if (wrapper.ParseFromArray(container.data(), static_cast<int>(container.size())) &&
        inner.ParseFromString(wrapper.details()))
        made.details = to_bytes(view(inner.details()));

    Node success{"pair-success"};
    success.add(Node{"device-identity"}.with_bytes(std::move(container)));
    Node device{"device"};
    device.set("jid", account.phone_jid(made.device)).set("lid", account.lid_jid(made.device));
    success.add(std::move(device));
    Node platform{"platform"};
    platform.set("name", account.business_name.empty() ? "android" : "smba");
    success.add(std::move(platform));
    if (!account.business_name.empty()) {
        Node business{"biz"};
        business.set("name", account.business_name);
        success.add(std::move(business));
    }
    proto::ClientPairingProps props;
    props.set_is_chat_db_lid_migrated(true);
    props.set_is_syncd_pure_lid_session(true);
    success.add(Node{"client-props"}.with_bytes(to_bytes(view(props.SerializeAsString()))));
    auto iq = server_iq(made.iq_id, "set", "");
    iq.set("t", network_.now_seconds()).add(std::move(success));
    candidate.offer = std::move(made);
    connection.send(std::move(iq));
    watch(connection);
}

void PairingDesk::watch(Connection& connection)
{
    network_.scheduler().after(network_.options().scan_limit, [this, weak = connection.weak_from_this()] {
        auto self = weak.lock();
        auto* candidate = self ? find(*self) : nullptr;
        if (candidate == nullptr || !candidate->done) return;
        finish(*candidate, 504, "the companion did not answer in time");
        candidate->offer.reset();
        candidate->link_code.reset();
    });
}

// ---------------------------------------------------------------------------- the companion's side

void PairingDesk::on_reply(Connection& connection, Node const& iq)
{
    auto* candidate = find(connection);
    if (candidate == nullptr || !candidate->offer || iq.text("id") != candidate->offer->iq_id) return;
    if (iq.text("type") == "error") {
        auto const* error = iq.child("error");
        auto const text =
            error == nullptr ? std::string{"error"} : error->text("code") + " " + error->text("text");
        network_.count("pairings_refused_by_companion");
        finish(*candidate, 422, "the companion refused: " + text);
        candidate->offer.reset();
        return;
    }
    complete(connection, *candidate, iq);
}

void PairingDesk::complete(Connection& connection, Candidate& candidate, Node const& reply)
{
    auto const& made = *candidate.offer;
    auto& account = *made.account;
    auto const* node = reply.path({"pair-device-sign", "device-identity"});
    auto const refuse = [&](std::string error) {
        network_.count("pairings_refused_by_server");
        finish(candidate, 422, std::move(error));
        connection.send(failure("401"));
        connection.close_soon();
    };
    if (node == nullptr) return refuse("the companion's answer has no device identity");
    auto identity = pairing::parse_signed_identity(node->bytes());
    if (!identity) return refuse("the companion's device identity does not parse");
    if (node->integer("key-index") != std::int64_t{made.key_index})
        return refuse("the companion answered with another key index");
    if (identity->details != made.details)
        return refuse("the companion answered with other details than were signed");
    auto const& account_key = account.handset->identity().public_key;
    if (!device_identity_holds(*identity, candidate.identity, account_key))
        return refuse("the companion's device signature is wrong");
    identity->account_signature_key = to_bytes(account_key);

    auto device = std::make_unique<Device>();
    device->id = made.device;
    device->key_index = made.key_index;
    device->hosted = account.hosted;
    device->platform = candidate.platform;
    device->noise_key = connection.client_key();
    device->identity = candidate.identity;
    device->device_identity = pairing::serialize(*identity, true);
    device->keys.set_identity(candidate.registration_id, candidate.identity, candidate.signed_key);
    auto const& added = *(account.devices[made.device] = std::move(device));
    ++account.next_device;
    ++account.next_key_index;
    network_.count("pairings");
    announce_added(network_, account, added);
    connection.send(stream_error("515"));
    connection.close_soon();
    finish(candidate, 200, {});
    candidates_.erase(&connection);
}

void PairingDesk::on_request(Connection& connection, Node const& iq)
{
    if (auto const* request = iq.child("link_code_companion_reg")) {
        if (connection.logged_in() || find(connection) == nullptr)
            return connection.send(iq_error(iq, 403, "forbidden"));
        auto const stage = request->text("stage");
        if (stage == "companion_hello") return companion_hello(connection, iq, *request);
        if (stage == "companion_finish") return companion_finish(connection, iq, *request);
        return connection.send(iq_error(iq, 400, "bad-request"));
    }
    if (!connection.logged_in() && on_passkey_request(connection, iq)) return;
    if (!connection.logged_in()) return connection.send(iq_error(iq, 401, "not-authorized"));
    if (auto const* request = iq.child("remove-companion-device")) {
        auto const jid = request->jid("jid");
        auto& account = connection.account();
        if (!jid || network_.find(*jid) != &account) return connection.send(iq_error(iq, 400, "bad-request"));
        connection.send(iq_result(iq));
        remove_companion(network_, account, jid->device);
        return;
    }
    connection.send(iq.text("type") == "set" ? iq_result(iq) : iq_error(iq, 501, "feature-not-implemented"));
}

void PairingDesk::companion_hello(Connection& connection, Node const& iq, Node const& request)
{
    auto const jid = request.jid("jid");
    auto const* wrapped = request.child("link_code_pairing_wrapped_companion_ephemeral_pub");
    auto const* auth = request.child("companion_server_auth_key_pub");
    auto const* display = request.child("companion_platform_display");
    auto const shown = display == nullptr ? std::string{} : to_text(display->bytes());
    auto const named = shown.find(" (") != std::string::npos && shown.back() == ')';
    auto const complete = jid && wrapped != nullptr && wrapped->bytes().size() == 80 && auth != nullptr &&
                          named && equal(auth->bytes(), connection.client_key());
    if (!complete || network_.find(*jid) == nullptr) return connection.send(iq_error(iq, 400, "bad-request"));
    LinkCode link;
    link.phone = network_.find(*jid)->phone;
    link.wrapped_ephemeral = to_bytes(wrapped->bytes());
    link.ref = to_bytes(view(base64_encode(network_.random().bytes(24))));
    Node answer{"link_code_companion_reg"};
    answer.set("stage", "companion_hello");
    answer.add(Node{"link_code_pairing_ref"}.with_bytes(link.ref));
    find(connection)->link_code = std::move(link);
    network_.count("link_codes");
    connection.send(iq_result(iq).add(std::move(answer)));
}

void PairingDesk::companion_finish(Connection& connection, Node const& iq, Node const& request)
{
    auto& candidate = *find(connection);
    auto const* bundle = request.child("link_code_pairing_wrapped_key_bundle");
    auto const* identity = request.child("companion_identity_public");
    auto const* ref = request.child("link_code_pairing_ref");
    if (!candidate.link_code || candidate.link_code->account == nullptr || bundle == nullptr ||
        identity == nullptr || ref == nullptr || !equal(ref->bytes(), candidate.link_code->ref) ||
        !equal(identity->bytes(), candidate.identity))
        return connection.send(iq_error(iq, 400, "bad-request"));
    auto const& link = *candidate.link_code;
    auto& account = *link.account;
    auto const secret = pairing::primary_finish(link.primary_ephemeral, account.handset->identity(),
                                                link.companion_ephemeral, identity->bytes(), bundle->bytes());
    if (!secret) {
        connection.send(iq_error(iq, 401, "not-authorized"));
        return finish(candidate, 422, "the code is wrong");
    }
    connection.send(iq_result(iq));
    if (account.profile.needs_passkey) return demand_passkey(connection, account, *secret);
    offer(connection, account, *secret, Tamper::none);
}

} // namespace wagate::sandbox
