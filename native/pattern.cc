// Perl-compatible expressions by the system's own PCRE2 (libpcre2-8), which is looked for when the first one is used. A
// match runs on a thread of the pool, and is given up when its time is over.
#include <dlfcn.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

namespace {

// From pcre2.h, of the interface that has been the same since 10.30.
constexpr uint32_t kAutoCallout = 0x00000004u;
constexpr uint32_t kNoUtfCheck = 0x40000000u;  // on bytes from the network the check is what keeps the library sound
constexpr uint32_t kUseOffsetLimit = 0x00800000u;
constexpr int kErrorNoMatch = -1;
constexpr int kErrorCallout = -37;
constexpr uint32_t kHeapLimitKib = 16 * 1024;
constexpr unsigned kCalloutsPerLook = 16;

struct Code;
struct MatchData;
struct MatchContext;

struct Pcre2 {
  Code* (*compile)(const uint8_t*, size_t, uint32_t, int*, size_t*, void*);
  void (*codeFree)(Code*);
  MatchData* (*matchDataCreate)(uint32_t, void*);
  void (*matchDataFree)(MatchData*);
  MatchContext* (*contextCreate)(void*);
  void (*contextFree)(MatchContext*);
  int (*setHeapLimit)(MatchContext*, uint32_t);
  int (*setOffsetLimit)(MatchContext*, size_t);
  int (*setCallout)(MatchContext*, int (*)(void*, void*), void*);
  int (*match)(const Code*, const uint8_t*, size_t, size_t, uint32_t, MatchData*, MatchContext*);
  int (*errorMessage)(int, uint8_t*, size_t);
};

// Null when the library is missing or older than 10.30.
const Pcre2* Library() {
  static const Pcre2* const library = []() -> const Pcre2* {
    void* handle = dlopen("libpcre2-8.so.0", RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return nullptr;
    static Pcre2 found;
    const auto find = [&](auto& function, const char* name) {
      void* symbol = dlsym(handle, name);
      std::memcpy(&function, &symbol, sizeof symbol);
      return symbol != nullptr;
    };
    const bool whole = find(found.compile, "pcre2_compile_8") && find(found.codeFree, "pcre2_code_free_8") &&
                       find(found.matchDataCreate, "pcre2_match_data_create_8") &&
                       find(found.matchDataFree, "pcre2_match_data_free_8") &&
                       find(found.contextCreate, "pcre2_match_context_create_8") &&
                       find(found.contextFree, "pcre2_match_context_free_8") &&
                       find(found.setHeapLimit, "pcre2_set_heap_limit_8") &&
                       find(found.setOffsetLimit, "pcre2_set_offset_limit_8") &&
                       find(found.setCallout, "pcre2_set_callout_8") && find(found.match, "pcre2_match_8") &&
                       find(found.errorMessage, "pcre2_get_error_message_8");
    return whole ? &found : nullptr;
  }();
  return library;
}

const Pcre2& RequireLibrary(Napi::Env env) {
  const Pcre2* library = Library();
  if (library != nullptr) return *library;
  throw SystemError(env, ENOSYS, "libpcre2-8");
}

std::string MessageOf(const Pcre2& pcre2, int error) {
  uint8_t text[256] = {};
  pcre2.errorMessage(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

struct Deadline {
  std::chrono::steady_clock::time_point end;
  unsigned looks = 0;
};

int OnCallout(void*, void* data) {
  auto* deadline = static_cast<Deadline*>(data);
  if (++deadline->looks % kCalloutsPerLook != 0) return 0;
  return std::chrono::steady_clock::now() < deadline->end ? 0 : kErrorCallout;
}

class Match : public Napi::AsyncWorker {
 public:
  Match(Napi::Env env, const Pcre2& pcre2) : AsyncWorker(env), pcre2_(pcre2), done_(Napi::Promise::Deferred::New(env)) {}

  std::vector<uint8_t> pattern, subject;
  uint32_t options = 0;
  size_t start = 0;
  double offsetLimit = -1;
  double timeMs = 0;

  Napi::Promise Promise() const { return done_.Promise(); }

  void Execute() override {
    Deadline deadline{std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<int64_t>(timeMs * 1000))};
    const uint32_t limit = offsetLimit >= 0 ? kUseOffsetLimit : 0;
    size_t at = 0;
    int error = 0;
    const std::unique_ptr<Code, void (*)(Code*)> code(
        pcre2_.compile(pattern.data(), pattern.size(), (options & ~kNoUtfCheck) | kAutoCallout | limit, &error, &at, nullptr),
        pcre2_.codeFree);
    if (code == nullptr) return SetError(MessageOf(pcre2_, error));
    const std::unique_ptr<MatchData, void (*)(MatchData*)> data(pcre2_.matchDataCreate(1, nullptr), pcre2_.matchDataFree);
    const std::unique_ptr<MatchContext, void (*)(MatchContext*)> context(pcre2_.contextCreate(nullptr),
                                                                         pcre2_.contextFree);
    if (data == nullptr || context == nullptr) return SetError("out of memory");
    pcre2_.setHeapLimit(context.get(), kHeapLimitKib);
    pcre2_.setCallout(context.get(), OnCallout, &deadline);
    if (offsetLimit >= 0) pcre2_.setOffsetLimit(context.get(), static_cast<size_t>(offsetLimit));
    result_ = pcre2_.match(code.get(), subject.data(), subject.size(), start, 0, data.get(), context.get());
    if (result_ < kErrorNoMatch && result_ != kErrorCallout) SetError(MessageOf(pcre2_, result_));
  }

  void OnOK() override {
    const char* outcome = result_ >= 0 ? "match" : result_ == kErrorNoMatch ? "none" : "timeout";
    done_.Resolve(Napi::String::New(Env(), outcome));
  }

  void OnError(const Napi::Error& error) override { done_.Reject(error.Value()); }

 private:
  const Pcre2& pcre2_;
  Napi::Promise::Deferred done_;
  int result_ = 0;
};

std::vector<uint8_t> Copy(const Bytes& bytes) { return std::vector<uint8_t>(bytes.data, bytes.data + bytes.size); }

}  // namespace

Napi::Value PatternError(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "patternError(pattern: Uint8Array, options: number)";
  const Napi::Env env = info.Env();
  const Bytes pattern = BytesArgument(info, 0, kUsage);
  if (!info[1].IsNumber()) throw Napi::TypeError::New(env, kUsage);
  const Pcre2& pcre2 = RequireLibrary(env);
  int error = 0;
  size_t at = 0;
  Code* code = pcre2.compile(pattern.data, pattern.size, info[1].As<Napi::Number>().Uint32Value() & ~kNoUtfCheck, &error,
                             &at, nullptr);
  if (code == nullptr) {
    Napi::Object wrong = Napi::Object::New(env);
    wrong.Set("message", MessageOf(pcre2, error));
    wrong.Set("offset", static_cast<double>(at));
    return wrong;
  }
  pcre2.codeFree(code);
  return env.Undefined();
}

Napi::Value MatchPattern(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "matchPattern(pattern: Uint8Array, options: number, subject: Uint8Array, start: number, offsetLimit: number, "
      "timeMs: number)";
  const Napi::Env env = info.Env();
  const Bytes pattern = BytesArgument(info, 0, kUsage);
  const Bytes subject = BytesArgument(info, 2, kUsage);
  for (const size_t at : {1, 3, 4, 5})
    if (!info[at].IsNumber()) throw Napi::TypeError::New(env, kUsage);
  const Pcre2& pcre2 = RequireLibrary(env);
  auto* match = new Match(env, pcre2);  // deletes itself
  match->pattern = Copy(pattern);
  match->subject = Copy(subject);
  match->options = info[1].As<Napi::Number>().Uint32Value();
  match->start = static_cast<size_t>(info[3].As<Napi::Number>().Int64Value());
  match->offsetLimit = info[4].As<Napi::Number>().DoubleValue();
  match->timeMs = info[5].As<Napi::Number>().DoubleValue();
  const Napi::Promise promise = match->Promise();
  match->Queue();
  return promise;
}

}  // namespace lvskeeper
