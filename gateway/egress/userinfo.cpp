#include "gateway/egress/userinfo.hpp"

#include "protocol/base/encoding.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace wagate::egress {

Userinfo take_userinfo(std::string_view url)
{
    Userinfo taken{std::string(url), std::nullopt};
    if (url.find('@') == std::string_view::npos) return taken;
    auto const parsed = boost::urls::parse_uri(url);
    if (!parsed || !parsed->has_userinfo()) return taken;
    auto const credentials = parsed->user() + ':' + parsed->password();
    taken.authorization = "Basic " + base64_encode(view(credentials));
    boost::urls::url rest{*parsed};
    rest.remove_userinfo();
    taken.url = std::string(rest.buffer());
    return taken;
}

} // namespace wagate::egress
