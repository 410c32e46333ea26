// A raw IP socket for VRRP on the event loop. A backup hears the same packet again and again: those that it knows are counted
// here, and JavaScript is called for the others only.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "addon.h"
#include "beat_engine.h"
#include "datagram.h"
#include "poll_handle.h"

namespace lvskeeper {

namespace {

constexpr size_t kBatch = 8;
// An advert of 255 IPv6 addresses with its headers is 4128 bytes.
constexpr size_t kPacketBytes = 4608;
constexpr size_t kControlBytes = 128;
constexpr size_t kVrids = 256;
// Packets read before the event loop goes on, and in a row before JavaScript is told that there is nothing.
constexpr int kMostAWake = 64;
constexpr int kMostInARow = 4096;

// Offsets in an IPv4 header (RFC 791 §3.1) of what differs from one packet to the next: identification and checksum.
constexpr size_t kIdAt = 4, kAfterId = 6, kChecksumAt = 10, kAfterChecksum = 12;
constexpr size_t kIpv4HeaderBytes = 20;

struct Slot {
  uint8_t* packet = nullptr;
  size_t length = 0;  // the true one
  size_t size() const { return std::min(length, kPacketBytes); }
};

struct Known {
  std::vector<uint8_t> packet;
  uint32_t count = 0;
  double lastMs = 0;
};

class Ear : public PollHandle {
 public:
  Ear(Napi::Env env, int fd, bool six, int protocol, Napi::Function onUnknown)
      : PollHandle(env, "lvskeeper:ear", onUnknown), fd_(fd), six_(six), protocol_(protocol) {}

  // The length of the next packet that is not known, or a negative errno.
  long Receive(const Bytes& into) {
    if (failed_ != 0) {
      const int failed = failed_;
      failed_ = 0;
      return failed;
    }
    for (int n = 0; n < kMostInARow; n++) {
      if (!waits_) {
        const long got = Next();
        if (got < 0) return got;
        if (IsKnown()) continue;
      }
      waits_ = false;
      std::memcpy(into.data, slot_.packet, std::min(slot_.size(), into.size));
      return static_cast<long>(slot_.length);
    }
    return -EAGAIN;
  }

  void Know(const Bytes& packet) {
    Known* known = Find(packet.data, packet.size);
    if (known != nullptr) *known = {{packet.data, packet.data + packet.size}, 0, 0};
  }
  void Forget(size_t vrid) { known_[vrid % kVrids] = {}; }
  Known& Heard(size_t vrid) { return known_[vrid % kVrids]; }

 private:
  void OnReady(int status) override {
    bool tell = status < 0;
    for (int n = 0; n < kMostAWake && !tell; n++) {
      if (n > 0 && at_ == count_ && count_ < kBatch) break;  // that was all
      const long got = Next();
      if (got == -EAGAIN) break;
      if (got < 0) failed_ = static_cast<int>(got);
      waits_ = got >= 0 && !IsKnown();
      tell = got < 0 || waits_;
    }
    if (tell) Call();
    // As in watch.cc: an error has been read away by now.
    if (status < 0 && !isStopped() && fcntl(fd_, F_GETFD) >= 0) Poll();
  }

  // Moves on to the next packet: 0, or a negative errno.
  long Next() {
    if (at_ == count_) {
      at_ = count_ = 0;
      const long got = Fill();
      if (got < 0) return got;
      count_ = static_cast<size_t>(got);
      if (count_ == 0) return -EAGAIN;
    }
    mmsghdr& message = messages_[at_];
    slot_ = {buffer_.data() + at_ * kPacketBytes, message.msg_len};
    at_++;
    if (six_) PutHeader(message.msg_hdr);
    return 0;
  }

  long Fill() {
    if (buffer_.empty()) buffer_.resize(kBatch * kPacketBytes);
    const size_t before = six_ ? sizeof(ip6_hdr) : 0;
    return Retry([&]() -> long {
      for (size_t i = 0; i < kBatch; i++) {
        parts_[i] = {buffer_.data() + i * kPacketBytes + before, kPacketBytes - before};
        msghdr& one = messages_[i].msg_hdr;
        one = {};
        one.msg_iov = &parts_[i];
        one.msg_iovlen = 1;
        if (!six_) continue;
        one.msg_name = &from_[i];
        one.msg_namelen = sizeof from_[i];
        one.msg_control = controls_[i].bytes;
        one.msg_controllen = kControlBytes;
      }
      return recvmmsg(fd_, messages_.data(), kBatch, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    });
  }

  // A raw IPv6 socket is given the payload without its header, which is put before it again from what came beside it; traffic
  // class and flow label are 0.
  void PutHeader(msghdr& message) {
    ip6_hdr header{};
    header.ip6_vfc = 0x60;
    header.ip6_plen = htons(static_cast<uint16_t>(std::min<size_t>(slot_.length, 0xffff)));
    header.ip6_nxt = static_cast<uint8_t>(protocol_);
    header.ip6_src = static_cast<const sockaddr_in6*>(message.msg_name)->sin6_addr;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != IPPROTO_IPV6) continue;
      if (c->cmsg_type == IPV6_PKTINFO) header.ip6_dst = ControlValue<in6_pktinfo>(*c).ipi6_addr;
      if (c->cmsg_type == IPV6_HOPLIMIT) header.ip6_hlim = static_cast<uint8_t>(ControlValue<int>(*c));
    }
    std::memcpy(slot_.packet, &header, sizeof header);
    slot_.length += sizeof header;
  }

  // The place of what is known of a packet's VRID, its second byte of payload; none for what is too short to have one.
  Known* Find(const uint8_t* packet, size_t size) {
    const size_t header = six_ ? sizeof(ip6_hdr) : size == 0 ? 0 : (packet[0] & 0x0fU) * 4;
    return size < header + 2 || size < kIpv4HeaderBytes ? nullptr : &known_[packet[header + 1]];
  }

  bool IsKnown() {
    Known* known = Find(slot_.packet, slot_.size());
    if (known == nullptr || known->packet.size() != slot_.length) return false;
    const uint8_t* a = slot_.packet;
    const uint8_t* b = known->packet.data();
    const auto same = [&](size_t from, size_t to) { return std::memcmp(a + from, b + from, to - from) == 0; };
    const bool equal = six_ ? same(0, slot_.length)
                            : same(0, kIdAt) && same(kAfterId, kChecksumAt) && same(kAfterChecksum, slot_.length);
    if (!equal) return false;
    known->count++;
    known->lastMs = MonotonicMs();
    return true;
  }

  struct Control {
    alignas(cmsghdr) uint8_t bytes[kControlBytes];
  };

  const int fd_;
  const bool six_;
  const int protocol_;
  std::array<Known, kVrids> known_;
  std::vector<uint8_t> buffer_;
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> parts_{};
  std::array<sockaddr_in6, kBatch> from_{};
  std::array<Control, kBatch> controls_{};
  size_t at_ = 0, count_ = 0;
  Slot slot_;
  bool waits_ = false;  // the packet at hand is not known, and JavaScript has not had it yet
  int failed_ = 0;
};

class EarObject : public Napi::ObjectWrap<EarObject> {
 public:
  static Napi::Object New(Napi::Env env, Ear* ear) {
    Napi::Function type = DefineClass(env, "NativeEar",
                                      {InstanceMethod<&EarObject::Receive>("receive"),
                                       InstanceMethod<&EarObject::Know>("know"),
                                       InstanceMethod<&EarObject::Forget>("forget"),
                                       InstanceMethod<&EarObject::Heard>("heard"),
                                       InstanceMethod<&EarObject::Close>("close")});
    Napi::Object object = type.New({});
    Unwrap(object)->ear_ = ear;
    return object;
  }

  explicit EarObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<EarObject>(info) {}

 private:
  Ear& Open(const Napi::CallbackInfo& info) {
    if (ear_ == nullptr) throw Napi::Error::New(info.Env(), "the ear is closed");
    return *ear_;
  }

  Napi::Value Receive(const Napi::CallbackInfo& info) {
    const Bytes into = BytesArgument(info, 0, "receive(buffer: Uint8Array)");
    return Napi::Number::New(info.Env(), static_cast<double>(Open(info).Receive(into)));
  }

  void Know(const Napi::CallbackInfo& info) { Open(info).Know(BytesArgument(info, 0, "know(packet: Uint8Array)")); }

  void Forget(const Napi::CallbackInfo& info) {
    Open(info).Forget(static_cast<size_t>(IntArgument(info, 0, "forget(vrid: number)")));
  }

  void Heard(const Napi::CallbackInfo& info) {
    static constexpr char kUsage[] = "heard(vrid: number, heard: Float64Array of 2)";
    const auto vrid = static_cast<size_t>(IntArgument(info, 0, kUsage));
    if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
        info[1].As<Napi::TypedArray>().ElementLength() < 2)
      throw Napi::TypeError::New(info.Env(), kUsage);
    auto out = info[1].As<Napi::Float64Array>();
    Known& known = Open(info).Heard(vrid);
    out[0] = known.count;
    out[1] = known.lastMs;
    known.count = 0;
  }

  void Close(const Napi::CallbackInfo&) {
    if (ear_ != nullptr) ear_->Stop();
    ear_ = nullptr;
  }

  Ear* ear_ = nullptr;
};

}  // namespace

Napi::Value OpenEar(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "openEar(fd: number, family: 4 | 6, protocol: number, onUnknown: () => void)";
  const Napi::Env env = info.Env();
  const int fd = IntArgument(info, 0, kUsage);
  const bool six = IntArgument(info, 1, kUsage) == 6;
  const int protocol = IntArgument(info, 2, kUsage);
  if (!info[3].IsFunction()) throw Napi::TypeError::New(env, kUsage);
  auto ear = std::make_unique<Ear>(env, fd, six, protocol, info[3].As<Napi::Function>());
  if (const int failed = ear->Start(LoopOf(env), fd); failed != 0) throw SystemError(env, -failed, "uv_poll_init");
  return EarObject::New(env, ear.release());
}

}  // namespace lvskeeper
