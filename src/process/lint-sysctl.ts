import { placeOf } from "../config/place.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

const persists = ({ plan }: LintInput): boolean =>
  plan.checker.virtualServers.some(({ persistenceTimeoutS }) => persistenceTimeoutS > 0);

/** Combinations of net.ipv4.vs.* that are known to lose connections: Documentation/networking/ipvs-sysctl.rst. */
function* together(input: LintInput): Iterable<Finding> {
  for (const block of input.global.ipvs_sysctl) {
    const code = "lint/ipvs-sysctl";
    if (block.conn_reuse_mode === 0)
      yield {
        code,
        message:
          "with `conn_reuse_mode 0` a client that uses a port again is sent to its old real server, also when that is drained or gone",
        at: placeOf(block, "conn_reuse_mode"),
        hint: "write `conn_reuse_mode 1`",
      };
    if (block.conntrack === 1 && block.conn_reuse_mode !== undefined && block.conn_reuse_mode > 0)
      yield {
        code,
        message:
          "with `conntrack 1` and this `conn_reuse_mode` kernels before 5.9 drop the first packet of a client that uses a port again: it waits a second",
        at: placeOf(block, "conn_reuse_mode"),
        hint: "write `conntrack 0`, or allow it where the kernel is newer",
      };
    if (block.expire_nodest_conn === 0)
      yield {
        code,
        message:
          "with `expire_nodest_conn 0` packets of connections to a real server that was removed vanish: its clients wait for their own timeout",
        at: placeOf(block, "expire_nodest_conn"),
        hint: "write `expire_nodest_conn 1`, so that the kernel ends them and clients connect again",
      };
    if (block.expire_quiescent_template === 0 && persists(input))
      yield {
        code,
        message:
          "with `expire_quiescent_template 0` persistent clients come back to a drained real server as long as they return in time",
        at: placeOf(block, "expire_quiescent_template"),
        hint: "write `expire_quiescent_template 1`",
      };
  }
}

export const sysctlLints: readonly Lint[] = [together];
