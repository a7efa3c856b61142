#pragma once
// A business account's catalogue, the orders from it, and what its business profile says. Everything is asked
// from the server each time: it changes on other devices without any news.
#include "protocol/engine/directory.hpp"
#include "protocol/stanza/catalog.hpp"
#include "protocol/stanza/profiles.hpp"

namespace wagate::engine {

class Shop {
public:
    template <class T>
    using Done = std::function<void(Result<T>)>;
    using Finished = std::function<void(ErrorCode)>;

    Shop(Core& core, Directory& directory) : core_(core), directory_(directory) {}

    // --- catalogues; of the own account where nobody is named. server_error(404) when there is none
    using Business = std::optional<Jid>;
    void catalog(Business const& of, stanza::CatalogPlace const& place, Done<stanza::CatalogPage> done);
    /// Looks page by page, through the first 1000 products at most. Nothing when it is not there.
    void find_product(Business const& of, std::string const& id,
                      Done<std::optional<stanza::CatalogProduct>> done);
    /// @param limit of collections, and of products in each
    void collections(Business const& of, int limit, Done<std::vector<stanza::ProductCollection>> done);

    // --- the own catalogue
    void create(stanza::ProductChange const& product, Done<stanza::CatalogProduct> done);
    void edit(std::string const& id, stanza::ProductChange const& change, Done<stanza::CatalogProduct> done);
    /// @return how many of them there were
    void remove(std::vector<std::string> const& ids, Done<std::int64_t> done);

    /// @param token of the message that told of the order
    void order(std::string const& id, std::string const& token, Done<stanza::OrderDetails> done);

    // --- the own business profile
    void change_profile(stanza::BusinessChange const& change, Finished done);
    void set_cover(stanza::CoverPhoto const& photo, Finished done);
    void remove_cover(std::string const& id, Finished done);

    /// As products name their owner.
    Jid own() const { return core_.account.own_phone().bare(); }

private:
    struct Search;
    Jid address_of(Business const& business) const;
    void search(std::shared_ptr<Search> const& search);
    void change(binary::Node request, Done<stanza::CatalogProduct> done);
    void ask_to(binary::Node request, Finished done);

    Core& core_;
    Directory& directory_;
};

} // namespace wagate::engine
