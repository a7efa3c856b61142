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
Task<std::invoke_result_t<Call&>> LiveMedia::in_pool(Call call)
{
    auto running = run_blocking(pool_, std::move(call));
    auto done = co_await std::move(running);
    if (!done) co_return refused(GatewayErrc::overloaded, "too many files are being worked on");
    co_return std::move(*done);
}

} // namespace wagate::gateway
