// Tells the server at argv[1] that a user viewed two lamps, then asks what to show next: the decision has seen both,
// because the client carries the positions of its own writes.
#include <cstdio>

#include "clients/cpp/client.hpp"

namespace {

kindred::api::Track view(const char* user, const char* item) {
  kindred::api::Track track;
  track.event.user_id = user;
  track.event.type = kindred::records::EventType::kView;
  track.event.item = item;
  return track;
}

} // namespace

int main(int argc, char** argv) {
  kindred::client::Options options;
  if (argc > 1) options.endpoint = argv[1];
  kindred::client::Client client(options);

  kindred::api::Request tell;
  tell.queries = {view("ada", "desk-lamp"), view("ada", "floor-lamp")};
  const auto told = client.call(tell);
  if (!told.ok()) {
    std::printf("%s\n", told.error().message.c_str());
    return 1;
  }

  kindred::api::Decide question;
  question.user_id = "ada";
  question.count = 3;
  const auto body = client.ask(question);
  if (!body.ok()) {
    std::printf("%s\n", body.error().message.c_str());
    return 1;
  }
  if (const auto* error = std::get_if<kindred::api::Error>(&body.value())) {
    std::printf("%s\n", error->message.c_str());
    return 1;
  }
  for (const auto& item : std::get<kindred::api::Decision>(body.value()).items) {
    std::printf("%s  %s\n", item.item.c_str(), item.reasons.empty() ? "" : item.reasons.front().c_str());
  }
  return 0;
}
