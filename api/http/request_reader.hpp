#pragma once
// The bytes of a connection as requests (RFC 9112), without sockets. A byte has one meaning or the request is
// refused: whatever a proxy in front might read differently (two lengths, line ends of one character, folded
// fields, chunk extensions, trailers) is no request here.
#include "api/http/message.hpp"

namespace wagate::http {

struct HeadLimits {
    std::size_t bytes = 32 * 1024;       ///< request line and fields together; more gives 431
    std::size_t fields = 100;            ///< more give 431
    std::size_t target_bytes = 8 * 1024; ///< more give 414
};

enum class BodyKind : std::uint8_t { none, length, chunked };

/// A request up to its body.
struct RequestHead {
    Request request; ///< without body and remote
    bool is_http10 = false;
    bool keep_alive = true;
    bool expects_continue = false;
    BodyKind body = BodyKind::none;
    std::uint64_t length = 0; ///< of BodyKind::length
};

/// Reads one head. After `done` or `refused` it is spent.
class HeadReader {
public:
    enum class State : std::uint8_t { more, done, refused };

    explicit HeadReader(HeadLimits const& limits) : limits_(limits) {}

    /// @param bytes all from the beginning of the request; the ones of the call before are not looked at
    /// again
    State look(std::string_view bytes);
    /// With `refused`: what to answer before the connection is closed.
    unsigned status() const noexcept { return status_; }
    /// With `done`: how many bytes the head has.
    std::size_t size() const noexcept { return line_begin_; }
    RequestHead& head() noexcept { return head_; }

private:
    bool request_line(std::string_view line);
    bool target(std::string_view text);
    bool field(std::string_view line);
    bool known_field(std::string_view name, std::string_view value);
    bool finish();
    bool refuse(unsigned status = 400) noexcept
    {
        status_ = status;
        return false;
    }

    HeadLimits limits_;
    RequestHead head_;
    unsigned status_ = 0;
    std::size_t scanned_ = 0;    ///< without a line end in it
    std::size_t line_begin_ = 0; ///< of the line that is not complete
    std::size_t lines_ = 0;
    std::string authority_; ///< of a target in absolute form
    bool is_absolute_ = false;
    bool has_host_ = false;
    bool has_length_ = false;
    bool has_encoding_ = false;
    bool says_close_ = false;
    bool says_keep_alive_ = false;
};

/// Reads the body behind a head.
class BodyReader {
public:
    enum class State : std::uint8_t { more, done, malformed, too_large };

    /// @param most bytes of content
    BodyReader(RequestHead const& head, std::size_t most)
        : kind_(head.body), left_(head.body == BodyKind::length ? head.length : 0), most_(most)
    {}

    /// Takes from the front of `bytes` what belongs to the body, and appends its content to `body`.
    State take(std::string& bytes, std::string& body);

private:
    enum class Place : std::uint8_t { size, size_end, data, data_end, data_line_end, last, last_end };

    State take_chunks(std::string_view bytes, std::size_t& used, std::string& body);

    BodyKind kind_;
    std::uint64_t left_; ///< of the body, or of the chunk
    std::size_t most_;
    std::size_t digits_ = 0;
    Place place_ = Place::size;
};

/// The host without port of a Host field: a name in lower case, or an address without brackets. Nothing when
/// it is none.
std::optional<std::string> host_name(std::string_view field);

/// Whether `word` is one of the words of a comma list, without regard to case.
bool lists_word(std::string_view list, std::string_view word) noexcept;

} // namespace wagate::http
