// An account that demands its passkey before it is linked.
#include "protocol/engine/account_errors.hpp"
#include "protocol/engine/server_error.hpp"
#include "tests/support/fake_server_nodes.hpp"
#include "tests/support/scenario.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::testing;
using binary::Node;
using engine::Engine;

namespace {

constexpr std::string_view request_options = R"({"challenge":"abc","rpId":"whatsapp.com"})";

/// A companion that shows a QR, and the phone's and the server's side of what follows.
struct World : Scenario {
    FakePhone& anna = server.add_account("4915100000001", "900000000000001", "Anna");
    EngineHost& host = add_host();
    crypto::KeyPair phone = crypto::generate_key_pair(random);
    ByteArray<32> phone_nonce = random.array<32>();
    crypto::Key32 seen_secret{}; ///< of the QR
    Bytes prologue;
    Bytes nonce;
    std::optional<pairing::PairingKeys> keys;
    bool proof_was_right = false;
    bool had_proof = false;
    int refusal = 0; ///< of the answer

    World()
    {
        host.start();
        run();
        seen_secret = pairing::parse_qr(host.engine().qr().value().text).value().adv_secret;
        server.intercept = [this](Jid const&, Node const& iq) { return on_iq(iq); };
    }
    bool on_iq(Node const& iq)
    {
        if (iq.tag != "iq" || iq.text("xmlns") != "md") return false;
        if (iq.child("ref") != nullptr) {
            server.send_unpaired(server_result(iq).add(Node{"ref"}.with_text("REF")));
        } else if (auto const* opening = iq.child("passkey_prologue")) {
            if (refusal != 0) {
                Node reply{"iq"};
                reply.set("from", Jid::server_jid()).set("type", "error").set("id", iq.text("id"));
                server.send_unpaired(reply.add(Node{"error"}.set("code", std::int64_t{refusal})));
                return true;
            }
            prologue = content_of(opening->child("prologue_payload"));
            auto const proof = content_of(opening->child("pairing_handoff_proof"));
            had_proof = !proof.empty();
            proof_was_right =
                had_proof &&
                equal(proof, pairing::handoff_proof(pairing::handoff_key(seen_secret), prologue));
            CHECK(content_of(opening->child("credential_id")) == Bytes{1, 2});
            CHECK(to_text(content_of(opening->child("webauthn_assertion"))) == "{}");
            server.send_unpaired(server_result(iq));
        } else if (auto const* told = iq.child("companion_nonce")) {
            nonce = to_bytes(told->bytes());
            server.send_unpaired(server_result(iq));
        } else if (auto const* sealed = iq.child("encrypted_pairing_request")) {
            auto const offered = pairing::parse_prologue(prologue).value();
            auto const key =
                pairing::passkey_sealing_key(phone, offered.ephemeral, offered.device_type, "REF");
            keys = pairing::open_pairing_keys(sealed->bytes(), key.value()).value();
            server.send_unpaired(server_result(iq));
        } else {
            return false;
        }
        return true;
    }
    void notify(std::string_view type, Node child)
    {
        Node notification{"notification"};
        notification.set("id", "1").set("from", Jid::server_jid()).set("type", type).set("t", "1790000000");
        server.send_unpaired(notification.add(std::move(child)));
        run();
    }
    void demand()
    {
        notify("passkey_prologue_request", Node{"passkey_request_options"}.with_text(request_options));
    }
    void go_on()
    {
        notify("crsc_continuation",
               bytes_child("primary_ephemeral_identity",
                           pairing::make_primary_opening({phone.public_key, phone_nonce})));
    }
    ErrorCode ask(std::function<void(engine::PasskeyFlow&, engine::PasskeyFlow::Done)> const& question)
    {
        std::optional<ErrorCode> answer;
        host.use([&](Engine& engine, Instant now) {
            engine.use(now, [&] { question(engine.passkey(), [&](ErrorCode error) { answer = error; }); });
        });
        run();
        if (!answer) throw std::logic_error("no answer");
        return *answer;
    }
    ErrorCode answer()
    {
        return ask([](engine::PasskeyFlow& flow, auto done) { flow.answer({Bytes{1, 2}, "{}"}, done); });
    }
    ErrorCode confirm()
    {
        return ask([](engine::PasskeyFlow& flow, auto done) { flow.confirm(done); });
    }
    SessionStatus status() { return host.engine().status(); }
};

} // namespace

TEST_CASE("a passkey that is answered at once links without a comparison", "[scenario][passkey]")
{
    World world;
    world.demand();
    REQUIRE(world.status() == SessionStatus::passkey_required);
    CHECK(world.host.engine().passkey().challenge() == request_options);
    auto const told = world.host.store.events_of<SessionStatusChanged>().back();
    CHECK(told.data == request_options);
    CHECK_FALSE(world.answer());
    CHECK(world.proof_was_right);
    world.go_on();
    REQUIRE(world.keys);
    CHECK(pairing::keeps_commitment(world.prologue, world.nonce));
    CHECK(world.keys->adv_secret != world.seen_secret);
    CHECK(world.status() == SessionStatus::passkey_required);
    CHECK(world.host.engine().passkey().code() == std::nullopt);
}

TEST_CASE("after five minutes the user compares the codes", "[scenario][passkey]")
{
    World world;
    world.demand();
    world.advance(std::chrono::minutes{6});
    REQUIRE(world.status() == SessionStatus::passkey_required);
    CHECK(world.confirm() == engine::AccountErrc::not_waiting);
    CHECK_FALSE(world.answer());
    CHECK_FALSE(world.had_proof);
    world.go_on();
    REQUIRE(world.status() == SessionStatus::passkey_confirmation_required);
    auto const code = world.host.engine().passkey().code();
    REQUIRE(code);
    auto const phones = pairing::confirmation_code(world.nonce, {world.phone.public_key, world.phone_nonce});
    CHECK(*code == pairing::display_code(phones));
    CHECK(world.host.store.events_of<SessionStatusChanged>().back().data == R"({"code":")" + *code + R"("})");
    CHECK_FALSE(world.keys);
    CHECK_FALSE(world.confirm());
    CHECK(world.keys);
}

TEST_CASE("an answer that the server refuses may be given again", "[scenario][passkey]")
{
    World world;
    CHECK(world.answer() == engine::AccountErrc::not_waiting);
    world.demand();
    world.refusal = 406;
    CHECK(engine::server_code(world.answer()) == 406);
    CHECK(world.status() == SessionStatus::passkey_required);
    world.go_on(); // of no opening
    CHECK(world.nonce.empty());
    world.refusal = 0;
    CHECK_FALSE(world.answer());
}

TEST_CASE("a phone's answer that does not parse ends the pairing, and a passkey nobody asked for starts none",
          "[scenario][passkey]")
{
    World world;
    world.go_on();
    CHECK(world.status() == SessionStatus::scan_qr_code);
    world.demand();
    world.answer();
    world.notify("crsc_continuation", bytes_child("primary_ephemeral_identity", Bytes{1, 2, 3}));
    CHECK(world.status() == SessionStatus::failed);
    CHECK(world.host.engine().reason() == StatusReason::pairing_failed);
}
