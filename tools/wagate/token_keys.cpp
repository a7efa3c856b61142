#include "tools/wagate/token_keys.hpp"

#include <fstream>
#include <iterator>

namespace wagate {

std::string TokenKeys::refresh()
{
    if (file_.empty()) return {};
    std::ifstream in(file_, std::ios::binary);
    if (!in) return "cannot read " + file_.string();
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    // Small, and compared whole: times and sizes of files lie.
    if (text == text_) return {};
    text_ = std::move(text);
    auto verifier = http::JwtVerifier::make(text_, settings_);
    if (!verifier) return file_.string() + ": " + verifier.error();
    keys_.set_verifier(std::make_shared<http::JwtVerifier const>(std::move(*verifier)));
    return {};
}

} // namespace wagate
