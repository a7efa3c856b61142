// Any bytes as a file are refused; what is encrypted comes back whole and in parts, however it is cut, and a
// changed byte is noticed. Byte 0 chooses, byte 1 gives the size of the chunks, bytes 2 and 3 a position.
#include "protocol/binary/codec.hpp"
#include "protocol/media/decryptor.hpp"
#include "protocol/media/encryptor.hpp"
#include "protocol/media/media_conn.hpp"
#include "protocol/media/range.hpp"
#include "protocol/media/retry.hpp"
#include "protocol/media/urls.hpp"

#include <cstdlib>
#include <iostream>

namespace {

using namespace wagate;
using namespace wagate::media;

Bytes const media_key(32, 7);

void require(bool holds, char const* promise)
{
    if (holds) return;
    std::cerr << "broken: " << promise << '\n';
    std::abort();
}

FileKeys const& keys()
{
    static FileKeys const expanded = expand_media_key(media_key, MediaType::video).value();
    return expanded;
}

template <class Take>
Result<void> in_chunks(ByteView bytes, std::size_t chunk_bytes, Take take)
{
    while (!bytes.empty()) {
        auto const chunk = bytes.first(std::min(chunk_bytes, bytes.size()));
        WAGATE_CHECK_OK(take(chunk));
        bytes = bytes.subspan(chunk.size());
    }
    return {};
}

Result<Bytes> decrypt(ByteView file, std::size_t chunk_bytes)
{
    constexpr std::size_t limit = 1u << 20;
    Bytes plain;
    Decryptor decryptor{keys(), {}, limit};
    WAGATE_CHECK_OK(
        in_chunks(file, chunk_bytes, [&](ByteView chunk) { return decryptor.update(chunk, plain); }));
    WAGATE_TRY(auto const length, decryptor.finish(plain));
    require(length == plain.size() && length <= limit, "the length is the one of the output");
    return plain;
}

void any_file(ByteView file, std::size_t chunk_bytes)
{
    auto const outcome = decrypt(file, chunk_bytes);
    require(outcome.has_error(), "no file without the keys is accepted");
    require(decrypt(file, file.size() + 1).error() == outcome.error(), "how it is cut does not matter");
}

void own_file(ByteView plain, std::size_t chunk_bytes, std::size_t position)
{
    Bytes file;
    Encryptor encryptor{keys(), Encryptor::Sidecar::yes};
    (void)in_chunks(plain, chunk_bytes, [&](ByteView chunk) -> Result<void> {
        encryptor.update(chunk, file);
        return {};
    });
    auto const facts = encryptor.finish(file);
    require(file.size() == encrypted_size(plain.size()) && facts.encrypted_bytes == file.size(),
            "sizes are known before");
    require(facts.encrypted_sha256 == crypto::sha256(file), "the hash is the one of the file");
    require(facts.sidecar.size() == (file.size() + 16 + 65'535) / 65'536 * 10, "ten bytes for each 64 KiB");
    require(equal(decrypt(file, chunk_bytes).value(), plain), "a file comes back");

    if (auto const plan = plan_range(position, chunk_bytes, plain.size())) {
        Bytes part;
        RangeDecryptor range{keys(), *plan};
        auto const wire =
            ByteView{file}.subspan(plan->request_first, plan->request_last - plan->request_first + 1);
        require(in_chunks(wire, chunk_bytes, [&](ByteView chunk) { return range.update(chunk, part); })
                        .has_value() &&
                    range.finish().has_value(),
                "a range is read");
        require(equal(part, plain.subspan(position, static_cast<std::size_t>(plan->take))),
                "a range is a part");
    }
    file[position % file.size()] ^= 1;
    require(decrypt(file, chunk_bytes).error() == MediaErrc::mac_mismatch, "a changed byte is noticed");
}

/// The MAC is right, so whoever made the file had the key: what is inside of it is anything.
void own_blocks(ByteView blocks, std::size_t chunk_bytes)
{
    blocks = blocks.first(blocks.size() / block_bytes * block_bytes);
    auto file = to_bytes(blocks);
    auto const code = crypto::hmac_sha256(keys().mac.reveal(), {ByteView{keys().iv.reveal()}, blocks});
    append(file, ByteView{code}.first(file_mac_bytes));
    auto const plain = decrypt(file, chunk_bytes);
    if (!plain) {
        auto const expected = blocks.empty() ? MediaErrc::truncated : MediaErrc::bad_padding;
        require(plain.error() == expected, "only its padding can be wrong");
        return;
    }
    auto const padding = blocks.size() - plain->size();
    require(padding >= 1 && padding <= block_bytes, "padding fills one block at most");
    require(crypto::aes256_cbc_decrypt(keys().cipher.reveal(), keys().iv.reveal(), blocks).value() == *plain,
            "it is what the whole gives at once");
}

void any_stanza(ByteView input)
{
    if (auto const path = download_path(text_view(input), Bytes(32), MediaType::image))
        require(path->find_first_of(" \r\n#\\") == std::string::npos || path->find('\\') > 1,
                "a path stays a path");
    auto const node = binary::decode(input);
    if (!node) return;
    if (auto const connection = parse_media_conn(*node))
        require(!connection->hosts.empty(), "a connection has hosts");
    if (auto const notice = parse_media_retry(*node))
        require(!open_media_retry(*notice, media_key), "no answer without the key is accepted");
    require(!open_media_retry_receipt(*node, media_key), "no request without the key is accepted");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 4) return 0;
    ByteView const input{data + 4, size - 4};
    auto const chunk_bytes = std::size_t{1} + data[1];
    auto const position = static_cast<std::size_t>(read_big_endian(ByteView{data + 2, 2}));
    switch (data[0] % 4) {
    case 0: any_file(input, chunk_bytes); break;
    case 1: own_file(input, chunk_bytes, position); break;
    case 3: own_blocks(input, chunk_bytes); break;
    default: any_stanza(input); break;
    }
    return 0;
}
