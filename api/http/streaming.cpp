#include "api/http/streaming.hpp"

#include "api/http/connection.hpp"
#include "api/http/problem.hpp"
#include "gateway/telemetry/log.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <charconv>

namespace wagate::http {
namespace asio = boost::asio;
namespace {

/// `work`, with whether it threw; cancellation is passed on.
Task<void> noting_failure(Task<void> work, bool& has_failed)
{
    try {
        co_await std::move(work);
    } catch (boost::system::system_error const& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        has_failed = true;
        log::error("stream failed", {{"error", error.what()}});
    } catch (std::exception const& error) {
        has_failed = true;
        log::error("stream failed", {{"error", error.what()}});
    }
}

Task<void> then(Task<void> work, std::function<void()> action)
{
    co_await std::move(work);
    action();
}

class ChunkWriter final : public BodyWriter {
public:
    ChunkWriter(Connection& connection, bool chunked, Duration limit)
        : connection_(connection), chunked_(chunked), limit_(limit)
    {}

    Task<Result<void>> write(std::string piece) override
    {
        if (piece.empty()) co_return Result<void>(); // would be the end
        std::array<char, 18> size{};
        auto const digits = std::to_chars(size.data(), size.data() + 16, piece.size(), 16);
        std::string frame;
        if (chunked_) {
            frame.reserve(piece.size() + size.size() + 4);
            frame.append(size.data(), digits.ptr).append("\r\n").append(piece).append("\r\n");
        } else {
            frame = std::move(piece);
        }
        auto sending = send(std::move(frame), limit_);
        co_return co_await std::move(sending);
    }

    Task<Result<void>> write_head(std::string head)
    {
        auto sending = send(std::move(head), limit_);
        co_return co_await std::move(sending);
    }

    Task<void> finish()
    {
        if (is_broken_ || !chunked_) co_return;
        std::string end = "0\r\n\r\n";
        auto sending = send(std::move(end), farewell_limit);
        static_cast<void>(co_await std::move(sending));
    }

private:
    Task<Result<void>> send(std::string bytes, Duration limit)
    {
        if (is_broken_) co_return ErrorCode(asio::error::broken_pipe);
        connection_.deadline = Clock::now() + limit;
        auto const buffer = asio::buffer(bytes);
        auto token = uncancelled();
        auto const [error, size] = co_await asio::async_write(connection_.stream, buffer, token);
        is_broken_ = is_broken_ || static_cast<bool>(error);
        if (!is_broken_) connection_.deadline = Clock::time_point::max();
        if (error) co_return error;
        co_return Result<void>();
    }

    Connection& connection_;
    bool chunked_;
    Duration limit_;
    bool is_broken_ = false;
};

Task<void> store_answer(LateAnswer const& later, std::optional<Response>& answer)
{
    auto waiting = later();
    answer = co_await std::move(waiting);
}

constexpr std::size_t dropped_bytes = 4u << 20; ///< of a client that goes on sending

} // namespace

Task<void> linger(Connection& connection)
{
    connection.stream.shutdown_send();
    connection.deadline = Clock::now() + std::chrono::seconds(2);
    std::array<char, 8192> sink{};
    auto const space = asio::buffer(sink);
    for (std::size_t total = 0; total < dropped_bytes;) {
        auto const [error, size] = co_await connection.stream.async_read_some(space, awaited);
        if (error) co_return;
        total += size;
    }
}

Task<Ending> attend(Connection& connection, Task<void> work, Task<void> watch,
                    std::function<Task<void>(Ending)> farewell)
{
    // Not thrown out of here before the children are joined, even when this is cancelled.
    bool const throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const executor = connection.stream.get_executor();
    TaskGroup working(executor);
    TaskGroup watching(executor);
    auto ending = Ending::finished;
    bool has_failed = false;
    auto const end = [&](Ending why) {
        if (working.size() == 0) return;
        ending = why;
        // What is being written may end, but not for long.
        connection.deadline = std::min(connection.deadline, Clock::now() + farewell_limit);
        working.cancel();
    };
    connection.on_stop = [&] { end(Ending::stopped); };
    working.spawn("stream", noting_failure(std::move(work), has_failed));
    watching.spawn("stream peer", then(std::move(watch), [&] { end(Ending::peer_left); }));
    if (connection.is_stopping) end(Ending::stopped);
    co_await working.join();
    connection.on_stop = {};
    auto const own = co_await asio::this_coro::cancellation_state;
    if (own.cancelled() != asio::cancellation_type::none) ending = Ending::stopped;
    if (has_failed && ending == Ending::finished) ending = Ending::failed;
    if (farewell && ending != Ending::peer_left) {
        auto leaving = farewell(ending);
        co_await std::move(leaving);
    }
    watching.cancel();
    co_await watching.join();
    co_await asio::this_coro::throw_if_cancelled(throws);
    co_return ending;
}

Task<void> peer_closed(Connection& connection)
{
    using Peer = transport::SocketStream::Peer;
    auto state = connection.stream.peer();
    while (state == Peer::quiet) {
        auto waiting = connection.stream.wait_readable();
        auto const error = co_await std::move(waiting);
        if (error) co_return;
        state = connection.stream.peer();
    }
    if (state == Peer::gone) co_return;
    // It has sent something, the next request perhaps: nothing can be told from the socket any more.
    co_await sleep_for(std::chrono::hours(24 * 365));
}

Task<std::optional<Response>> late_answer(Connection& connection, Response response)
{
    std::optional<Response> answer;
    auto work = store_answer(response.later, answer);
    auto attending = attend(connection, std::move(work), peer_closed(connection));
    auto const ending = co_await std::move(attending);
    connection.deadline = Clock::time_point::max();
    if (ending == Ending::peer_left) co_return std::nullopt;
    if (answer) co_return answer;
    if (ending == Ending::stopped) co_return try_again_later(503, "The server is shutting down", 5);
    co_return problem(500, "Internal server error");
}

Task<void> stream_body(Connection& connection, Response response, bool chunked, Duration write_limit)
{
    ChunkWriter writer(connection, chunked && !response.stream_bytes, write_limit);
    auto opening = writer.write_head(stream_head(response, chunked));
    auto const opened = co_await std::move(opening);
    if (!opened) co_return;
    auto const farewell = [&writer](Ending ending) -> Task<void> {
        // Without the last chunk the client knows that something is missing.
        if (ending == Ending::failed) co_return;
        co_await writer.finish();
    };
    auto attending = attend(connection, response.stream(writer), peer_closed(connection), farewell);
    co_await std::move(attending);
}

} // namespace wagate::http
