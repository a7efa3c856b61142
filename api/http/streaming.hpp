#pragma once
// An answer's body that is written piece by piece.
#include "api/http/message.hpp"

namespace wagate::http {

/// Queues nothing: a consumer that does not read holds up its writer, up to the server's limit for one write.
class BodyWriter {
public:
    virtual ~BodyWriter() = default;
    /// Sends the piece at once. One call at a time. @return an error when the client is gone or reads too
    /// slowly; nothing may be written any more then.
    virtual Task<Result<void>> write(std::string piece) = 0;
};

} // namespace wagate::http
