#include "protocol/media/errors.hpp"

namespace wagate::media {
namespace {

class Category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "wagate.media"; }

    std::string message(int value) const override
    {
        switch (static_cast<MediaErrc>(value)) {
        case MediaErrc::bad_key: return "the media key does not have 32 bytes";
        case MediaErrc::truncated: return "the encrypted file is incomplete";
        case MediaErrc::encrypted_hash_mismatch: return "the encrypted file is not the one of the message";
        case MediaErrc::mac_mismatch: return "the MAC of the file is wrong";
        case MediaErrc::bad_padding: return "the padding of the file is malformed";
        case MediaErrc::plain_hash_mismatch: return "the decrypted file is not the one of the message";
        case MediaErrc::length_mismatch: return "the file does not have the announced length";
        case MediaErrc::too_large: return "the file is larger than allowed";
        case MediaErrc::bad_range: return "the range is empty or begins after the end of the file";
        case MediaErrc::bad_path: return "the direct path is malformed";
        case MediaErrc::malformed: return "malformed media stanza";
        case MediaErrc::unsealed: return "the phone answered with an error";
        case MediaErrc::wrong_message: return "the answer is about another message";
        }
        return "unknown media error";
    }
};

} // namespace

boost::system::error_code make_error_code(MediaErrc error)
{
    static Category const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::media
