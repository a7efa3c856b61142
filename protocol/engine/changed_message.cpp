#include "protocol/engine/changed_message.hpp"

#include "protocol/engine/draft.hpp"

#include <algorithm>

namespace wagate::engine {
namespace {

using message::Media;
using message::Text;
using message::TypedMessage;

constexpr std::size_t max_options = 256; ///< apps offer 12

/// The body of a media message is its file: an edit changes the caption, and may leave out the rest.
bool keeps_file(Media const& before, TypedMessage const& edit)
{
    auto const* media = std::get_if<Media>(&edit.body);
    if (media == nullptr) return std::holds_alternative<Text>(edit.body);
    return media->kind == before.kind && media->file.key.empty();
}

} // namespace

std::optional<Message> edited(Message const& before, TypedMessage const& edit, WallTime time)
{
    if (before.revoked || before.kind == MessageKind::waiting || before.kind == MessageKind::control)
        return std::nullopt;
    if (before.edited && *before.edited > time) return std::nullopt; // a later one is here already
    auto const kind = message::kind_of(edit.body);
    if (kind == message::BodyKind::nothing || !message::is_own_message(kind)) return std::nullopt;

    auto changed = message::parse_body(before.content);
    auto* media = std::get_if<Media>(&changed.body);
    if (media != nullptr && keeps_file(*media, edit))
        media->caption = message::text_of(edit.body);
    else
        changed.body = edit.body;
    changed.context.mentions = edit.context.mentions;
    changed.context.mentions_everyone = edit.context.mentions_everyone;
    changed.context.group_mentions = edit.context.group_mentions;
    if (edit.context.quoted) changed.context.quoted = edit.context.quoted;
    changed.envelope.device_sent_to.reset();

    auto after = before;
    describe(after, message::build_message(changed));
    after.edited = time;
    return after;
}

std::optional<Message> with_options(Message const& before, TypedMessage const& addition)
{
    auto changed = message::parse_body(before.content);
    auto* poll = std::get_if<message::Poll>(&changed.body);
    auto const* added = std::get_if<message::Poll>(&addition.body);
    if (poll == nullptr || added == nullptr) return std::nullopt;
    for (auto const& option : added->options) {
        if (poll->options.size() == max_options) break;
        auto const& known = poll->options;
        if (std::find(known.begin(), known.end(), option) == known.end()) poll->options.push_back(option);
    }
    auto after = before;
    describe(after, message::build_message(changed));
    return after;
}

Message revoked(Message const& before)
{
    auto after = before;
    after.revoked = true;
    after.body.clear();
    after.content.clear();
    after.quoted.reset();
    return after;
}

} // namespace wagate::engine
