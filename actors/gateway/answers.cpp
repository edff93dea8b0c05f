#include "actors/gateway/answers.hpp"

namespace kindred::actors::gateway {

api::Answer refused(std::uint64_t request_id, api::Error error) {
  api::Answer answer;
  answer.request_id = request_id;
  answer.retry_after_ms = error.retry_after_ms;
  answer.bodies.emplace_back(std::move(error));
  return answer;
}

std::vector<std::pair<std::string, std::string>> generations_of(const fast_models::Snapshot* models,
                                                                const catalog::Snapshot* library) {
  std::vector<std::pair<std::string, std::string>> generations;
  if (models != nullptr) generations.emplace_back(fast_models::kLearner, std::to_string(models->end));
  if (library != nullptr) generations.emplace_back("library", std::to_string(library->end));
  return generations;
}

} // namespace kindred::actors::gateway
