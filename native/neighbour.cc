// Packets to the machine that has an address on the link, by its link-layer address: what neither routing nor IPVS of this
// machine sees (checks with via_vip over IPv6).
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cstring>

#include "addon.h"
#include "destination.h"
#include "errno.h"
#include "fd.h"

namespace lvskeeper {

namespace {

// One question to rtnetlink(7) and its answer, which is there when the question has been sent.
class Question {
 public:
  Question(uint16_t type, uint16_t flags) {
    header()->nlmsg_type = type;
    header()->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    header()->nlmsg_len = NLMSG_HDRLEN;
  }

  template <typename T>
  void Head(const T& value) {
    std::memcpy(bytes_ + header()->nlmsg_len, &value, sizeof value);
    header()->nlmsg_len += NLMSG_ALIGN(sizeof value);
  }

  void Attribute(uint16_t type, const void* value, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + header()->nlmsg_len);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    std::memcpy(RTA_DATA(attribute), value, size);
    header()->nlmsg_len += RTA_ALIGN(attribute->rta_len);
  }

  // 0, or the negative errno.
  int Ask(int fd) {
    long got = Retry([&] { return send(fd, bytes_, header()->nlmsg_len, 0); });
    if (got < 0) return static_cast<int>(got);
    got = Retry([&] { return recv(fd, bytes_, sizeof bytes_, 0); });
    if (got < 0) return static_cast<int>(got);
    if (!NLMSG_OK(header(), static_cast<unsigned>(got))) return -EBADMSG;
    if (header()->nlmsg_type != NLMSG_ERROR) return 0;
    if (got < static_cast<long>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return -EBADMSG;
    return reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header()))->error;
  }

  // Of an answer: what stands behind the header, and one attribute of it; null where it is not there.
  template <typename T>
  const T* Answer() const {
    return header()->nlmsg_len < NLMSG_LENGTH(sizeof(T)) ? nullptr : reinterpret_cast<const T*>(NLMSG_DATA(header()));
  }

  template <typename T>
  const rtattr* Find(uint16_t type) const {
    const long start = NLMSG_SPACE(sizeof(T));
    long left = static_cast<long>(header()->nlmsg_len) - start;
    for (const auto* a = reinterpret_cast<const rtattr*>(bytes_ + start); RTA_OK(a, left); a = RTA_NEXT(a, left))
      if ((a->rta_type & NLA_TYPE_MASK) == type) return a;
    return nullptr;
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }
  const nlmsghdr* header() const { return reinterpret_cast<const nlmsghdr*>(bytes_); }
  alignas(nlmsghdr) uint8_t bytes_[8192] = {};
};

struct IpAddress {
  uint8_t family;
  uint8_t size;
  uint8_t bytes[16];
};

IpAddress BytesOf(const Destination& at) {
  IpAddress out{static_cast<uint8_t>(at.storage.ss_family), 0, {}};
  const void* from = out.family == AF_INET
                         ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&at.storage)->sin_addr)
                         : &reinterpret_cast<const sockaddr_in6*>(&at.storage)->sin6_addr;
  out.size = out.family == AF_INET ? 4 : 16;
  std::memcpy(out.bytes, from, out.size);
  return out;
}

struct Hop {
  uint32_t interfaceIndex = 0;
  IpAddress address{};
};

// The interface that packets to an address leave by, and who gets them there: itself, or a gateway.
int FindHop(int fd, const IpAddress& to, uint32_t interfaceIndex, uint32_t mark, Hop* hop) {
  Question ask(RTM_GETROUTE, 0);
  rtmsg head{};
  head.rtm_family = to.family;
  head.rtm_dst_len = static_cast<uint8_t>(to.size * 8);
  ask.Head(head);
  ask.Attribute(RTA_DST, to.bytes, to.size);
  if (interfaceIndex != 0) ask.Attribute(RTA_OIF, &interfaceIndex, sizeof interfaceIndex);
  if (mark != 0) ask.Attribute(RTA_MARK, &mark, sizeof mark);
  if (const int failed = ask.Ask(fd); failed != 0) return failed;
  const rtattr* out = ask.Find<rtmsg>(RTA_OIF);
  if (out == nullptr || RTA_PAYLOAD(out) < sizeof(uint32_t)) return -ENETUNREACH;
  std::memcpy(&hop->interfaceIndex, RTA_DATA(out), sizeof(uint32_t));
  hop->address = to;
  if (const rtattr* gateway = ask.Find<rtmsg>(RTA_GATEWAY); gateway != nullptr && RTA_PAYLOAD(gateway) == to.size)
    std::memcpy(hop->address.bytes, RTA_DATA(gateway), to.size);
  return 0;
}

Question OfNeighbour(uint16_t type, uint16_t flags, uint8_t neighbourFlags, const Hop& hop) {
  Question ask(type, flags);
  ndmsg head{};
  head.ndm_family = hop.address.family;
  head.ndm_ifindex = static_cast<int>(hop.interfaceIndex);
  head.ndm_flags = neighbourFlags;
  ask.Head(head);
  ask.Attribute(NDA_DST, hop.address.bytes, hop.address.size);
  return ask;
}

// Its link-layer address, where one is known; an entry that is no longer sure is still good until the kernel has asked.
const rtattr* LinkAddress(const Question& answer) {
  const ndmsg* head = answer.Answer<ndmsg>();
  const bool isKnown = head != nullptr && (head->ndm_state & (NUD_INCOMPLETE | NUD_FAILED)) == 0 && head->ndm_state != 0;
  return isKnown ? answer.Find<ndmsg>(NDA_LLADDR) : nullptr;
}

}  // namespace

Napi::Value Neighbour(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] = "neighbour(host: string, interfaceName: string, mark: number)";
  const Napi::Env env = info.Env();
  const IpAddress to = BytesOf(ParseDestination(env, StringArgument(info, 0, kUsage), kUsage));
  const std::string name = StringArgument(info, 1, kUsage);
  if (!info[2].IsNumber()) throw Napi::TypeError::New(env, kUsage);
  const uint32_t mark = info[2].As<Napi::Number>().Uint32Value();
  const uint32_t index = name.empty() ? 0 : if_nametoindex(name.c_str());
  if (!name.empty() && index == 0) throw SystemError(env, ENODEV, "setsockopt");

  UniqueFd fd(OpenSocket(env, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  Hop hop;
  if (const int failed = FindHop(fd.get(), to, index, mark, &hop); failed != 0) throw SystemError(env, -failed, "route");
  // As a packet of the kernel's own would: it asks for an address that it does not know, or is not sure of.
  Question use = OfNeighbour(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_ACK, NTF_USE, hop);
  if (const int failed = use.Ask(fd.get()); failed != 0) throw SystemError(env, -failed, "neighbour");

  const auto result = Napi::Object::New(env);
  result.Set("interfaceIndex", Napi::Number::New(env, hop.interfaceIndex));
  Question ask = OfNeighbour(RTM_GETNEIGH, 0, 0, hop);
  const int failed = ask.Ask(fd.get());
  if (failed == -ENOENT) return result;
  if (failed != 0) throw SystemError(env, -failed, "neighbour");
  if (const rtattr* address = LinkAddress(ask))
    result.Set("address", Napi::Buffer<uint8_t>::Copy(env, static_cast<const uint8_t*>(RTA_DATA(address)),
                                                      RTA_PAYLOAD(address)));
  return result;
}

// Protocol 0: the socket is never handed a packet.
Napi::Value OpenLink(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), OpenSocket(info.Env(), AF_PACKET, SOCK_DGRAM, 0));
}

Napi::Value SendLink(const Napi::CallbackInfo& info) {
  static constexpr char kUsage[] =
      "sendLink(fd: number, packet: Uint8Array, interfaceIndex: number, address: Uint8Array of at most 8)";
  const int fd = IntArgument(info, 0, kUsage);
  const Bytes packet = BytesArgument(info, 1, kUsage);
  const Bytes address = BytesArgument(info, 3, kUsage);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = IntArgument(info, 2, kUsage);
  if (packet.size == 0 || address.size > sizeof to.sll_addr) throw Napi::TypeError::New(info.Env(), kUsage);
  to.sll_protocol = htons(packet.data[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
  to.sll_halen = static_cast<unsigned char>(address.size);
  std::memcpy(to.sll_addr, address.data, address.size);
  const long sent = Retry([&] {
    return sendto(fd, packet.data, packet.size, MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                  sizeof to);
  });
  return Napi::Number::New(info.Env(), static_cast<double>(sent));
}

}  // namespace lvskeeper
