import type { DirectorStatus } from "../process/status.ts";

/** "OK: …", or what is wrong, worst first. */
export function headline(status: DirectorStatus): { readonly text: string; readonly ok: boolean } {
  const problems = problemsOf(status);
  const { vrrp, checker } = status;
  const facts: string[] = [];
  if (vrrp && typeof vrrp !== "string") {
    for (const state of ["master", "backup"] as const) {
      const names = vrrp.instances.filter((one) => one.state === state).map(({ name }) => name);
      if (names.length > 0) facts.push(`${state.toUpperCase()} of ${some(names)}`);
    }
  }
  if (checker && typeof checker !== "string") {
    const all = checker.virtualServers.length;
    facts.push(`${checker.virtualServers.filter(({ quorumUp }) => quorumUp).length} of ${all} virtual servers up`);
  }
  const ok = problems.length === 0;
  const text = [...problems, ...facts].join("; ") || "nothing configured to run";
  return { text: `${ok ? "OK" : "DEGRADED"}: ${text}`, ok };
}

function problemsOf({ processes, vrrp, checker, bfd, lastReload }: DirectorStatus): string[] {
  const problems = processes
    .filter(({ role, state }) => role !== "api" && state !== "running")
    .map(({ role, state }) => `${role} process is ${state}`);
  for (const part of [vrrp, checker, bfd]) if (typeof part === "string") problems.push(part);
  if (vrrp && typeof vrrp !== "string")
    for (const { name, state, secondMaster, addressClaim, takeover } of vrrp.instances) {
      if (state === "fault") problems.push(`${name} is in FAULT`);
      if (secondMaster) problems.push(`SPLIT BRAIN: ${name} has a second master, ${secondMaster.address}`);
      else if (addressClaim)
        problems.push(`SPLIT BRAIN: ${addressClaim.address} of ${name} is claimed by ${addressClaim.hardwareAddress}`);
      if (takeover?.heldBy) problems.push(`${name} is held by takeover_check`);
    }
  if (checker && typeof checker !== "string") {
    if (checker.tableError) problems.push(checker.tableError);
    problems.push(...downServices(checker.virtualServers.filter(({ quorumUp }) => !quorumUp)));
    const servers = checker.virtualServers.flatMap(({ realServers }) => realServers);
    const down = servers.filter(({ alive }) => !alive).length;
    if (down > 0) problems.push(`${down} of ${servers.length} real servers down`);
  }
  if (bfd && typeof bfd !== "string") {
    for (const { name, verdict } of bfd.sessions) if (verdict === "down") problems.push(`BFD session ${name} is down`);
    if (bfd.trouble.length > 0) problems.push("BFD cannot listen");
  }
  if (lastReload && !lastReload.ok) problems.push("the last reload was refused");
  return problems;
}

/** So many instances or virtual servers are told by name. */
const MOST_NAMES = 4;

const some = (names: readonly string[]): string =>
  names.length > MOST_NAMES
    ? `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more`
    : names.join(", ");

const downServices = (down: readonly { readonly name: string }[]): string[] => [
  ...down.slice(0, MOST_NAMES).map(({ name }) => `${name} is down`),
  ...(down.length > MOST_NAMES ? [`${down.length - MOST_NAMES} more virtual servers are down`] : []),
];
