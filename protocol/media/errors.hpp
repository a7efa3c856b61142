#pragma once
// Why a media file or a stanza about one is refused.
#include "protocol/base/result.hpp"

namespace wagate::media {

enum class MediaErrc {
    bad_key = 1,             ///< a media key that is not 32 bytes
    truncated,               ///< the file is shorter than block and MAC, or ends inside a block
    encrypted_hash_mismatch, ///< the file is not the one that the message names
    mac_mismatch,            ///< the file was changed, or the key is of another file or type
    bad_padding,             ///< the MAC is right, the padding is not: the sender made it wrong
    plain_hash_mismatch,     ///< what came out is not what the message names
    length_mismatch,         ///< longer or shorter than the message or the request says
    too_large,               ///< more than the caller allows
    bad_range,               ///< a range that is empty or begins after the end
    bad_path,                ///< a direct path that is no path on a media server
    malformed,               ///< a stanza or its content does not parse
    unsealed,                ///< a retry notice that holds an error instead of an answer
    wrong_message,           ///< a retry answer about another message
};

boost::system::error_code make_error_code(MediaErrc error);

} // namespace wagate::media

template <>
struct boost::system::is_error_code_enum<wagate::media::MediaErrc> : std::true_type {};
