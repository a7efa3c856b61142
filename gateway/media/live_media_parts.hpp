#pragma once
// What the files of LiveMedia share. Internal to this folder.
#include "gateway/media/live_media.hpp"
#include "gateway/media/media_errors.hpp"

namespace wagate::gateway {

/// A message with a file, and where that file belongs.
struct LiveMedia::Found {
    Message message;
    message::Media media;
    std::filesystem::path place;
    LocalFile local; ///< as it will be
};

/// What a message says besides its file or link.
struct Surroundings {
    std::vector<Jid> mentions;
    bool mentions_everyone = false;
    std::optional<MessageId> reply_to;
};
/// Wrong input is found before anything is uploaded.
Outcome<Surroundings> surroundings_of(std::vector<std::string> const& mentions,
                                      std::optional<std::string> const& reply_to);

/// All of a small file. @return io_error when it is larger than `most`
Result<Bytes> bytes_of(std::filesystem::path const& file, std::size_t most);

Rejection no_tools();

/// Files in channels are for everybody: they are not encrypted.
bool is_channel(std::string const& chat);

class LiveMedia::Slot {
public:
    explicit Slot(webhooks::FairGate& gate) noexcept : gate_(gate) {}
    Slot(Slot const&) = delete;
    Slot& operator=(Slot const&) = delete;
    ~Slot()
    {
        if (ticket) gate_.leave(ticket);
    }
    webhooks::FairGate::Ticket ticket;

private:
    webhooks::FairGate& gate_;
};

template <class Call>
Task<std::invoke_result_t<Call&>> LiveMedia::in_pool(Call call, std::string lane)
{
    auto running = run_blocking(pool_, std::move(call), std::move(lane));
    auto done = co_await std::move(running);
    if (!done) co_return refused(GatewayErrc::overloaded, "too many files are being worked on");
    co_return std::move(*done);
}

} // namespace wagate::gateway
