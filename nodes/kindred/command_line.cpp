#include "nodes/kindred/command_line.hpp"

#include <CLI/CLI.hpp>

#include "nodes/kindred/node.hpp"
#include "nodes/kindred/node_keys.hpp"

namespace kindred::node {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  kindred serve                                        serves ./kindred-data on the default ports\n"
    "  kindred serve --config /etc/kindred/kindred.toml     as the file says\n"
    "  kindred serve --data-dir /tmp/k --clock events       follows the times in the events, for replays\n"
    "  kindred keys --out /etc/kindred/node.key             makes the key of a node of a cluster\n"
    "Exit codes: 0 ended as asked, 2 wrong usage or configuration, 4 the directory may not be served,\n"
    "5 port or directory in use, or disk not usable, 7 the directory was made with other settings.\n";

} // namespace

std::variant<Config, ExitCode> read_command_line(int argc, const char* const* argv, std::ostream& out,
                                                 std::ostream& err) {
  CLI::App app("Kindred: a personalization engine.", "kindred");
  app.set_version_flag("--version", std::string("kindred ") + kVersion);
  app.require_subcommand(1);
  app.footer(kExamples);
  CLI::App& serve = *app.add_subcommand("serve", "serves a data directory until SIGTERM or SIGINT");
  CLI::App& keys = *app.add_subcommand(
      "keys",
      "makes the keys that nodes of a cluster know each other by: prints the public one for [cluster] peers");
  std::string key_file;
  keys.add_option("--out", key_file, "new file for the secret one, for [cluster] secret_key_file")
      ->type_name("FILE")
      ->required();
  std::string file;
  Flags flags;
  serve.add_option("--config", file, "TOML file; flags win over it")->type_name("FILE");
  serve.add_option("--data-dir", flags.data_dir, "directory of log and state; made where it is missing")
      ->type_name("DIR");
  serve.add_option("--listen", flags.listen, "where requests are taken over ZeroMQ")
      ->type_name("tcp://HOST:PORT");
  serve.add_option("--notify", flags.notify, "where notifications are published")
      ->type_name("tcp://HOST:PORT");
  serve.add_option("--http", flags.http, "where REST, /livez, /readyz and /metrics are")
      ->type_name("HOST:PORT");
  serve.add_option("--partitions", flags.partitions, "fixed when the directory is made")->type_name("N");
  serve.add_option("--clock", flags.clock, "fixed when the directory is made")->type_name("wall|events");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return app.exit(end, out, err) == 0 ? kOk : kUsage;
  }
  if (keys.parsed()) {
    const auto made = make_key_file(key_file);
    if (made.ok())
      out << made.value() << "\n";
    else
      err << "kindred: " << made.error().what << "\n";
    return made.ok() ? kOk : kFailed;
  }
  auto config = file.empty() ? Result<Config, ConfigError>(Config{}) : read_config_file(file);
  if (config.ok()) config = with_flags(config.take(), flags);
  if (config.ok()) return config.take();
  err << "kindred: " << config.error().message << "\n";
  return kUsage;
}

} // namespace kindred::node
