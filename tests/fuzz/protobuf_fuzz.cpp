// Byte 0 chooses one of the places where bytes from outside, or from the database, are read as protobuf:
// whatever they are, a value or a refusal comes back.
#include "protocol/appstate/actions.hpp"
#include "protocol/appstate/key_messages.hpp"
#include "protocol/appstate/sealed.hpp"
#include "protocol/media/retry.hpp"
#include "protocol/message/body.hpp"
#include "protocol/message/content.hpp"
#include "protocol/message/history_notification.hpp"
#include "protocol/message/padding.hpp"
#include "protocol/model/model.hpp"
#include "protocol/noise/certificates.hpp"
#include "protocol/pairing/pairing.hpp"
#include "protocol/pairing/passkey.hpp"
#include "tests/support/seeded_random.hpp"

#include <array>
#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;

Bytes const secret(32, 7);

void require(bool holds, char const* promise)
{
    if (holds) return;
    std::cerr << "broken: " << promise << '\n';
    std::abort();
}

void read_content(ByteView input)
{
    message::parse_content(input);
    message::parse_body(input);
}

void read_padded(ByteView input)
{
    auto const plain = message::unpad(input);
    if (!plain) return;
    require(plain->size() < input.size() && input.size() - plain->size() <= 255,
            "padding has 1 to 255 bytes");
    require(input.back() == input.size() - plain->size(), "the last byte says how many");
    message::parse_body(*plain);
}

void read_event(ByteView input)
{
    if (auto const event = parse_event(input)) {
        auto const stored = serialize(*event);
        auto const again = parse_event(stored);
        require(again.has_value() && serialize(*again) == stored, "an event survives being stored again");
    }
}

void read_message(ByteView input)
{
    if (auto const message = parse_message(input)) {
        auto const stored = serialize(*message);
        auto const again = parse_message(stored);
        require(again.has_value() && serialize(*again) == stored, "a message survives being stored again");
    }
}

void read_key_index_list(ByteView input)
{
    (void)pairing::parse_signed_key_index_list(input);
}

void read_identity(ByteView input)
{
    (void)pairing::parse_signed_identity(input);
    (void)pairing::parse_details(input);
}

void read_container(ByteView input)
{
    static crypto::KeyPair const own{};
    static testing::SeededRandom random{1};
    require(!pairing::verify_pairing_container(input, own, secret, random),
            "no container without the secret is accepted");
}

void read_prologue(ByteView input)
{
    (void)pairing::parse_prologue(input);
    require(!pairing::keeps_commitment(input, secret), "nobody guesses a nonce");
}

void read_primary_opening(ByteView input)
{
    if (auto const opening = pairing::parse_primary_opening(input))
        require(pairing::parse_primary_opening(pairing::make_primary_opening(*opening)).has_value(),
                "an opening survives");
}

void read_sealed_keys(ByteView input)
{
    require(!pairing::open_pairing_keys(input, secret), "no keys without the key are accepted");
}

void read_certificates(ByteView input)
{
    require(!noise::verify_chain(input, secret, secret, 1'790'000'000),
            "no chain of somebody else is accepted");
}

void read_media_answer(ByteView input)
{
    media::RetryNotice notice;
    notice.sealed = to_bytes(input);
    notice.nonce = Bytes(12);
    require(!media::open_media_retry(notice, secret), "no answer without the key is accepted");
}

void read_key_messages(ByteView input)
{
    (void)appstate::parse_key_request(input);
    (void)appstate::parse_key_share(input);
    (void)appstate::parse_key_data(secret, input);
}

void read_action(ByteView input)
{
    for (auto const* name : {"archive", "pin_v1", "mute", "star", "contact", "label_edit", "label_jid",
                             "setting_pushName", "deleteMessageForMe", "something_new"}) {
        auto const index =
            appstate::parse_index(std::string("[\"") + name + R"(","777@lid","3EB0","1","0"])");
        require(index.has_value(), "an index is read");
        (void)appstate::read_action(appstate::Operation::set, *index, input, 3);
        (void)appstate::read_action(appstate::Operation::remove, *index, input, 3);
    }
}

void read_patches(ByteView input)
{
    (void)appstate::parse_patch(input);
    (void)appstate::parse_snapshot(input);
    (void)appstate::parse_blob_reference(input);
    appstate::Patch patch;
    (void)appstate::fill(patch, input);
}

void read_history_notification(ByteView input)
{
    (void)message::parse_history_notification(input);
}

constexpr std::array readers{
    read_content,     read_padded,          read_event,        read_message,
    read_identity,    read_key_index_list,  read_container,    read_prologue,
    read_sealed_keys, read_primary_opening, read_certificates, read_media_answer,
    read_action,      read_key_messages,    read_patches,      read_history_notification};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0) return 0;
    readers[data[0] % readers.size()](ByteView{data + 1, size - 1});
    return 0;
}
