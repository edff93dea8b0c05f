#include "nodes/kindredctl/demo/client_exchange.hpp"

namespace kindred::demo {

Result<api::Answer, Failure> ClientExchange::ask(api::Request request) {
  auto outcome = client_.call(std::move(request));
  if (outcome.ok()) return outcome.take();
  const client::Problem& problem = outcome.error();
  switch (problem.failure) {
  case client::Failure::kTooLarge:
  case client::Failure::kBadAnswer: return Failure{FailureCode::kBadAnswer, problem.message};
  case client::Failure::kNoAnswer:
  case client::Failure::kBadEndpoint:
  case client::Failure::kTooManyWaiting:
  case client::Failure::kClosed: break;
  }
  return Failure{FailureCode::kUnavailable, problem.message};
}

} // namespace kindred::demo
