#pragma once
// Lists, buttons, flows, products and orders. See mapping.hpp.
#include "protocol/message/kinds.hpp"
#include "protocol/message/map_kinds.hpp"

namespace wagate::message {

template <bool Reading>
void map_fields(Value<Reading, List::Row>& value, Proto<Reading, proto::ListMessage::Row>& proto)
{
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.description, description);
    WAGATE_MAP(value.id, row_id);
}

template <bool Reading>
void map_fields(Value<Reading, List::Section>& value, Proto<Reading, proto::ListMessage::Section>& proto)
{
    WAGATE_MAP(value.title, title);
    WAGATE_MAP_LIST(value.rows, rows);
}

template <bool Reading>
void map_fields(Value<Reading, List>& value, Proto<Reading, proto::ListMessage>& proto)
{
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.description, description);
    WAGATE_MAP(value.button, button_text);
    WAGATE_MAP(value.footer, footer_text);
    WAGATE_MAP_ALWAYS(value.type, list_type);
    WAGATE_MAP_LIST(value.sections, sections);
}

template <bool Reading>
void map_fields(Value<Reading, ListReply>& value, Proto<Reading, proto::ListResponseMessage>& proto)
{
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.description, description);
    if constexpr (Reading) {
        value.row_id = proto.single_select_reply().selected_row_id();
    } else {
        proto.set_list_type(1); // single choice, the only one that has answers
        proto.mutable_single_select_reply()->set_selected_row_id(value.row_id);
    }
}

/// A kind inside another one, as bytes. A damaged one is left out.
template <bool Reading, class P, class T, class Bytestring>
void map_inner(T& value, Bytestring& bytes)
{
    P inner;
    if constexpr (Reading) {
        if (read_proto(inner, view(bytes))) map_fields<true>(value, inner);
    } else {
        map_fields<false>(value, inner);
        bytes = inner.SerializeAsString();
    }
}

template <bool Reading>
void map_fields(Value<Reading, Buttons::Button>& value, Proto<Reading, proto::ButtonsMessage::Button>& proto)
{
    WAGATE_MAP(value.id, button_id);
    WAGATE_MAP_ALWAYS(value.type, type);
    if constexpr (Reading) {
        value.text = proto.button_text().display_text();
        value.flow_name = proto.native_flow_info().name();
        value.flow_params = proto.native_flow_info().params_json();
    } else {
        if (!value.text.empty()) proto.mutable_button_text()->set_display_text(value.text);
        if (!value.flow_name.empty()) proto.mutable_native_flow_info()->set_name(value.flow_name);
        if (!value.flow_params.empty()) proto.mutable_native_flow_info()->set_params_json(value.flow_params);
    }
}

/// The file above buttons. `Header` is any message with the fields of one.
template <class Header>
void read_header_media(std::optional<Media>& value, Header const& proto)
{
    auto const media = [&](MediaKind kind) -> Media& {
        value.emplace().kind = kind;
        return *value;
    };
    if (proto.has_document_message())
        map_inner<true, proto::DocumentMessage>(media(MediaKind::document), proto.document_message());
    else if (proto.has_image_message())
        map_inner<true, proto::ImageMessage>(media(MediaKind::image), proto.image_message());
    else if (proto.has_video_message())
        map_inner<true, proto::VideoMessage>(media(MediaKind::video), proto.video_message());
}

template <class Header>
void write_header_media(Media const& value, Header& proto)
{
    switch (value.kind) {
    case MediaKind::image:
        map_inner<false, proto::ImageMessage>(value, *proto.mutable_image_message());
        break;
    case MediaKind::video:
    case MediaKind::gif: map_inner<false, proto::VideoMessage>(value, *proto.mutable_video_message()); break;
    default: map_inner<false, proto::DocumentMessage>(value, *proto.mutable_document_message());
    }
}

inline void read_header(Buttons& value, proto::ButtonsMessage const& proto)
{
    read_header_media(value.header_media, proto);
    if (!value.header_media && proto.has_location_message())
        map_inner<true, proto::LocationMessage>(value.header_location.emplace(), proto.location_message());
}

inline void write_header(Buttons const& value, proto::ButtonsMessage& proto)
{
    if (value.header_location)
        map_inner<false, proto::LocationMessage>(*value.header_location, *proto.mutable_location_message());
    if (value.header_media) write_header_media(*value.header_media, proto);
}

template <bool Reading>
void map_fields(Value<Reading, Buttons>& value, Proto<Reading, proto::ButtonsMessage>& proto)
{
    WAGATE_MAP(value.header, header_text);
    WAGATE_MAP(value.text, content_text);
    WAGATE_MAP(value.footer, footer_text);
    WAGATE_MAP_ALWAYS(value.header_type, header_type);
    WAGATE_MAP_LIST(value.buttons, buttons);
    if constexpr (Reading)
        read_header(value, proto);
    else
        write_header(value, proto);
}

template <bool Reading>
void map_fields(Value<Reading, ButtonReply>& value, Proto<Reading, proto::ButtonsResponseMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.id, selected_button_id);
    WAGATE_MAP(value.text, selected_display_text);
    if constexpr (!Reading) proto.set_type(1); // with the text that the button showed
}

template <bool Reading>
void map_fields(Value<Reading, TemplateButtons::Button>& value,
                Proto<Reading, proto::TemplateMessage::HydratedTemplateButton>& proto)
{
    WAGATE_MAP(value.index, index);
    if constexpr (Reading) {
        if (proto.has_quick_reply_button()) {
            value.text = proto.quick_reply_button().display_text();
            value.id = proto.quick_reply_button().id();
        } else if (proto.has_url_button()) {
            value.text = proto.url_button().display_text();
            value.url = proto.url_button().url();
        } else {
            value.text = proto.call_button().display_text();
            value.phone = proto.call_button().phone_number();
        }
    } else if (!value.url.empty()) {
        proto.mutable_url_button()->set_display_text(value.text);
        proto.mutable_url_button()->set_url(value.url);
    } else if (!value.phone.empty()) {
        proto.mutable_call_button()->set_display_text(value.text);
        proto.mutable_call_button()->set_phone_number(value.phone);
    } else {
        proto.mutable_quick_reply_button()->set_display_text(value.text);
        proto.mutable_quick_reply_button()->set_id(value.id);
    }
}

template <bool Reading>
void map_fields(Value<Reading, TemplateButtons>& value,
                Proto<Reading, proto::TemplateMessage::HydratedFourRowTemplate>& proto)
{
    WAGATE_MAP(value.title, hydrated_title_text);
    WAGATE_MAP_ALWAYS(value.text, hydrated_content_text);
    WAGATE_MAP(value.footer, hydrated_footer_text);
    WAGATE_MAP(value.template_id, template_id);
    WAGATE_MAP_LIST(value.buttons, hydrated_buttons);
}

/// Apps put the same template into two fields; one of them is enough.
template <bool Reading>
void map_fields(Value<Reading, TemplateButtons>& value, Proto<Reading, proto::TemplateMessage>& proto)
{
    if constexpr (Reading) {
        map_fields<true>(value, proto.has_hydrated_template() ? proto.hydrated_template()
                                                              : proto.hydrated_four_row_template());
        if (value.template_id.empty()) value.template_id = proto.template_id();
    } else {
        map_fields<false>(value, *proto.mutable_hydrated_template());
    }
}

template <bool Reading>
void map_fields(Value<Reading, TemplateReply>& value,
                Proto<Reading, proto::TemplateButtonReplyMessage>& proto)
{
    WAGATE_MAP_ALWAYS(value.id, selected_id);
    WAGATE_MAP(value.text, selected_display_text);
    WAGATE_MAP_ALWAYS(value.index, selected_index);
    WAGATE_MAP(value.card_index, selected_carousel_card_index);
}

template <bool Reading>
void map_fields(Value<Reading, Interactive::Button>& value,
                Proto<Reading, proto::InteractiveMessage::NativeFlowButton>& proto)
{
    WAGATE_MAP(value.name, name);
    WAGATE_MAP(value.params, button_params_json);
}

template <bool Reading>
void map_fields(Value<Reading, Interactive>& value,
                Proto<Reading, proto::InteractiveMessage::NativeFlowMessage>& proto)
{
    WAGATE_MAP_LIST(value.buttons, buttons);
    WAGATE_MAP(value.params, message_params_json);
    WAGATE_MAP(value.version, message_version);
}

template <bool Reading>
void map_fields(Value<Reading, Interactive>& value, Proto<Reading, proto::InteractiveMessage>& proto)
{
    if constexpr (Reading) {
        value.title = proto.header().title();
        value.subtitle = proto.header().subtitle();
        read_header_media(value.header_media, proto.header());
        value.text = proto.body().text();
        value.footer = proto.footer().text();
        map_fields<true>(value, proto.native_flow_message());
    } else {
        if (!value.title.empty()) proto.mutable_header()->set_title(value.title);
        if (!value.subtitle.empty()) proto.mutable_header()->set_subtitle(value.subtitle);
        if (value.header_media) {
            proto.mutable_header()->set_has_media_attachment(true);
            write_header_media(*value.header_media, *proto.mutable_header());
        }
        proto.mutable_body()->set_text(value.text);
        if (!value.footer.empty()) proto.mutable_footer()->set_text(value.footer);
        map_fields<false>(value, *proto.mutable_native_flow_message());
    }
}

template <bool Reading>
void map_fields(Value<Reading, InteractiveReply>& value,
                Proto<Reading, proto::InteractiveResponseMessage::NativeFlowResponseMessage>& proto)
{
    WAGATE_MAP(value.name, name);
    WAGATE_MAP(value.params, params_json);
    WAGATE_MAP(value.version, version);
}

template <bool Reading>
void map_fields(Value<Reading, InteractiveReply>& value,
                Proto<Reading, proto::InteractiveResponseMessage>& proto)
{
    if constexpr (Reading) {
        value.text = proto.body().text();
        value.format = proto.body().format();
        map_fields<true>(value, proto.native_flow_response_message());
    } else {
        proto.mutable_body()->set_text(value.text);
        if (value.format != 0) proto.mutable_body()->set_format(value.format);
        map_fields<false>(value, *proto.mutable_native_flow_response_message());
    }
}

template <bool Reading>
void map_fields(Value<Reading, Product>& value, Proto<Reading, proto::ProductMessage::ProductSnapshot>& proto)
{
    WAGATE_MAP(value.id, product_id);
    WAGATE_MAP(value.retailer_id, retailer_id);
    WAGATE_MAP(value.title, title);
    WAGATE_MAP(value.description, description);
    WAGATE_MAP(value.currency, currency_code);
    WAGATE_MAP(value.price_thousandths, price_amount_1000);
    WAGATE_MAP(value.sale_price_thousandths, sale_price_amount_1000);
    WAGATE_MAP(value.url, url);
    WAGATE_MAP(value.image_count, product_image_count);
    if constexpr (Reading) {
        if (proto.has_product_image())
            map_inner<true, proto::ImageMessage>(value.image.emplace(), proto.product_image());
    } else if (value.image) {
        map_inner<false, proto::ImageMessage>(*value.image, *proto.mutable_product_image());
    }
}

template <bool Reading>
void map_fields(Value<Reading, Product>& value, Proto<Reading, proto::ProductMessage>& proto)
{
    WAGATE_MAP_PART(value, product);
    WAGATE_MAP(value.owner, business_owner_jid);
    WAGATE_MAP(value.body, body);
    WAGATE_MAP(value.footer, footer);
}

template <bool Reading>
void map_fields(Value<Reading, Order>& value, Proto<Reading, proto::OrderMessage>& proto)
{
    WAGATE_MAP(value.id, order_id);
    WAGATE_MAP(value.title, order_title);
    WAGATE_MAP(value.message, message);
    WAGATE_MAP(value.token, token);
    WAGATE_MAP(value.seller, seller_jid);
    WAGATE_MAP(value.item_count, item_count);
    WAGATE_MAP(value.status, status);
    WAGATE_MAP(value.surface, surface);
    WAGATE_MAP(value.total_thousandths, total_amount_1000);
    WAGATE_MAP(value.currency, total_currency_code);
    WAGATE_MAP(value.thumbnail, thumbnail);
}

} // namespace wagate::message
