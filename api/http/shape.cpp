#include "api/http/shape.hpp"

#include <algorithm>
#include <cmath>

namespace wagate::http {
namespace {

std::string_view view_of(json::string const& text) noexcept
{
    return {text.data(), text.size()};
}

std::string joined(std::vector<std::string> const& words)
{
    std::string text;
    for (auto const& word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

bool is_empty(json::value const& value) noexcept
{
    if (auto const* list = value.if_array()) return list->empty();
    if (auto const* object = value.if_object()) return object->empty();
    return false;
}

} // namespace

Field Field::object(std::string name, Shape shape)
{
    Field field(std::move(name), Kind::object);
    field.children_ = std::move(shape.fields);
    return field;
}

Field Field::list(std::string name, Field element)
{
    Field field(std::move(name), Kind::list);
    field.children_.push_back(std::move(element));
    return field;
}

Field Field::refused(std::string name, std::string why)
{
    Field field(std::move(name), Kind::refused);
    field.demand_ = std::move(why);
    return field;
}

Field Field::required() &&
{
    required_ = true;
    return std::move(*this);
}

Field Field::one_of(std::vector<std::string> choices) &&
{
    choices_ = std::move(choices);
    return std::move(*this);
}

Field Field::between(double least, double most) &&
{
    least_ = least;
    most_ = most;
    return std::move(*this);
}

Field Field::size_between(std::size_t least, std::size_t most) &&
{
    least_size_ = least;
    most_size_ = most;
    return std::move(*this);
}

Field Field::must(bool (*rule)(json::value const&), std::string demand) &&
{
    rule_ = rule;
    demand_ = std::move(demand);
    return std::move(*this);
}

/// Walks a value along its rules. One use.
class Acceptor {
public:
    Acceptor(UnknownFields unknown, std::vector<std::string>& problems)
        : unknown_(unknown), problems_(problems)
    {}

    json::object members(json::object const& given, std::vector<Field> const& fields,
                         std::string const& prefix)
    {
        json::object accepted;
        for (auto const& member : given) {
            std::string_view const name(member.key().data(), member.key().size());
            auto const field =
                std::find_if(fields.begin(), fields.end(), [&](auto const& f) { return f.name_ == name; });
            if (field == fields.end()) {
                if (unknown_ == UnknownFields::refused)
                    problems_.push_back(prefix + "property " + std::string(name) + " should not exist");
                continue;
            }
            if (member.value().is_null()) continue;
            if (auto value = one(member.value(), *field, prefix + field->name_))
                accepted[member.key()] = std::move(*value);
        }
        for (auto const& field : fields) {
            if (!field.required_) continue;
            auto const* present = given.if_contains(field.name_);
            if (!present || present->is_null())
                problems_.push_back(prefix + field.name_ + " should not be empty");
        }
        return accepted;
    }

private:
    std::optional<json::value> one(json::value const& value, Field const& field, std::string const& path)
    {
        using Kind = Field::Kind;
        switch (field.kind_) {
        case Kind::text:
            if (!value.is_string()) return refuse(path, "must be a string");
            if (!fits(value.get_string().size(), field, path, "characters")) return std::nullopt;
            break;
        case Kind::boolean:
            if (!value.is_bool()) return refuse(path, "must be a boolean value");
            break;
        case Kind::number:
        case Kind::integer:
            if (!number(value, field, path)) return std::nullopt;
            break;
        case Kind::object:
            if (!value.is_object()) return refuse(path, "must be an object");
            return json::value(members(value.get_object(), field.children_, path + "."));
        case Kind::text_map: return text_map(value, field, path);
        case Kind::any: break;
        case Kind::list: return list(value, field, path);
        case Kind::refused:
            if (!is_empty(value)) return refuse(path, field.demand_);
            return std::nullopt;
        }
        if (!field.choices_.empty() && !is_choice(value, field))
            return refuse(path, "must be one of the following values: " + joined(field.choices_));
        if (field.rule_ && !field.rule_(value)) return refuse(path, field.demand_);
        return value;
    }

    std::optional<json::value> text_map(json::value const& value, Field const& field, std::string const& path)
    {
        auto const* map = value.if_object();
        if (!map) return refuse(path, "must be an object");
        if (!fits(map->size(), field, path, "members")) return std::nullopt;
        for (auto const& member : *map) {
            if (!member.value().is_string())
                refuse(path + "." + std::string(member.key().data(), member.key().size()),
                       "must be a string");
        }
        return value;
    }

    std::optional<json::value> list(json::value const& value, Field const& field, std::string const& path)
    {
        auto const* elements = value.if_array();
        if (!elements) return refuse(path, "must be an array");
        if (!fits(elements->size(), field, path, "elements")) return std::nullopt;
        json::array accepted;
        for (std::size_t i = 0; i < elements->size(); ++i) {
            auto element = one((*elements)[i], field.children_.front(), path + "." + std::to_string(i));
            if (element) accepted.push_back(std::move(*element));
        }
        return json::value(std::move(accepted));
    }

    bool number(json::value const& value, Field const& field, std::string const& path)
    {
        bool const integer = field.kind_ == Field::Kind::integer;
        std::string const type = integer ? "must be an integer number"
                                         : "must be a number conforming to the specified constraints";
        if (!value.is_number()) return refuse(path, type), false;
        auto const amount = value.to_number<double>();
        if (!std::isfinite(amount) || (integer && amount != std::floor(amount)))
            return refuse(path, type), false;
        if (amount < field.least_)
            return refuse(path, "must not be less than " + stable_json(field.least_)), false;
        if (amount > field.most_)
            return refuse(path, "must not be greater than " + stable_json(field.most_)), false;
        return true;
    }

    bool fits(std::size_t size, Field const& field, std::string const& path, std::string_view unit)
    {
        if (size == 0 && field.least_size_ > 0) return refuse(path, "should not be empty"), false;
        auto const bound = [&](std::string_view word, std::size_t limit) {
            refuse(path, std::string("must have ") + std::string(word) + " " + std::to_string(limit) + " " +
                             std::string(unit));
            return false;
        };
        if (size < field.least_size_) return bound("at least", field.least_size_);
        if (size > field.most_size_) return bound("at most", field.most_size_);
        return true;
    }

    static bool is_choice(json::value const& value, Field const& field)
    {
        auto const* text = value.if_string();
        return text && std::find(field.choices_.begin(), field.choices_.end(), view_of(*text)) !=
                           field.choices_.end();
    }

    std::nullopt_t refuse(std::string const& path, std::string_view demand)
    {
        problems_.push_back(path + " " + std::string(demand));
        return std::nullopt;
    }

    UnknownFields unknown_;
    std::vector<std::string>& problems_;
};

json::object accept(json::value const& value, Shape const& shape, UnknownFields unknown,
                    std::vector<std::string>& problems)
{
    if (auto const* object = value.if_object())
        return Acceptor(unknown, problems).members(*object, shape.fields, "");
    problems.push_back("the body must be an object");
    return {};
}

json::object accept_body(std::string_view body, Shape const& shape, UnknownFields unknown,
                         std::vector<std::string>& problems)
{
    if (body.empty()) return accept(json::object(), shape, unknown, problems);
    auto const value = parse_json(body);
    if (value) return accept(*value, shape, unknown, problems);
    problems.push_back("the body must be valid JSON");
    return {};
}

std::optional<std::string> text_at(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string(view_of(value->get_string()));
}

bool flag_at(json::object const& object, std::string_view name, bool otherwise)
{
    auto const* value = object.if_contains(name);
    return value && value->is_bool() ? value->get_bool() : otherwise;
}

json::object const* object_at(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    return value ? value->if_object() : nullptr;
}

json::array const* list_at(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    return value ? value->if_array() : nullptr;
}

std::optional<double> number_at(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    if (!value || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

} // namespace wagate::http
