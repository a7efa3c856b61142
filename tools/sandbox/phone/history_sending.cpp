// A phone hands its history to companions, piece by piece.
#include "protocol/proto/codec.hpp"
#include "protocol/proto/e2e.pb.h"
#include "tools/sandbox/phone/history.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {
namespace {

constexpr int history_sync_notification = 5;

} // namespace

void Phone::send_history_chunks(std::uint16_t device, HistoryPlan const& plan, std::int32_t type)
{
    HistoryMaker const maker{plan, account_.phone, network_.now_seconds(), type};
    for (std::uint32_t index = 0; index < maker.chunks(); ++index) {
        auto const chunk = maker.chunk(index);
        proto::Message message;
        auto& protocol = *message.mutable_protocol_message();
        protocol.set_type(history_sync_notification);
        auto& notice = *protocol.mutable_history_sync_notification();
        notice.set_sync_type(chunk.type);
        notice.set_chunk_order(static_cast<std::uint32_t>(chunk.order));
        notice.set_progress(static_cast<std::uint32_t>(chunk.progress));
        notice.set_initial_hist_bootstrap_inline_payload(to_text(chunk.packed));
        send_peer(device, message);
        network_.count("history_chunks");
    }
}

} // namespace wagate::sandbox
