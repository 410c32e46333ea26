// Process attributes.
#include <sys/prctl.h>

#include "addon.h"
#include "errno.h"

namespace lvskeeper {

void SetParentDeathSignal(const Napi::CallbackInfo& info) {
  const int signal = IntArgument(info, 0, "setParentDeathSignal(signal: number)");
  if (prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(signal), 0UL, 0UL, 0UL) < 0)
    throw SystemError(info.Env(), errno, "prctl");
}

}  // namespace lvskeeper
