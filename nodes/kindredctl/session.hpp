#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "clients/cpp/client.hpp"
#include "nodes/kindredctl/exit_code.hpp"
#include "schemas/json/write_answers.hpp"

namespace kindred::ctl {

/// What all verbs share: how to reach the server, how to print, and the exit code so far.
/// Owned by main; one thread.
class Session {
public:
  client::Options options;
  bool json = false;              ///< one JSON document on standard output instead of words
  std::vector<std::string> after; ///< --position: answers must have seen these

  int exit_code() const { return exit_code_; }
  void fail(ExitCode code) {
    if (exit_code_ == kOk) exit_code_ = code;
  }

  /// Connects at the first use.
  client::Client& client();

  /// One query; prints its answer as JSON, or by `words`. Refusals are printed and set the exit code; true if it was
  /// answered.
  using Words = std::function<void(const api::AnswerBody& body)>;
  bool ask(api::Query query, const Words& words);
  /// The same without printing the answer.
  std::optional<api::Answer> answer_of(api::Request request);

  void print(const json::Json& document) const;
  void say_error(const api::Error& error);
  void say_problem(const client::Problem& problem);
  /// A mistake in the command line: prints it, exit code 2.
  void say_usage(const std::string& what);

private:
  bool add_positions(api::Request& request);

  std::unique_ptr<client::Client> client_;
  int exit_code_ = kOk;
};

/// A line on standard error that rewrites itself, on a terminal only; silent elsewhere.
class Progress {
public:
  Progress();
  ~Progress(); ///< ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// At most ten times a second; `share` in [0, 1], negative: not known.
  void show(double share, const std::string& words);

private:
  bool terminal_;
  bool shown_ = false;
  std::int64_t last_ms_ = 0;
};

} // namespace kindred::ctl
