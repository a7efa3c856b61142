#include "tools/sandbox/net/scheduler.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace wagate::sandbox {
namespace {

class AsioScheduler final : public Scheduler {
public:
    explicit AsioScheduler(boost::asio::io_context& context) : context_(&context) {}

    WallTime now() const override
    {
        return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
    }
    void after(Milliseconds delay, std::function<void()> action) override
    {
        auto timer = std::make_shared<boost::asio::steady_timer>(*context_, delay);
        timer->async_wait([timer, action = std::move(action)](boost::system::error_code error) {
            if (!error) action();
        });
    }
    void post(std::function<void()> action) override { boost::asio::post(*context_, std::move(action)); }

private:
    boost::asio::io_context* context_;
};

} // namespace

std::unique_ptr<Scheduler> make_asio_scheduler(boost::asio::io_context& context)
{
    return std::make_unique<AsioScheduler>(context);
}

} // namespace wagate::sandbox
