#pragma once
// An account with records in memory, and the steps that tests of sessions and groups are told in.
#include "protocol/signal/signal.hpp"
#include "tests/unit/protocol/signal/seeded_random.hpp"

#include <catch2/catch.hpp>

namespace wagate::signal::test {

/// Makes libsignal draw from `random` until the end of the scope.
class RandomScope {
public:
    explicit RandomScope(RandomSource& random) noexcept { set_random_source(&random); }
    ~RandomScope() { set_random_source(nullptr); }
    RandomScope(RandomScope const&) = delete;
    RandomScope& operator=(RandomScope const&) = delete;
};

inline constexpr WallTime created = WallTime{std::chrono::hours{500'000}};

class Account {
public:
    explicit Account(std::string_view user)
        : random(user),
          self{crypto::generate_key_pair(random), static_cast<std::uint32_t>(1 + random.below(16'380))},
          address(Address::of(Jid::hidden(user)))
    {
        signed_prekey = generate_signed_prekey(1, self.identity.private_key, random);
        prekeys = generate_prekeys(1, 5, random);
        RecordOverlay step{records};
        store_signed_prekey(step, signed_prekey, created);
        for (auto const& key : prekeys)
            store_prekey(step, key);
        records.apply(step.changes());
    }

    PreKeyBundle bundle_without_one_time() const
    {
        return {.registration_id = self.registration_id,
                .identity = self.identity.public_key,
                .signed_prekey_id = signed_prekey.id,
                .signed_prekey = signed_prekey.keys.public_key,
                .signed_prekey_signature = signed_prekey.signature,
                .one_time = std::nullopt};
    }
    PreKeyBundle bundle(std::size_t prekey = 0) const
    {
        auto bundle = bundle_without_one_time();
        bundle.one_time = PreKeyBundle::OneTime{prekeys.at(prekey).id, prekeys.at(prekey).keys.public_key};
        return bundle;
    }

    /// Runs an operation and keeps its changes; checks that a failed one has made none.
    template <class Operation>
    auto run(Operation&& operation)
    {
        RandomScope const scope{random};
        RecordOverlay step{records};
        auto result = operation(step);
        if (!result) CHECK(step.changes().empty());
        records.apply(step.changes());
        return result;
    }

    Result<void> start_session(Address const& peer, PreKeyBundle const& bundle)
    {
        return run([&](RecordOverlay& step) { return process_bundle(step, self, peer, bundle); });
    }
    Result<Ciphertext> try_encrypt(Address const& peer, std::string_view text)
    {
        return run([&](RecordOverlay& step) { return encrypt(step, self, peer, view(text)); });
    }
    Ciphertext seal(Address const& peer, std::string_view text) { return try_encrypt(peer, text).value(); }
    Result<Bytes> open(Address const& peer, Ciphertext const& message, bool* changed_identity = nullptr)
    {
        return run([&](RecordOverlay& step) {
            return decrypt(step, self, peer, message.kind, message.bytes, changed_identity);
        });
    }
    std::string read(Address const& peer, Ciphertext const& message)
    {
        return to_text(open(peer, message).value());
    }

    SeededRandom random;
    LocalIdentity self;
    Address address;
    MemoryRecords records;
    SignedPreKey signed_prekey;
    std::vector<PreKey> prekeys;
};

/// Alice has a session with Bob that both sides have used.
inline void greet(Account& alice, Account& bob)
{
    REQUIRE(alice.start_session(bob.address, bob.bundle()));
    REQUIRE(bob.read(alice.address, alice.seal(bob.address, "hello")) == "hello");
    REQUIRE(alice.read(bob.address, bob.seal(alice.address, "hi")) == "hi");
}

} // namespace wagate::signal::test
