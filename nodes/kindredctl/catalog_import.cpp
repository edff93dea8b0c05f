#include "nodes/kindredctl/catalog_import.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/hash.hpp"

namespace kindred::ctl {

namespace {

constexpr std::size_t kItemOverhead = 128; // bytes an item has beyond its texts, about
constexpr std::size_t kAttributeOverhead = 64;
constexpr std::size_t kHeldOverhead = 512; // of a row that is held, and its error

std::size_t bytes_of(const records::Item& item) {
  std::size_t bytes = kItemOverhead + item.item.size() + item.title.size();
  for (const auto& [name, value] : item.attributes) {
    bytes += kAttributeOverhead + name.size();
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
    if (const auto* list = std::get_if<std::vector<std::string>>(&value))
      for (const auto& text : *list) bytes += sizeof(std::uint64_t) * 2 + text.size();
  }
  return bytes;
}

} // namespace

CatalogImport::CatalogImport(client::Client* client, RejectFile* rejects) : rejects_(rejects) {
  if (client == nullptr) return;
  batches_.emplace(*client, [this](std::uint32_t line, const api::Error& error) {
    const auto held =
        std::lower_bound(held_.begin(), held_.end(), line,
                         [](const Held& one, std::uint32_t wanted) { return one.line < wanted; });
    held->refused = json::FieldError{"", error};
  });
}

std::optional<json::FieldError> CatalogImport::note(records::Item& item, bool& again) {
  const ItemId id = item_id(item.item);
  again = published_.contains(id);
  if (!again && published_.size() == kIdsMax)
    return json::FieldError{
        "item",
        {api::ErrorCode::kFull,
         "the file has more than 1,000,000 items, the most that a catalog holds: leave out "
         "what is not needed",
         0}};
  Instant& published = published_[id];
  if (item.published == Instant{})
    item.published = published;
  else
    published = item.published;
  return std::nullopt;
}

void CatalogImport::add(CatalogRow row) {
  if (stopped()) return;
  Held held{row.line, std::move(row.text), std::nullopt, false};
  held.refused = row.item.ok() ? note(row.item.value(), held.again) : std::optional(row.item.error());
  const bool good = !held.refused;
  held_bytes_ += kHeldOverhead + held.text.size();
  held_.push_back(std::move(held));
  if (good && batches_) {
    records::Item item = row.item.take();
    const std::size_t bytes = bytes_of(item);
    batches_->add(row.line, api::PutItem{std::move(item)}, bytes);
  }
  if (batches_ && held_bytes_ > kHeldBytesMax) batches_->send();
  settle();
}

void CatalogImport::finish() {
  if (batches_) {
    batches_->finish();
    tally_.positions = batches_->tally().positions;
  }
  settle();
}

void CatalogImport::settle() {
  constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t until = batches_ ? batches_->waiting().value_or(kAll) : kAll;
  if (const auto stop = stopped()) until = stop->line;
  for (; !held_.empty() && held_.front().line < until; held_.pop_front()) {
    Held& row = held_.front();
    held_bytes_ -= kHeldOverhead + row.text.size();
    if (!row.refused) {
      ++tally_.accepted;
      tally_.duplicates += row.again;
      continue;
    }
    ++tally_.rejected;
    RowError error{row.line, std::move(*row.refused)};
    if (rejects_ != nullptr) rejects_->add(row.text, error);
    if (tally_.errors.size() < Tally::kErrorsKept) tally_.errors.push_back(std::move(error));
  }
}

} // namespace kindred::ctl
