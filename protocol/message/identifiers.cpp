#include "protocol/message/identifiers.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"

#include <algorithm>

namespace wagate::message {

MessageId generate_message_id(WallTime now, Jid const& own, RandomSource& random)
{
    auto const digest = crypto::sha256({big_endian(static_cast<std::uint64_t>(unix_seconds(now)), 8),
                                        view(own.user), view("@c.us"), random.bytes(16)});
    return MessageId{"3EB0" + hex_encode_upper(ByteView{digest}.first(9))};
}

std::string participant_hash(std::vector<Jid> const& devices)
{
    std::vector<std::string> names;
    names.reserve(devices.size());
    for (auto const& device : devices)
        names.push_back(device.ad_string());
    std::sort(names.begin(), names.end());
    std::string joined;
    for (auto const& name : names)
        joined += name;
    return "2:" + base64_encode_unpadded(ByteView{crypto::sha256(view(joined))}.first(6));
}

} // namespace wagate::message
