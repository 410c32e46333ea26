// An address of either family in the form that sendto() takes.
#pragma once

#include <arpa/inet.h>
#include <napi.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

namespace lvskeeper {

struct Destination {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// TypeError with `usage` for what is no address.
inline Destination ParseDestination(Napi::Env env, const std::string& text, const char* usage, int port = 0) {
  Destination to;
  if (auto* v4 = reinterpret_cast<sockaddr_in*>(&to.storage); inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    to.length = sizeof *v4;
  } else if (auto* v6 = reinterpret_cast<sockaddr_in6*>(&to.storage);
             inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    to.length = sizeof *v6;
  } else {
    throw Napi::TypeError::New(env, usage);
  }
  return to;
}

}  // namespace lvskeeper
