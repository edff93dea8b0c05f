// Exit code 0 if the server at argv[1] says that it is ready, 5 if nobody answers, 6 if it is not ready yet.
#include <cstdio>

#include "clients/cpp/client.hpp"

int main(int argc, char** argv) {
  kindred::client::Options options;
  if (argc > 1) options.endpoint = argv[1];
  options.deadline_ms = 500;
  kindred::client::Client client(options);
  const auto body = client.ask(kindred::api::GetStatus{});
  if (!body.ok()) {
    std::printf("%s\n", body.error().message.c_str());
    return 5;
  }
  const auto* status = std::get_if<kindred::api::Status>(&body.value());
  std::printf("ready: %d\n", status != nullptr && status->ready);
  return status != nullptr && status->ready ? 0 : 6;
}
