#include "../crypto/known_answers.hpp"
#include "protocol/noise/noise.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::noise;
using namespace wagate::test;

// Values of protocol.md 14; K is counting_key().
TEST_CASE("the state starts with the padded name and the hashed prologue", "[noise][state]")
{
    SymmetricState const state;
    auto const name = "4e6f6973655f58585f32353531395f41455347434d5f53484132353600000000";
    CHECK(hex_encode(state.chaining_key()) == name);
    CHECK(hex_encode(state.key()) == name);
    CHECK(hex_encode(state.hash()) == "ffff0c9267310966f1311170c04b38c79504285bf5edf763e5c946492a50a755");
}

TEST_CASE("a shared secret gives the documented keys", "[noise][state]")
{
    SymmetricState state;
    state.mix_key(counting_key());
    CHECK(hex_encode(state.chaining_key()) ==
          "06120676e180e217fb359782aea8b36b613821cc106862982551371bc837d369");
    CHECK(hex_encode(state.key()) == "eb36ab7f3d6cc7733409d01629f28242caec82821bee42e46fcf0e2b22d634a2");

    auto const [to_server, to_client] = state.split();
    CHECK(hex_encode(to_server) == "0347072b4bc19da53e4762e625d7dffffe679d48f2cea902f99aa87546c10429");
    CHECK(hex_encode(to_client) == "8c49b0c7af8aa9121a31a6cddc4e4f7927673b7143660eef1d1d073ae9862faf");
}

TEST_CASE("two states in step open what the other seals", "[noise][state]")
{
    SymmetricState left;
    SymmetricState right;
    left.mix_key(counting_key());
    right.mix_key(counting_key());
    auto const first = left.encrypt(view("first"));
    auto const second = left.encrypt(view("second"));
    CHECK(right.decrypt(first).value() == to_bytes("first"));
    CHECK(right.decrypt(second).value() == to_bytes("second"));
    CHECK(left.hash() == right.hash());
}

TEST_CASE("a failed decryption leaves the state as it was", "[noise][state]")
{
    SymmetricState left;
    SymmetricState right;
    left.mix_key(counting_key());
    right.mix_key(counting_key());
    auto const sealed = left.encrypt(view("text"));
    auto tampered = sealed;
    tampered[0] ^= 1;
    auto const before = right.hash();
    CHECK(right.decrypt(tampered).error() == NoiseErrc::decryption_failed);
    CHECK(right.decrypt({}).error() == NoiseErrc::decryption_failed);
    CHECK(right.hash() == before);
    CHECK(right.decrypt(sealed).value() == to_bytes("text"));
}

TEST_CASE("what was mixed before is authenticated by each message", "[noise][state]")
{
    SymmetricState left;
    SymmetricState right;
    left.mix_key(counting_key());
    right.mix_key(counting_key());
    left.mix_hash(view("seen by one side only"));
    CHECK(right.decrypt(left.encrypt(view("text"))).error() == NoiseErrc::decryption_failed);
}

TEST_CASE("the counter is the end of the nonce", "[noise][state]")
{
    CHECK(hex_encode(counter_nonce(0)) == "000000000000000000000000");
    CHECK(hex_encode(counter_nonce(0x01020304)) == "000000000000000001020304");
}
