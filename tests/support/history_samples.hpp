#pragma once
// Pieces of history as a phone makes them.
#include "protocol/base/bytes.hpp"
#include "protocol/proto/e2e.pb.h"
#include "protocol/proto/history.pb.h"

#include <zlib.h>

#include <optional>
#include <vector>

namespace wagate::testing {

/// A serialized HistorySync.
class HistorySample {
public:
    struct Said {
        std::string id;
        std::string text;
        std::int64_t seconds = 1'700'000'000;
        bool from_me = false;
        std::optional<int> status = {};
        std::string participant = {};
    };

    HistorySample& chat(std::string const& jid, std::vector<Said> const& messages,
                        proto::HistoryConversation about = {})
    {
        about.set_id(jid);
        std::string chat;
        field(chat, 1, jid);
        for (auto const& said : messages) {
            proto::HistoryMessage message;
            auto& info = *message.mutable_message();
            info.mutable_key()->set_remote_jid(jid);
            info.mutable_key()->set_id(said.id);
            info.mutable_key()->set_from_me(said.from_me);
            info.set_message_timestamp(static_cast<std::uint64_t>(said.seconds));
            if (said.status) info.set_status(*said.status);
            if (!said.participant.empty()) info.set_participant(said.participant);
            proto::Message content;
            content.set_conversation(said.text);
            info.set_message(content.SerializeAsString());
            field(chat, 2, message.SerializeAsString());
        }
        about.clear_id();
        chat += about.SerializeAsString();
        field(bytes_, 2, chat);
        return *this;
    }
    /// One message with any content.
    HistorySample& chat_of(std::string const& jid, std::string const& id, Bytes const& content)
    {
        proto::HistoryMessage message;
        auto& info = *message.mutable_message();
        info.set_message(to_text(content));
        return chat_with(jid, id, message);
    }
    /// One message that is starred, and pinned for a day.
    HistorySample& marked(std::string const& jid, std::string const& id, std::int64_t pinned_seconds)
    {
        proto::HistoryMessage message;
        auto& info = *message.mutable_message();
        proto::Message content;
        content.set_conversation("marked");
        info.set_message(content.SerializeAsString());
        info.set_starred(true);
        auto& pin = *info.mutable_pin_in_chat();
        pin.set_type(1);
        pin.set_server_timestamp_ms(pinned_seconds * 1'000);
        pin.mutable_message_add_on_context_info()->set_message_add_on_duration_in_secs(86'400);
        return chat_with(jid, id, message);
    }
    HistorySample& name(std::string const& jid, std::string const& name)
    {
        proto::HistoryPushName entry;
        entry.set_id(jid);
        entry.set_pushname(name);
        field(bytes_, 7, entry.SerializeAsString());
        return *this;
    }
    HistorySample& pair(std::string const& phone, std::string const& lid)
    {
        proto::HistoryLidMapping entry;
        entry.set_pn_jid(phone);
        entry.set_lid_jid(lid);
        field(bytes_, 15, entry.SerializeAsString());
        return *this;
    }
    HistorySample& raw(std::string const& bytes)
    {
        bytes_ += bytes;
        return *this;
    }
    Bytes packed() const
    {
        uLongf size = compressBound(static_cast<uLong>(bytes_.size()));
        Bytes packed(size);
        compress(packed.data(), &size, reinterpret_cast<Bytef const*>(bytes_.data()),
                 static_cast<uLong>(bytes_.size()));
        packed.resize(size);
        return packed;
    }
    /// The peer message that brings it.
    Bytes notification(int type, int chunk = 1, int progress = 100, std::string const& request = {}) const
    {
        proto::Message content;
        content.mutable_protocol_message()->set_type(5);
        auto& sent = *content.mutable_protocol_message()->mutable_history_sync_notification();
        sent.set_sync_type(type);
        sent.set_chunk_order(static_cast<std::uint32_t>(chunk));
        sent.set_progress(static_cast<std::uint32_t>(progress));
        sent.set_initial_hist_bootstrap_inline_payload(to_text(packed()));
        if (!request.empty()) sent.set_peer_data_request_session_id(request);
        return to_bytes(content.SerializeAsString());
    }

    /// The peer message that tells of a file with it. @param path of the file; also its hashes come from it
    static Bytes file_notification(int type, std::string const& path, std::string const& replaces = {},
                                   std::string const& request = {})
    {
        proto::Message content;
        content.mutable_protocol_message()->set_type(5);
        auto& sent = *content.mutable_protocol_message()->mutable_history_sync_notification();
        sent.set_sync_type(type);
        sent.set_chunk_order(1);
        sent.set_progress(100);
        sent.set_direct_path(path);
        sent.set_media_key(std::string(32, 'k'));
        sent.set_file_sha256(std::string(32, 'p'));
        sent.set_file_enc_sha256(std::string(32, 'e'));
        sent.set_file_length(1'000);
        if (!replaces.empty()) sent.set_original_message_id(replaces);
        if (!request.empty()) sent.set_peer_data_request_session_id(request);
        return to_bytes(content.SerializeAsString());
    }

    static void field(std::string& out, unsigned number, std::string const& value)
    {
        varint(out, number << 3 | 2);
        varint(out, value.size());
        out += value;
    }

private:
    HistorySample& chat_with(std::string const& jid, std::string const& id, proto::HistoryMessage& message)
    {
        auto& info = *message.mutable_message();
        info.mutable_key()->set_remote_jid(jid);
        info.mutable_key()->set_id(id);
        info.set_message_timestamp(1'700'000'000);
        std::string chat;
        field(chat, 1, jid);
        field(chat, 2, message.SerializeAsString());
        field(bytes_, 2, chat);
        return *this;
    }
    static void varint(std::string& out, std::uint64_t value)
    {
        for (; value >= 0x80; value >>= 7)
            out += static_cast<char>(value | 0x80);
        out += static_cast<char>(value);
    }
    std::string bytes_;
};

} // namespace wagate::testing
