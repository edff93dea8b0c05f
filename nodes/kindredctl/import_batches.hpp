#pragma once

#include <cstdint>
#include <string>

#include "nodes/kindredctl/ordered_batches.hpp"

namespace kindred::ctl {

/// Sends an import of events: its lines under (producer, epoch, line number), so that each counts once whenever it is sent
/// again.
///
/// A partition drops what is at or below the greatest sequence it has of a producer; hence the order of OrderedBatches.
/// (Copies of an envelope that a slow network delivers late carry nothing but sequences that were taken before.) After a
/// stop: run again, it goes on. A line that was passed over can, once later lines are taken, only be brought in under
/// another producer or epoch.
/// One thread; every call may wait for answers.
class ImportBatches : public OrderedBatches {
public:
  ImportBatches(client::Client& client, std::string producer, std::uint64_t epoch)
      : OrderedBatches(client), producer_(std::move(producer)), epoch_(epoch) {}

  void add(std::uint32_t line, api::Track track, std::size_t bytes) {
    track.flags |= records::flags::kImport;
    track.event.producer = records::Producer{producer_, epoch_, line};
    OrderedBatches::add(line, std::move(track), bytes);
  }

private:
  const std::string producer_;
  const std::uint64_t epoch_;
};

} // namespace kindred::ctl
