// The door to table_text.h, and the reading of files of /proc, which give a page at a time.
#include <unistd.h>

#include <cstring>
#include <vector>

#include "addon.h"
#include "errno.h"
#include "table_text.h"

namespace lvskeeper {

namespace {

constexpr size_t kRowWords = sizeof(ServiceRow) / sizeof(uint32_t);

Span SpanArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  const Bytes bytes = BytesArgument(info, index, usage);
  return {bytes.data, bytes.size};
}

Napi::Uint32Array WordsArgument(const Napi::CallbackInfo& info, size_t index, const char* usage) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array)
    throw Napi::TypeError::New(info.Env(), usage);
  return info[index].As<Napi::Uint32Array>();
}

}  // namespace

Napi::Value ReadWhole(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "readWhole(fd: number, buffer: Uint8Array)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes bytes = BytesArgument(info, 1, kUsage);
  size_t length = 0;
  while (length < bytes.size) {
    const long got = Retry([&] { return read(fd, bytes.data + length, bytes.size - length); });
    if (got < 0) return Napi::Number::New(info.Env(), static_cast<double>(got));
    if (got == 0) break;
    length += static_cast<size_t>(got);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(length));
}

Napi::Value OrderTable(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "orderTable(services: Uint8Array, text: Uint8Array, sorted: boolean)";
  const std::vector<ServiceRow> rows =
      OrderServices(SpanArgument(info, 0, kUsage), SpanArgument(info, 1, kUsage), info[2].ToBoolean());
  auto words = Napi::Uint32Array::New(info.Env(), rows.size() * kRowWords);
  if (!rows.empty()) std::memcpy(words.Data(), rows.data(), rows.size() * sizeof(ServiceRow));
  return words;
}

Napi::Value DrawTable(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "drawTable(services: Uint8Array, text: Uint8Array, sorted: boolean, rows: Uint32Array, next: Uint32Array, "
      "sheet: Uint8Array)";
  const Span services = SpanArgument(info, 0, kUsage);
  const Span text = SpanArgument(info, 1, kUsage);
  const bool sorted = info[2].ToBoolean();
  const Napi::Uint32Array rows = WordsArgument(info, 3, kUsage);
  Napi::Uint32Array next = WordsArgument(info, 4, kUsage);
  const Bytes sheet = BytesArgument(info, 5, kUsage);
  if (next.ElementLength() == 0) throw Napi::TypeError::New(info.Env(), kUsage);
  size_t used = 0;
  for (const size_t count = rows.ElementLength() / kRowWords; next[0] < count; next[0] = next[0] + 1) {
    ServiceRow row;
    std::memcpy(&row, rows.Data() + next[0] * kRowWords, sizeof row);
    const size_t drawn = DrawService(services, text, row, sorted, sheet.data + used, sheet.size - used);
    if (drawn == 0) break;
    used += drawn;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(used));
}

}  // namespace lvskeeper
