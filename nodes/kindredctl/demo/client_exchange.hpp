#pragma once

#include "clients/cpp/client.hpp"
#include "nodes/kindredctl/demo/exchange.hpp"

namespace kindred::demo {

/// The Exchange that a real server stands behind. One thread; `client` must outlive it.
class ClientExchange : public Exchange {
public:
  explicit ClientExchange(client::Client& client) : client_(client) {}
  Result<api::Answer, Failure> ask(api::Request request) override;

private:
  client::Client& client_;
};

} // namespace kindred::demo
