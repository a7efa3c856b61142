#include "protocol/engine/account.hpp"

#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::engine;

namespace {

WallTime const created = wall_from_seconds(1'790'000'000);

std::optional<Account> through_records(Account const& account, MemoryRecords& records)
{
    RecordOverlay step{records};
    account.save(step);
    records.apply(step.changes());
    return Account::load(records);
}

} // namespace

TEST_CASE("a new account has keys that fit together and is not paired", "[engine][account]")
{
    testing::SeededRandom random{1};
    for (int i = 0; i < 50; ++i) {
        auto const account = Account::generate(random, created);
        CHECK(account.identity.registration_id >= 1);
        CHECK(account.identity.registration_id <= 16'380);
        CHECK(account.signed_prekey.id == 1);
        CHECK(crypto::xeddsa_verify(account.identity.identity.public_key,
                                    crypto::typed_key(account.signed_prekey.keys.public_key),
                                    account.signed_prekey.signature));
        CHECK(account.noise.public_key != account.identity.identity.public_key);
        CHECK_FALSE(account.is_paired());
    }
}

TEST_CASE("an account comes back from its record as it was", "[engine][account]")
{
    testing::SeededRandom random{2};
    MemoryRecords records;
    auto account = Account::generate(random, created);
    auto const is_paired = GENERATE(false, true);
    if (is_paired)
        account.me =
            OwnIdentity{Jid::phone("4915100000001", 7), Jid::hidden("900000000000001", 7), "Anna", "android"};
    account.next_prekey_id = 813;
    account.business_name = "Bakery";
    account.signed_device_identity = {1, 2, 3};
    account.routing_info = {4, 5};
    auto const loaded = through_records(account, records);
    REQUIRE(loaded);
    CHECK(loaded->noise == account.noise);
    CHECK(loaded->identity.identity == account.identity.identity);
    CHECK(loaded->identity.registration_id == account.identity.registration_id);
    CHECK(loaded->adv_secret.reveal() == account.adv_secret.reveal());
    CHECK(loaded->signed_prekey.id == account.signed_prekey.id);
    CHECK(loaded->signed_prekey.keys == account.signed_prekey.keys);
    CHECK(loaded->signed_prekey.signature == account.signed_prekey.signature);
    CHECK(loaded->signed_prekey_created == created);
    CHECK(loaded->next_prekey_id == 813);
    CHECK(loaded->me == account.me);
    CHECK(loaded->business_name == "Bakery");
    CHECK(loaded->signed_device_identity == Bytes{1, 2, 3});
    CHECK(loaded->routing_info == Bytes{4, 5});
}

TEST_CASE("no record and a damaged record are no account", "[engine][account]")
{
    testing::SeededRandom random{3};
    MemoryRecords records;
    CHECK_FALSE(Account::load(records));
    through_records(Account::generate(random, created), records);
    auto bytes = *records.read(RecordKind::account, "");
    bytes.resize(bytes.size() / 2);
    RecordOverlay step{records};
    step.write(RecordKind::account, "", bytes);
    records.apply(step.changes());
    CHECK_FALSE(Account::load(records));
}
