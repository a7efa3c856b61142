#include "tools/sandbox/sandbox.hpp"

#include "protocol/base/encoding.hpp"
#include "tools/sandbox/control/control.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace wagate::sandbox {
namespace {

/// Writes the certificate; the file goes with the sandbox.
std::string write_certificate(std::string path, std::string const& pem)
{
    int file = -1;
    if (path.empty()) {
        auto const* directory = std::getenv("TMPDIR");
        path = std::string{directory != nullptr ? directory : "/tmp"} + "/wagate-sandbox-XXXXXX.pem";
        file = ::mkstemps(path.data(), 4);
        if (file < 0) throw std::runtime_error("cannot create " + path);
        ::close(file);
    }
    auto* out = std::fopen(path.c_str(), "w");
    if (out == nullptr) throw std::runtime_error("cannot write " + path);
    std::fwrite(pem.data(), 1, pem.size(), out);
    std::fclose(out);
    return path;
}

} // namespace

struct Sandbox::Parts {
    explicit Parts(SandboxOptions given)
        : options(std::move(given)),
          scheduler(make_asio_scheduler(context)),
          network(*scheduler, random, options.network),
          control(network, [this] { return description(); }),
          acceptor(
              context, [this](std::shared_ptr<Link> link) { return network.accept(std::move(link)); },
              [this](HttpRequest const& request, HttpReply reply) {
                  if (MediaServer::serves(request.path)) return reply(network.media().handle(request));
                  control.handle(request, std::move(reply));
              })
    {
        options.listen = acceptor.listen(options.listen);
        network.media().hosts.push_back(options.listen.to_string());
        network.http_base = "http://" + options.listen.to_string();
        if (!options.tls_listen) return;
        auto const identity = make_tls_identity();
        options.ca_file = write_certificate(options.ca_file, identity.certificate_pem);
        options.tls_listen = acceptor.listen_tls(*options.tls_listen, identity);
        network.media().hosts.push_back(options.tls_listen->to_string());
    }
    ~Parts()
    {
        if (options.tls_listen) ::unlink(options.ca_file.c_str());
    }

    json::object description() const
    {
        json::object out;
        out["http"] = "http://" + options.listen.to_string();
        out["ws"] = "ws://" + options.listen.to_string() + "/ws/chat";
        if (options.tls_listen) out["wss"] = "wss://" + options.tls_listen->to_string() + "/ws/chat";
        out["rootKey"] = hex_encode(network.identity().root_key);
        if (options.tls_listen) out["caFile"] = options.ca_file;
        return out;
    }

    SandboxOptions options;
    // Outlives everything that has a timer or a socket in it.
    boost::asio::io_context context{1};
    boost::asio::signal_set signals{context};
    crypto::SystemRandom random;
    std::unique_ptr<Scheduler> scheduler;
    Network network;
    Control control;
    Acceptor acceptor;
};

Sandbox::Sandbox(SandboxOptions options) : parts_(std::make_unique<Parts>(std::move(options)))
{}

Sandbox::~Sandbox() = default;

void Sandbox::run()
{
    auto work = boost::asio::make_work_guard(parts_->context);
    parts_->context.run();
}

void Sandbox::stop()
{
    parts_->context.stop();
}

void Sandbox::stop_on_signals()
{
    parts_->signals.add(SIGINT);
    parts_->signals.add(SIGTERM);
    parts_->signals.async_wait([this](boost::system::error_code error, int) {
        if (!error) stop();
    });
}

std::string Sandbox::ready_line() const
{
    return json::serialize(parts_->description());
}

Network& Sandbox::network()
{
    return parts_->network;
}

} // namespace wagate::sandbox
