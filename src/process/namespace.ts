import { existsSync } from "node:fs";
import { DirectorError } from "../core/errors.ts";

/** Where ip-netns(8) keeps the network namespaces that have names. */
const DIRECTORY = "/run/netns";

/** What stands before a command that is to run in a network namespace; nothing for the one that we are in. `ip` becomes the
 *  command, so that it has the same process id, and brings the /sys and the /etc/netns/NAME of that namespace with it. */
export const namespaceCommand = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : ["ip", "netns", "exec", namespace];

/** Throws DirectorError where there is no such namespace. */
export function requireNamespace(namespace: string | undefined): void {
  if (namespace === undefined || existsSync(`${DIRECTORY}/${namespace}`)) return;
  throw new DirectorError("place/no-namespace", `there is no network namespace ${namespace}`, {
    hint: `make it with \`ip netns add ${namespace}\` before the director starts, or mend net_namespace`,
  });
}
