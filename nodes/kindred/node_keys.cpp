#include "nodes/kindred/node_keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "nodes/adapters/zmq/curve_keys.hpp"

namespace kindred::node {

Result<std::string, KeyFailure> make_key_file(const std::filesystem::path& path) {
  const adapters::CurveKeys keys = adapters::make_curve_keys();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0)
    return KeyFailure{"cannot make the key file " + path.string() + ": " + std::strerror(errno) +
                      (errno == EEXIST ? "; keys are never written over: name another file" : "")};
  const std::string line = keys.secret_key + "\n";
  const bool written =
      ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written)
    return KeyFailure{"cannot write the key file " + path.string() + ": is there room on the disk?"};
  return keys.public_key;
}

Result<std::string, KeyFailure> read_key_file(const std::filesystem::path& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0)
    return KeyFailure{"cannot read the key file " + path.string() + ": " + std::strerror(errno) +
                      "; 'kindred keys --out FILE' makes one"};
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return KeyFailure{"the key file " + path.string() + " is open to others than its owner: chmod 600 it"};
  std::string key;
  std::getline(std::ifstream(path) >> std::ws, key);
  if (!adapters::is_curve_key(key))
    return KeyFailure{"the key file " + path.string() +
                      " does not begin with a key (40 characters): 'kindred keys --out FILE' makes one"};
  return key;
}

} // namespace kindred::node
