#pragma once
// Declarative rules for request bodies. Messages follow NestJS's class-validator: "config.webhooks.0.url must
// be …".
#include "api/http/json.hpp"

#include <cstdint>
#include <limits>

namespace wagate::http {

class Field;
struct Shape {
    std::vector<Field> fields;
};

/// One member of an object, or the element of a list. Null counts as absent.
class Field {
public:
    static Field text(std::string name) { return {std::move(name), Kind::text}; }
    static Field boolean(std::string name) { return {std::move(name), Kind::boolean}; }
    static Field number(std::string name) { return {std::move(name), Kind::number}; }
    static Field integer(std::string name) { return {std::move(name), Kind::integer}; }
    static Field object(std::string name, Shape shape);
    /// Free names with text values.
    static Field text_map(std::string name) { return {std::move(name), Kind::text_map}; }
    /// Any value, for whoever knows its rules later.
    static Field any(std::string name) { return {std::move(name), Kind::any}; }
    static Field list(std::string name, Field element);
    /// Known to the dialect, but not served: absent, null and empty values pass and are dropped.
    static Field refused(std::string name, std::string why);

    Field required() &&;
    Field one_of(std::vector<std::string> choices) &&;
    Field between(double least, double most) &&;
    /// Bytes of a text, elements of a list, members of a map.
    Field size_between(std::size_t least, std::size_t most) &&;
    /// @param rule sees the value once its type fits. @param demand reads "must be a URL address".
    Field must(bool (*rule)(json::value const&), std::string demand) &&;

private:
    friend class Acceptor;
    enum class Kind : std::uint8_t { text, boolean, number, integer, object, text_map, any, list, refused };

    Field(std::string name, Kind kind) : name_(std::move(name)), kind_(kind) {}

    std::string name_;
    Kind kind_;
    bool required_ = false;
    std::vector<std::string> choices_;
    double least_ = -std::numeric_limits<double>::infinity();
    double most_ = std::numeric_limits<double>::infinity();
    std::size_t least_size_ = 0;
    std::size_t most_size_ = std::numeric_limits<std::size_t>::max();
    bool (*rule_)(json::value const&) = nullptr;
    std::string demand_;          ///< of `rule_`, or why the field is refused
    std::vector<Field> children_; ///< members of an object; the element of a list
};

/// What happens to fields that no rule names.
enum class UnknownFields : std::uint8_t { dropped, refused };

/// A copy of `value` with the known, non-null fields only, in the order given by the client.
/// Violations are appended to `problems`; the copy is meaningful only when there are none.
json::object accept(json::value const& value, Shape const& shape, UnknownFields unknown,
                    std::vector<std::string>& problems);

/// Parses a body and accepts it; an empty body counts as `{}`. Broken JSON is one problem.
json::object accept_body(std::string_view body, Shape const& shape, UnknownFields unknown,
                         std::vector<std::string>& problems);

/// Accessors for accepted objects.
std::optional<std::string> text_at(json::object const& object, std::string_view name);
bool flag_at(json::object const& object, std::string_view name, bool otherwise);
json::object const* object_at(json::object const& object, std::string_view name);
json::array const* list_at(json::object const& object, std::string_view name);
std::optional<double> number_at(json::object const& object, std::string_view name);

} // namespace wagate::http
