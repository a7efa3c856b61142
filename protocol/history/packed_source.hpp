#pragma once
// Where packed history comes from: memory, or a file that somebody else opened. Read from the start as often
// as it is wanted.
#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

#include <memory>

namespace wagate::history {

class PackedSource {
public:
    virtual ~PackedSource() = default;
    /// What comes next is the start again.
    virtual Result<void> rewind() = 0;
    /// The next bytes, valid until the next call; empty at the end.
    virtual Result<ByteView> next() = 0;
};

/// Bytes that are here.
class PackedBytes final : public PackedSource {
public:
    explicit PackedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
    Result<void> rewind() override
    {
        is_given_ = false;
        return {};
    }
    Result<ByteView> next() override
    {
        return std::exchange(is_given_, true) ? ByteView{} : ByteView{bytes_};
    }

private:
    Bytes bytes_;
    bool is_given_ = false;
};

} // namespace wagate::history
