import { existsSync } from "node:fs";
import path from "node:path";
import { DirectorError } from "../core/errors.ts";
import { here, type Inside, insideNamespace } from "../netlink/socket.ts";

/** Where ip-netns(8) keeps the network namespaces that have names. */
const DIRECTORY = "/run/netns";

/** What stands before a command that is to run in a network namespace; nothing for the one that we are in. `ip` becomes the
 *  command, so that it has the same process id, and brings the /sys and the /etc/netns/NAME of that namespace with it. */
export const namespaceCommand = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : ["ip", "netns", "exec", namespace];

/** Where the IPVS table is that a plan means: "" is the namespace that the director, whose process is `directorPid`, is
 *  started in. */
export function ipvsInside(namespace: string | undefined, directorPid: number): Inside {
  if (namespace === undefined) return here;
  return insideNamespace(namespace === "" ? `/proc/${directorPid}/ns/net` : path.join(DIRECTORY, namespace));
}

/** Throws DirectorError where there is no such namespace. */
export function requireNamespace(namespace: string | undefined, keyword = "net_namespace"): void {
  if (namespace === undefined || namespace === "" || existsSync(path.join(DIRECTORY, namespace))) return;
  throw new DirectorError("place/no-namespace", `there is no network namespace ${namespace}`, {
    hint: `make it with \`ip netns add ${namespace}\` before the director starts, or mend ${keyword}`,
  });
}
