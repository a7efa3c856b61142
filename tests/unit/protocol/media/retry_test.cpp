#include "protocol/media/retry.hpp"

#include "protocol/base/encoding.hpp"
#include "protocol/crypto/crypto.hpp"
#include "tests/support/seeded_random.hpp"

#include <catch2/catch.hpp>

using namespace wagate;
using namespace wagate::media;
using binary::Node;

namespace {

Bytes const media_key(32, 9);

RetrySubject subject()
{
    return {MessageId{"3EB0AA"}, {"120363000000000001", JidServer::group}, false, Jid::phone("15550002222")};
}

Node notification(RetryAnswer const& answer)
{
    testing::SeededRandom random{1};
    return media_retry_notification(subject(), answer, media_key, random).value();
}

} // namespace

TEST_CASE("the phone understands a request for a new upload", "[media]")
{
    testing::SeededRandom random{1};
    auto const receipt =
        media_retry_receipt(subject(), Jid::phone("15550001111", 5), media_key, random).value();
    CHECK(receipt.jid("to") == Jid::phone("15550001111"));
    CHECK(receipt.child("rmr")->text("from_me") == "false");
    CHECK(open_media_retry_receipt(receipt, media_key).value() == subject());
    CHECK(open_media_retry_receipt(receipt, Bytes(32, 8)).error() ==
          crypto::CryptoErrc::authentication_failed);
    CHECK(open_media_retry_receipt(receipt, Bytes(31)).error() == MediaErrc::bad_key);
}

TEST_CASE("a direct chat has no participant", "[media]")
{
    testing::SeededRandom random{1};
    RetrySubject const direct{MessageId{"A1"}, Jid::phone("15550002222"), true, std::nullopt};
    auto const receipt = media_retry_receipt(direct, Jid::phone("15550001111"), media_key, random).value();
    CHECK_FALSE(receipt.child("rmr")->has("participant"));
    CHECK(open_media_retry_receipt(receipt, media_key).value() == direct);
}

TEST_CASE("the phone's answer says where the file is now", "[media]")
{
    auto const notice =
        parse_media_retry(notification({RetryOutcome::success, "/v/new.enc?oe=1", {1, 2, 3}})).value();
    CHECK(notice.subject == subject());
    CHECK(notice.error_code == 0);
    auto const answer = open_media_retry(notice, media_key).value();
    CHECK(answer.outcome == RetryOutcome::success);
    CHECK(answer.direct_path == "/v/new.enc?oe=1");
    CHECK(answer.message_secret == Bytes{1, 2, 3});
}

TEST_CASE("an answer without a file says why", "[media]")
{
    for (auto const outcome :
         {RetryOutcome::general_error, RetryOutcome::not_found, RetryOutcome::decryption_error}) {
        auto const notice = parse_media_retry(notification({outcome, "", {}})).value();
        CHECK(open_media_retry(notice, media_key).value().outcome == outcome);
    }
    auto const refused = parse_media_retry(media_retry_refusal(subject(), 2)).value();
    CHECK(refused.error_code == 2);
    CHECK(open_media_retry(refused, media_key).error() == MediaErrc::unsealed);
    // A refusal without a code is still one.
    CHECK(parse_media_retry(media_retry_refusal(subject(), 0)).value().error_code == -1);
}

TEST_CASE("an answer moved to another message does not open", "[media]")
{
    auto notice = parse_media_retry(notification({RetryOutcome::success, "/x", {}})).value();
    notice.subject.id = MessageId{"3EB0AB"};
    CHECK(open_media_retry(notice, media_key).error() == crypto::CryptoErrc::authentication_failed);
}

TEST_CASE("every changed byte of an answer is noticed", "[media]")
{
    auto const notice = parse_media_retry(notification({RetryOutcome::success, "/x", {}})).value();
    for (std::size_t i = 0; i < notice.sealed.size(); ++i) {
        auto changed = notice;
        changed.sealed[i] ^= 1;
        CHECK(open_media_retry(changed, media_key).error() == crypto::CryptoErrc::authentication_failed);
    }
}

TEST_CASE("a notification without its parts is malformed", "[media]")
{
    auto const whole = notification({RetryOutcome::success, "/x", {}});
    CHECK(parse_media_retry(Node{"notification"}).error() == MediaErrc::malformed);
    auto part = whole;
    std::erase_if(std::get<binary::Nodes>(part.content),
                  [](Node const& child) { return child.tag == "encrypt"; });
    CHECK(parse_media_retry(part).error() == MediaErrc::malformed);
    auto short_nonce = whole;
    for (auto& child : std::get<binary::Nodes>(short_nonce.content))
        if (child.tag == "encrypt") std::get<binary::Nodes>(child.content)[1].content = Bytes(11);
    CHECK(parse_media_retry(short_nonce).error() == MediaErrc::malformed);
}

TEST_CASE("a piece of history is asked for by its notice alone", "[media]")
{
    testing::SeededRandom random(7);
    RetrySubject subject;
    subject.id = MessageId{"PIECE"};
    subject.is_history = true;
    auto const receipt = media_retry_receipt(subject, Jid::phone("491510000001"), media_key, random).value();
    CHECK(receipt.text("category") == "peer");
    CHECK(receipt.child("rmr") == nullptr);
    CHECK(open_media_retry_receipt(receipt, media_key).value() == subject);
    auto const answer =
        media_retry_notification(subject, {RetryOutcome::success, "/again", {}}, media_key, random).value();
    auto const notice = parse_media_retry(answer).value();
    CHECK(notice.subject == subject);
    CHECK(open_media_retry(notice, media_key)->direct_path == "/again");
}
