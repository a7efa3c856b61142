#include "protocol/binary/codec.hpp"

namespace wagate::binary {

namespace {

class CodecCategory final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "binary"; }
    std::string message(int value) const override
    {
        switch (static_cast<CodecErrc>(value)) {
        case CodecErrc::truncated: return "the input ends inside a value";
        case CodecErrc::bad_tag: return "a byte that cannot start the expected value";
        case CodecErrc::bad_token: return "a token or packed character that does not exist";
        case CodecErrc::bad_jid: return "a JID with invalid parts";
        case CodecErrc::too_deep: return "nodes are nested too deeply";
        case CodecErrc::too_large: return "the frame is too large";
        case CodecErrc::bad_compression: return "compressed data is damaged";
        case CodecErrc::trailing_bytes: return "bytes after the end of the node";
        case CodecErrc::stream_end: return "the peer closed the stream";
        }
        return "unknown codec error";
    }
};

} // namespace

boost::system::error_code make_error_code(CodecErrc error)
{
    static CodecCategory const category;
    return {static_cast<int>(error), category};
}

} // namespace wagate::binary
