// Makes so many connections to a server that answers, 50 at once: what system calls that takes is counted from outside, by
// connect-engine.test.ts.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "connect_engine.h"

using namespace lvskeeper;

int main(int argc, char** argv) {
  const int checks = argc > 1 ? std::atoi(argv[1]) : 0;
  SocketAddress server{};
  server.v4.sin_family = AF_INET;
  server.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Never accepted: it is the kernel that answers.
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  socklen_t length = sizeof server;
  if (bind(listener, &server.any, server.length()) < 0 || listen(listener, 4096) < 0 ||
      getsockname(listener, &server.any, &length) < 0)
    return 1;
  ConnectEngine engine;
  if (engine.Open() != 0) return 1;
  std::vector<ConnectResult> results(64);
  for (int done = 0; done < checks;) {
    std::vector<ConnectRequest> requests(50);
    for (uint32_t id = 0; id < 50; id += 1) {
      requests[id].id = id;
      requests[id].timeoutMs = 5000;
      requests[id].to = server;
    }
    if (!engine.Start(requests.data(), requests.size())) return 1;
    for (;;) {
      const size_t count = engine.Take(results.data(), results.size());
      for (size_t i = 0; i < count; i += 1)
        if (results[i].outcome != 0) return 1;
      done += static_cast<int>(count);
      if (engine.inFlight() == 0 && engine.results() == 0) break;
      pollfd one{engine.fd(), POLLIN, 0};
      poll(&one, 1, 5000);
      engine.Wake();
    }
  }
  return 0;
}
