#pragma once
// The control API: the user's hand on the virtual phones, and the faults. JSON over HTTP, for loopback use
// only. Described in docs/sandbox.md.
#include "tools/sandbox/control/json.hpp"
#include "tools/sandbox/server/network.hpp"

namespace wagate::sandbox {

class Control {
public:
    /// @param description the JSON that GET /control/network answers with
    Control(Network& network, std::function<json::object()> description)
        : network_(network), description_(std::move(description))
    {}

    void handle(HttpRequest const& request, HttpReply reply);

private:
    using Segments = std::vector<std::string_view>;

    void on_account(HttpRequest const& request, Segments const& path, json::object const& body,
                    HttpReply reply);
    HttpResponse create(json::object const& body);
    HttpResponse list() const;
    HttpResponse change(Account& account, json::object const& body);
    void pair(Account& account, std::string_view how, json::object const& body, HttpReply reply);
    HttpResponse send(Account& account, json::object const& body);
    void on_media(HttpRequest const& request, Segments const& path, json::object const& body,
                  HttpReply reply);
    HttpResponse messages(Account const& account) const;
    HttpResponse read(Account& account, json::object const& body);
    HttpResponse set_faults(Account& account, json::object const& body);
    HttpResponse disconnect(Account& account, json::object const& body);
    HttpResponse make_history(Account& account, json::object const& body);
    HttpResponse unlink(Account& account, std::string_view device);
    HttpResponse stats() const;

    Network& network_;
    std::function<json::object()> description_;
};

} // namespace wagate::sandbox
