#include "protocol/media/keys.hpp"

namespace wagate::media {

Result<FileKeys> expand_media_key(ByteView media_key, MediaType type)
{
    if (media_key.size() != media_key_bytes) return MediaErrc::bad_key;
    // The last 32 bytes would be a reference key, which nobody uses.
    auto expanded = crypto::hkdf_sha256(media_key, {}, key_info(type), 112);
    auto const bytes = ByteView{expanded};
    FileKeys keys{.iv = Secret{to_array<block_bytes>(bytes.first(16))},
                  .cipher = Secret{to_array<32>(bytes.subspan(16, 32))},
                  .mac = Secret{to_array<32>(bytes.subspan(48, 32))}};
    wipe(expanded);
    return keys;
}

} // namespace wagate::media
