// Files at a virtual phone: sending, reading, and uploading again what the servers no longer have
// (protocol.md 8.2, 8.5, 8.6).
#include "protocol/media/decryptor.hpp"
#include "protocol/media/encryptor.hpp"
#include "protocol/media/retry.hpp"
#include "protocol/message/compose.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/network.hpp"
#include "tools/sandbox/server/stanzas.hpp"

namespace wagate::sandbox {

namespace {

constexpr int not_on_phone = 2;

media::MediaType type_of(message::MediaKind kind)
{
    using message::MediaKind;
    switch (kind) {
    case MediaKind::video:
    case MediaKind::gif:
    case MediaKind::video_note: return media::MediaType::video;
    case MediaKind::audio:
    case MediaKind::voice: return media::MediaType::audio;
    case MediaKind::document: return media::MediaType::document;
    case MediaKind::sticker: return media::MediaType::sticker;
    case MediaKind::image: break;
    }
    return media::MediaType::image;
}

} // namespace

message::MediaFile Phone::upload(media::MediaType type, ByteView content)
{
    auto const key = network_.random().bytes(media::media_key_bytes);
    media::Encryptor encryptor{media::expand_media_key(key, type).value()};
    Bytes encrypted;
    encrypted.reserve(content.size() + 64);
    encryptor.update(content, encrypted);
    auto const made = encryptor.finish(encrypted);
    message::MediaFile file;
    file.key = message::SharedSecret{key};
    file.key_time = wall_from_seconds(network_.now_seconds());
    file.sha256 = to_bytes(made.plain_sha256);
    file.encrypted_sha256 = to_bytes(made.encrypted_sha256);
    file.length = made.plain_bytes;
    file.direct_path = network_.media().put(type, std::move(encrypted));
    file.url = "https://mmg.whatsapp.net" + file.direct_path;
    return file;
}

void Phone::upload(OutgoingMedia& media)
{
    auto& facts = media.facts;
    auto uploaded = upload(type_of(facts.kind), media.content);
    uploaded.mimetype = facts.file.mimetype;
    facts.file = std::move(uploaded);
}

std::string Phone::send_media(Account& to, OutgoingMedia media, JidServer form)
{
    upload(media);
    auto& facts = media.facts;
    ChatMessage message;
    message.text = facts.caption;
    message.form = form;
    message.content = message::build_message(message::new_media(std::move(facts)));
    return send_content(to, std::move(message));
}

Result<Bytes> Phone::file_of(std::string const& id)
{
    auto const* message = find_message(id);
    if (message == nullptr) return media::MediaErrc::bad_path;
    auto const body = message::parse_body(message->content).body;
    auto const* facts = message::file_of(body);
    auto const* file = facts == nullptr ? nullptr : network_.media().find(facts->file.encrypted_sha256);
    if (file == nullptr || facts->file.sha256.size() != 32) return media::MediaErrc::bad_path;
    WAGATE_TRY(auto const keys, media::expand_media_key(facts->file.key.reveal(), type_of(facts->kind)));
    media::ExpectedFile expected;
    expected.plain_sha256 = to_array<32>(facts->file.sha256);
    expected.plain_bytes = facts->file.length;
    media::Decryptor decryptor{keys, expected, file->size()};
    Bytes plain;
    plain.reserve(file->size());
    WAGATE_CHECK_OK(decryptor.update(*file, plain));
    WAGATE_CHECK_OK(decryptor.finish(plain));
    return plain;
}

void Phone::on_media_retry(binary::Node const& receipt)
{
    if (upload_piece_again(receipt)) return;
    auto const device = receipt.jid("from");
    auto const* message = find_message(receipt.text("id"));
    if (!device) return;
    media::RetrySubject subject;
    subject.id = MessageId{receipt.text("id")};
    if (auto const* asked = receipt.child("rmr")) {
        subject.chat = asked->jid("jid").value_or(Jid{});
        subject.from_me = asked->text("from_me") == "true";
        subject.participant = asked->jid("participant");
    }
    auto answer = media::media_retry_refusal(subject, not_on_phone);
    auto const body =
        message == nullptr ? message::MessageBody{} : message::parse_body(message->content).body;
    if (auto const* facts = std::get_if<message::Media>(&body)) {
        auto const& key = facts->file.key.reveal();
        auto const request = media::open_media_retry_receipt(receipt, key);
        if (!request) {
            network_.count("phone_bad_media_retries");
            return;
        }
        auto const path = network_.media().faults.lost_by_phones
                              ? std::nullopt
                              : network_.media().upload_again(facts->file.encrypted_sha256);
        if (path) {
            media::RetryAnswer const given{media::RetryOutcome::success, *path, {}};
            if (auto sealed = media::media_retry_notification(*request, given, key, network_.random()))
                answer = std::move(*sealed);
        }
    }
    network_.count("phone_media_retries");
    answer.set("from", account_.phone_jid()).set("t", network_.now_seconds());
    network_.deliver(account_, device->device, DeliveryKind::notification, std::move(answer));
}

} // namespace wagate::sandbox
