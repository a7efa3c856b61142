#include "tools/sandbox/control/control.hpp"

#include "tools/sandbox/control/account_control.hpp"
#include "tools/sandbox/control/app_state_json.hpp"
#include "tools/sandbox/control/channel_control.hpp"
#include "tools/sandbox/control/fault_json.hpp"
#include "tools/sandbox/control/group_control.hpp"
#include "tools/sandbox/control/hostile_control.hpp"
#include "tools/sandbox/control/media_json.hpp"
#include "tools/sandbox/control/shop_control.hpp"
#include "tools/sandbox/control/status_control.hpp"
#include "tools/sandbox/phone/phone.hpp"
#include "tools/sandbox/server/group_desk.hpp"
#include "tools/sandbox/server/handlers.hpp"
#include "tools/sandbox/server/pairing_desk.hpp"
#include "tools/sandbox/server/stanzas.hpp"

#include <charconv>

namespace wagate::sandbox {

namespace {

std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        auto const end = path.find('/');
        if (end != 0) segments.push_back(path.substr(0, end));
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 1);
    }
    return segments;
}

std::optional<std::uint16_t> device_number(std::string_view text)
{
    std::uint16_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

json::object account_json(Account const& account)
{
    json::object out;
    out["phone"] = account.phone;
    out["lid"] = account.lid;
    out["pushName"] = account.push_name;
    out["businessName"] = account.business_name;
    out["hosted"] = account.hosted;
    out["online"] = account.handset->online();
    out["autoReply"] = nullptr;
    if (account.handset->auto_reply) out["autoReply"] = *account.handset->auto_reply;
    out["autoRead"] = account.handset->auto_read;
    out["readReceipts"] = account.read_receipts;
    out["onlyInvited"] = account.only_invited;
    json::array devices;
    for (auto const& [id, device] : account.devices) {
        if (id == 0) continue;
        json::object entry;
        entry["id"] = id;
        entry["jid"] = account.phone_jid(id).to_string();
        entry["lid"] = account.lid_jid(id).to_string();
        entry["platform"] = device->platform;
        entry["keyIndex"] = device->key_index;
        entry["connected"] = device->connection != nullptr;
        entry["active"] = device->connection != nullptr && device->connection->active;
        entry["available"] = device->connection != nullptr && device->connection->available;
        entry["queued"] = device->mailbox.pending().size();
        entry["prekeys"] = device->keys.one_time_count();
        entry["push"] = nullptr;
        if (!device->push.empty()) entry["push"] = json::value_from(device->push);
        entry["pushes"] = device->pushes;
        devices.push_back(std::move(entry));
    }
    out["devices"] = std::move(devices);
    out["faults"] = faults_to_json(account.faults);
    return out;
}

} // namespace

void Control::handle(HttpRequest const& request, HttpReply reply)
{
    auto const path = split(request.path);
    auto const body = parse_object(request.body);
    if (!body) return reply(json_error(400, "the body is no JSON object"));
    auto const is = [&](std::string_view method, std::initializer_list<std::string_view> segments) {
        return request.method == method &&
               std::equal(path.begin(), path.end(), segments.begin(), segments.end());
    };
    if (is("GET", {"health"})) {
        json::object ok;
        ok["status"] = "ok";
        return reply(json_response(200, ok));
    }
    if (is("GET", {"control", "network"})) return reply(json_response(200, description_()));
    if (is("GET", {"control", "stats"})) return reply(stats());
    if (path.size() == 2 && path[0] == "pictures" && request.method == "GET")
        return reply(picture_file(network_, path[1]));
    if (is("GET", {"control", "accounts"})) return reply(list());
    if (is("POST", {"control", "accounts"})) return reply(create(*body));
    if (path.size() >= 2 && path[0] == "control" && path[1] == "channels")
        return reply(control_channels(network_, request.method, {path.begin() + 2, path.end()}, *body));
    if (path.size() >= 2 && path[0] == "control" && path[1] == "media")
        return on_media(request, path, *body, std::move(reply));
    if (path.size() >= 3 && path[0] == "control" && path[1] == "accounts")
        return on_account(request, path, *body, std::move(reply));
    if (path.size() >= 2 && path[0] == "control" && path[1] == "groups")
        return reply(handle_group_request(network_, request.method, {path.begin() + 2, path.end()}, *body));
    reply(json_error(404, "no such resource"));
}

void Control::on_media(HttpRequest const& request, Segments const& path, json::object const& body,
                       HttpReply reply)
{
    auto& media = network_.media();
    auto const action = path.size() == 3 ? path[2] : std::string_view{};
    if (path.size() == 2 && request.method == "GET") return reply(json_response(200, media_to_json(media)));
    if (action == "expire" && request.method == "POST") {
        media.expire();
        return reply(json_response(200, media_to_json(media)));
    }
    if (action != "faults" || request.method != "PUT") return reply(json_error(404, "no such resource"));
    std::string error;
    auto const faults = media_faults_from_json(body, error);
    if (!faults) return reply(json_error(400, error));
    media.faults = *faults;
    reply(json_response(200, media_to_json(media)));
}

void Control::on_account(HttpRequest const& request, Segments const& path, json::object const& body,
                         HttpReply reply)
{
    auto* account = network_.find_phone(path[2]);
    if (account == nullptr) return reply(json_error(404, "no such account"));
    auto const& method = request.method;
    auto const action = path.size() > 3 ? path[3] : std::string_view{};
    if (path.size() == 3 && method == "GET") return reply(json_response(200, account_json(*account)));
    if (path.size() == 3 && method == "PATCH") return reply(change(*account, body));
    if (path.size() == 4 && method == "POST") {
        if (action == "scan" || action == "enter-code") return pair(*account, action, body, std::move(reply));
        if (action == "send") return reply(send(*account, body));
        if (action == "read") return reply(read(*account, body));
        if (action == "status") return reply(post_status(network_, *account, body));
        if (action == "disconnect") return reply(disconnect(*account, body));
        if (action == "hostile") return reply(send_hostile(network_, *account, body));
        if (action == "history") return reply(make_history(*account, body));
        if (action == "app-state") return reply(change_app_state(network_, *account, body));
    }
    if (path.size() == 5 && method == "DELETE" && action == "status")
        return reply(delete_status(*account, std::string{path[4]}));
    if (path.size() == 4 && method == "GET" && action == "messages") return reply(messages(*account));
    if (path.size() == 6 && method == "GET" && action == "messages" && path[5] == "file")
        return reply(file_response(account->handset->file_of(std::string{path[4]})));
    if (path.size() == 4 && method == "GET" && action == "app-state") return reply(show_app_state(*account));
    if (path.size() == 5 && method == "POST" && action == "app-state" && path[4] == "rotate-key")
        return reply(rotate_app_state_key(*account, body));
    if (path.size() == 5 && method == "POST" && action == "app-state" && path[4] == "snapshots")
        return reply(make_snapshots(*account));
    if (path.size() == 4 && method == "PUT" && action == "faults") return reply(set_faults(*account, body));
    if (path.size() == 5 && method == "DELETE" && action == "devices")
        return reply(unlink(*account, path[4]));
    if (path.size() == 4) {
        if (auto answer = control_account(network_, *account, method, action, body))
            return reply(std::move(*answer));
        if (auto answer = control_shop(network_, *account, method, action, body))
            return reply(std::move(*answer));
    }
    reply(json_error(404, "no such resource"));
}

HttpResponse Control::create(json::object const& body)
{
    AccountSettings settings;
    settings.phone = text_field(body, "phone").value_or("");
    if (settings.phone.empty() || settings.phone.find_first_not_of("0123456789") != std::string::npos)
        return json_error(400, "phone: 5 to 15 digits");
    settings.lid = text_field(body, "lid").value_or("");
    settings.push_name = text_field(body, "pushName").value_or("");
    settings.business_name = text_field(body, "businessName").value_or("");
    settings.hosted = flag_field(body, "hosted").value_or(false);
    if (network_.find_phone(settings.phone) != nullptr) return json_error(409, "the account exists");
    auto* account = network_.create_account(settings);
    if (account == nullptr) return json_error(400, "phone: 5 to 15 digits; lid: 5 to 18 digits, not taken");
    if (auto changed = change(*account, body); changed.status != 200) return changed;
    return json_response(201, account_json(*account));
}

HttpResponse Control::list() const
{
    json::array accounts;
    for (auto const& [phone, account] : network_.accounts())
        accounts.push_back(account_json(*account));
    return json_response(200, accounts);
}

HttpResponse Control::change(Account& account, json::object const& body)
{
    if (auto const* reply = body.if_contains("autoReply")) {
        account.handset->auto_reply.reset();
        if (reply->is_string()) account.handset->auto_reply = std::string{reply->as_string()};
    }
    if (auto const flag = flag_field(body, "autoRead")) account.handset->auto_read = *flag;
    if (auto const flag = flag_field(body, "readReceipts")) account.read_receipts = *flag;
    if (auto const name = text_field(body, "pushName")) account.push_name = *name;
    if (auto const flag = flag_field(body, "onlyInvited")) account.only_invited = *flag;
    if (auto const flag = flag_field(body, "online")) account.handset->set_online(*flag);
    return json_response(200, account_json(account));
}

void Control::pair(Account& account, std::string_view how, json::object const& body, HttpReply reply)
{
    auto done = [reply](PairingOutcome outcome) {
        if (!outcome.error.empty()) return reply(json_error(outcome.status, outcome.error));
        json::object paired;
        if (outcome.needs_passkey) {
            paired["passkey"] = true;
            return reply(json_response(200, paired));
        }
        paired["jid"] = outcome.phone.to_string();
        paired["lid"] = outcome.lid.to_string();
        reply(json_response(200, paired));
    };
    if (how == "enter-code")
        return network_.pairing().enter_code(account, text_field(body, "code").value_or(""), std::move(done));
    auto tamper = Tamper::none;
    auto const wanted = text_field(body, "tamper").value_or("");
    if (wanted == "hmac") tamper = Tamper::hmac;
    if (wanted == "signature") tamper = Tamper::signature;
    network_.pairing().scan(account, text_field(body, "qr").value_or(""), tamper, std::move(done));
}

HttpResponse Control::send(Account& account, json::object const& body)
{
    auto const text = text_field(body, "text");
    auto const to = recipient_of(text_field(body, "to").value_or(""));
    auto const* media = body.if_contains("media");
    if ((!text && media == nullptr) || !to) return json_error(400, "to and text or media are required");
    auto* peer = network_.find(*to);
    auto* group = network_.groups().find(*to);
    if (peer == nullptr && group == nullptr) return json_error(404, "no such recipient");
    if (!account.handset->online()) return json_error(409, "the phone is offline");
    if (group != nullptr) {
        json::object sent;
        sent["id"] = account.handset->send_to_group(*group, *text, text_field(body, "replyTo").value_or(""));
        return json_response(201, sent);
    }
    auto const addressing = text_field(body, "addressing").value_or("lid");
    auto const form = addressing == "pn" ? JidServer::user : JidServer::lid;
    json::object sent;
    if (media != nullptr) {
        std::string error;
        auto outgoing = media_from_json(*media, error);
        if (!outgoing) return json_error(400, error);
        sent["id"] = account.handset->send_media(*peer, std::move(*outgoing), form);
        return json_response(201, sent);
    }
    sent["id"] = account.handset->send_text(*peer, *text, text_field(body, "replyTo").value_or(""), form);
    return json_response(201, sent);
}

HttpResponse Control::messages(Account const& account) const
{
    json::array out;
    for (auto const& message : account.handset->messages()) {
        json::object entry;
        entry["id"] = message.id;
        entry["chat"] = message.peer->phone_jid().to_string();
        entry["chatLid"] = message.peer->lid_jid().to_string();
        if (!message.group.user.empty()) entry["chat"] = entry["chatLid"] = message.group.to_string();
        auto const& author = message.from_me ? account : *message.peer;
        entry["from"] = author.phone_jid(message.from.device).to_string();
        if (message.group.is_newsletter()) entry["from"] = message.group.to_string();
        entry["fromMe"] = message.from_me;
        entry["text"] = message.text;
        entry["timestamp"] = message.timestamp;
        if (!message.quoted_id.empty()) entry["quotedId"] = message.quoted_id;
        entry["encType"] = message.enc_type;
        entry["addressing"] = message.form == JidServer::lid ? "lid" : "pn";
        entry["ack"] = message.ack;
        if (auto media = media_of(message)) entry["media"] = std::move(*media);
        add_goods(entry, message);
        if (auto invitation = invitation_of(message)) entry["invitation"] = std::move(*invitation);
        if (message.deleted) entry["deleted"] = true;
        add_status_style(entry, message);
        out.push_back(std::move(entry));
    }
    return json_response(200, out);
}

HttpResponse Control::read(Account& account, json::object const& body)
{
    if (!account.handset->online()) return json_error(409, "the phone is offline");
    if (!account.handset->read(text_field(body, "id").value_or("")))
        return json_error(404, "no such received message");
    return json_response(200, json::object{});
}

HttpResponse Control::set_faults(Account& account, json::object const& body)
{
    std::string error;
    auto const faults = faults_from_json(body, error);
    if (!faults) return json_error(400, error);
    account.faults = *faults;
    network_.faults_changed(account);
    return json_response(200, faults_to_json(account.faults));
}

HttpResponse Control::disconnect(Account& account, json::object const& body)
{
    auto const device = number_field(body, "device");
    auto const error = text_field(body, "streamError").value_or("");
    auto const refusal = text_field(body, "failure").value_or("");
    static constexpr std::array known{"515", "503", "429", "replaced", "device_removed"};
    if (!error.empty() && std::find(known.begin(), known.end(), error) == known.end())
        return json_error(400, "streamError: 515, 503, 429, replaced or device_removed");
    std::int64_t disconnected = 0;
    for (auto& [id, state] : account.devices) {
        if (id == 0 || (device && *device != id)) continue;
        if (!refusal.empty()) state->next_failure = refusal;
        auto* connection = state->connection;
        if (connection == nullptr) continue;
        ++disconnected;
        if (error.empty()) {
            connection->abort();
            continue;
        }
        auto const is_conflict = error == "replaced" || error == "device_removed";
        connection->send(is_conflict ? conflict(error) : stream_error(error));
        connection->close_soon();
    }
    json::object out;
    out["disconnected"] = disconnected;
    return json_response(200, out);
}

HttpResponse Control::unlink(Account& account, std::string_view device)
{
    auto const number = device_number(device);
    if (!number || !remove_companion(network_, account, *number)) return json_error(404, "no such companion");
    HttpResponse done;
    done.status = 204;
    return done;
}

HttpResponse Control::stats() const
{
    json::object counters;
    for (auto const& [name, value] : network_.counters())
        counters[name] = value;
    std::size_t queued = 0;
    std::size_t companions = 0;
    for (auto const& [phone, account] : network_.accounts()) {
        companions += account->devices.size() - 1;
        for (auto const& [id, device] : account->devices)
            queued += device->mailbox.pending().size();
    }
    json::object out;
    out["accounts"] = network_.accounts().size();
    out["companions"] = companions;
    out["open_connections"] = network_.connection_count();
    out["queued_stanzas"] = queued;
    auto const counted = [&](std::string_view name) {
        auto const found = network_.counters().find(name);
        return found == network_.counters().end() ? std::uint64_t{0} : found->second;
    };
    // Mistakes of clients: there even while they are zero, so that a test cannot ask for a name that is not.
    out["reusedMessageKeys"] = counted(reused_message_keys);
    out["changedRepeats"] = counted(changed_repeats);
    out["undecryptableAtPhones"] = counted("phone_decrypt_failures") + counted("phone_unreadable_messages");
    out["resendsAskedByCompanions"] = counted("phone_retry_requests_received");
    out["counters"] = std::move(counters);
    return json_response(200, out);
}

} // namespace wagate::sandbox
