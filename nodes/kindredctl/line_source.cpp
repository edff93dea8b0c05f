#include "nodes/kindredctl/line_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <vector>

namespace kindred::ctl {

namespace {
constexpr std::size_t kBlockBytes = 256 << 10;
constexpr unsigned char kGzipMagic[] = {0x1f, 0x8b};
constexpr unsigned char kZstdMagic[] = {0x28, 0xb5, 0x2f, 0xfd};
enum class Packing : std::uint8_t { kPlain, kGzip, kZstd };
} // namespace

struct LineSource::Impl {
  int file = -1;
  bool owns_file = false;
  double size = 0;
  double read_bytes = 0;
  Packing packing = Packing::kPlain;
  z_stream gzip{};
  ZSTD_DStream* zstd = nullptr;
  std::vector<char> packed = std::vector<char>(kBlockBytes);
  std::size_t packed_at = 0, packed_end = 0;
  bool mid_stream = false; ///< a compressed frame has begun and not ended
  bool input_ended = false;
  std::vector<char> plain = std::vector<char>(kBlockBytes);
  std::size_t plain_at = 0, plain_end = 0;
  std::string line;
  std::uint64_t number = 0;
  bool failed = false;

  ~Impl() {
    if (packing == Packing::kGzip) inflateEnd(&gzip);
    if (zstd != nullptr) ZSTD_freeDStream(zstd);
    if (owns_file) ::close(file);
  }

  void read_packed() {
    if (packed_at < packed_end || input_ended) return;
    ssize_t got = 0;
    do got = ::read(file, packed.data(), packed.size());
    while (got < 0 && errno == EINTR);
    if (got <= 0) {
      input_ended = true;
      failed |= got < 0;
      return;
    }
    packed_at = 0;
    packed_end = static_cast<std::size_t>(got);
    read_bytes += static_cast<double>(got);
  }

  void detect() {
    read_packed();
    const auto begins = [this](const unsigned char* magic, std::size_t n) {
      return packed_end >= n && std::memcmp(packed.data(), magic, n) == 0;
    };
    if (begins(kGzipMagic, sizeof kGzipMagic)) {
      packing = Packing::kGzip;
      inflateInit2(&gzip, 15 + 32);
    } else if (begins(kZstdMagic, sizeof kZstdMagic)) {
      packing = Packing::kZstd;
      zstd = ZSTD_createDStream();
    }
  }

  /// Fills `plain`; false at the end.
  bool refill() {
    plain_at = plain_end = 0;
    while (plain_end == 0 && !failed) {
      read_packed();
      if (packed_at == packed_end) {
        failed |= mid_stream; // cut off
        return false;
      }
      unpack();
    }
    return plain_end > 0;
  }

  void unpack() {
    switch (packing) {
    case Packing::kPlain: return copy_plain();
    case Packing::kGzip: return unpack_gzip();
    case Packing::kZstd: return unpack_zstd();
    }
  }

  void copy_plain() {
    plain_end = packed_end - packed_at;
    std::memcpy(plain.data(), packed.data() + packed_at, plain_end);
    packed_at = packed_end;
  }

  void unpack_gzip() {
    gzip.next_in = reinterpret_cast<Bytef*>(packed.data() + packed_at);
    gzip.avail_in = static_cast<uInt>(packed_end - packed_at);
    gzip.next_out = reinterpret_cast<Bytef*>(plain.data());
    gzip.avail_out = static_cast<uInt>(plain.size());
    const int state = inflate(&gzip, Z_NO_FLUSH);
    packed_at = packed_end - gzip.avail_in;
    plain_end = plain.size() - gzip.avail_out;
    mid_stream = state != Z_STREAM_END;
    if (state == Z_STREAM_END)
      inflateReset(&gzip); // another member may follow
    else if (state != Z_OK && state != Z_BUF_ERROR)
      failed = true;
  }

  void unpack_zstd() {
    ZSTD_inBuffer in{packed.data() + packed_at, packed_end - packed_at, 0};
    ZSTD_outBuffer out{plain.data(), plain.size(), 0};
    const std::size_t state = ZSTD_decompressStream(zstd, &out, &in);
    packed_at += in.pos;
    plain_end = out.pos;
    mid_stream = state != 0;
    failed |= ZSTD_isError(state) != 0;
  }

  /// Appends to `line` up to the line break; true when the break was met.
  bool take_until_break() {
    const char* from = plain.data() + plain_at;
    const std::size_t left = plain_end - plain_at;
    const auto* stop = static_cast<const char*>(std::memchr(from, '\n', left));
    const std::size_t size = stop != nullptr ? static_cast<std::size_t>(stop - from) : left;
    if (line.size() <= kLineBytesMax) line.append(from, std::min(size, kLineBytesMax + 1 - line.size()));
    plain_at += size + (stop != nullptr ? 1 : 0);
    return stop != nullptr;
  }
};

LineSource::LineSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineSource::~LineSource() = default;
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;

Result<LineSource, LineError> LineSource::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->owns_file = path != "-";
  impl->file = impl->owns_file ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  struct stat about {};
  if (impl->file < 0 || fstat(impl->file, &about) != 0 || S_ISDIR(about.st_mode))
    return LineError::kCannotOpen;
  impl->size = S_ISREG(about.st_mode) ? static_cast<double>(about.st_size) : 0;
  impl->detect();
  return LineSource(std::move(impl));
}

bool LineSource::next(Line& line) {
  Impl& in = *impl_;
  in.line.clear();
  bool any = false, ended = false;
  while (!ended && (in.plain_at < in.plain_end || in.refill())) {
    any = true;
    ended = in.take_until_break();
  }
  if (!any || in.failed) return false;
  const bool too_long = in.line.size() > kLineBytesMax;
  if (too_long) in.line.resize(kLineBytesMax);
  if (!in.line.empty() && in.line.back() == '\r') in.line.pop_back();
  line = {in.line, ++in.number, too_long};
  return true;
}

bool LineSource::failed() const { return impl_->failed; }

double LineSource::progress() const { return impl_->size > 0 ? impl_->read_bytes / impl_->size : 0; }

} // namespace kindred::ctl
