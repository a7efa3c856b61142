// The first byte chooses: any bytes as a patch, a snapshot, a recovery, a blob or a reply are read or
// refused; any content that an author seals with the right keys is applied or refused, and what was read
// means the same when written again.
#include "protocol/appstate/patch.hpp"
#include "protocol/appstate/recovery.hpp"
#include "protocol/appstate/stanzas.hpp"
#include "protocol/binary/codec.hpp"
#include "protocol/proto/appstate.pb.h"
#include "tests/support/random_actions.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;
using namespace wagate::appstate;

Bytes const key_id{0, 0, 0, 0, 0, 1};
Bytes const key_data(32, 7);

void require(bool holds, char const* promise)
{
    if (holds) return;
    std::cerr << "broken: " << promise << '\n';
    std::abort();
}

MutationKeys const& keys()
{
    static MutationKeys const expanded = expand_mutation_keys(key_data);
    return expanded;
}

KeyRing& ring()
{
    static testing::MemoryKeys shared;
    static KeyRing known{shared};
    shared.add(key_id, key_data);
    return known;
}

void read_any(ByteView input)
{
    testing::MemoryTable table;
    CollectionState const before;
    if (auto patch = parse_patch(input)) {
        require(parse_patch(serialize(*patch)).value() == *patch, "a patch survives being sent again");
        require(!apply_patch(before, *patch, ring(), table), "no patch without the keys is accepted");
    }
    if (auto snapshot = parse_snapshot(input)) {
        require(parse_snapshot(serialize(*snapshot)).value() == *snapshot,
                "a snapshot survives being sent again");
        require(!apply_snapshot(Collection::regular, *snapshot, ring()),
                "no snapshot without the keys is accepted");
    }
    Patch patch;
    if (fill(patch, input)) require(!patch.mutations.empty(), "a filled patch has mutations");
    if (auto reference = parse_blob_reference(input))
        require(parse_blob_reference(serialize(*reference)).value() == *reference, "a reference survives");
    for (auto const is_compressed : {false, true}) {
        auto const recovery = parse_recovery(input, is_compressed);
        if (!recovery) continue;
        require(parse_recovery(serialize(*recovery), false).value() == *recovery,
                "a recovered collection survives being sent again");
        auto const applied = apply_recovery(*recovery, ring());
        require(!applied || applied->state == recovery->state, "what is recovered adds up");
    }
    if (auto const index = parse_index(text_view(input)))
        require(parse_index(write_index(*index)) == index, "an index survives being written again");
    if (auto const node = binary::decode(input)) {
        (void)parse_sync_reply(*node);
        (void)parse_sync_request(*node);
        (void)parse_server_sync(*node);
    }
}

/// Everything right but the content.
void read_sealed(ByteView content, Operation operation)
{
    SealedMutation sealed;
    sealed.operation = operation;
    sealed.key_id = key_id;
    proto::SyncActionData data;
    bool const is_data = data.ParseFromArray(content.data(), static_cast<int>(content.size()));
    sealed.index_mac = index_mac(keys(), view(data.index()));
    ByteArray<16> const iv{};
    sealed.ciphertext =
        concat({iv, crypto::aes256_cbc_encrypt(keys().value_encryption.reveal(), iv, content)});
    sealed.value_mac = value_mac(keys(), operation, key_id, sealed.ciphertext);

    CollectionState const before;
    CollectionState after{.collection = before.collection, .version = 1, .hash = {}};
    if (operation == Operation::set) after.hash.add(sealed.value_mac);
    Patch patch;
    patch.mutations = {sealed};
    patch.key_id = key_id;
    patch.snapshot_mac = to_bytes(snapshot_mac(keys(), after));
    patch.patch_mac =
        to_bytes(patch_mac(keys(), patch.snapshot_mac, {sealed.value_mac}, after.version, after.collection));

    testing::MemoryTable table;
    auto const applied = apply_patch(before, parse_patch(serialize(patch)).value(), ring(), table);
    require(applied.has_value() == is_data, "what parses is accepted, and nothing else");
    if (!applied) return;
    require(applied->state == after, "the state is the one of the author");
    auto const& mutation = applied->mutations.at(0);
    auto const again = read_action(Operation::set, index_of(mutation.action),
                                   write_action(mutation.action, mutation.time), mutation.version);
    require(again.action == mutation.action, "an action survives being written again");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    ByteView const input{data + 1, size - 1};
    switch (data[0] % 3) {
    case 0: read_any(input); break;
    case 1: read_sealed(input, Operation::set); break;
    default: read_sealed(input, Operation::remove); break;
    }
    return 0;
}
