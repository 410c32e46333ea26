import { realpathSync } from "node:fs";
import { canonicalAddress, isMulticast } from "../core/ip.ts";
import { RealServerHost } from "../realserver/host.ts";
import type { Changes, HostState } from "../realserver/model.ts";
import { keptSettings, persist } from "../realserver/persist.ts";
import { lacksOf, ownedElsewhere, planDown, planUp, vipsOnLo } from "../realserver/plan.ts";
import { readChanges, recordFile, writeChanges } from "../realserver/record.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

export type RealServerArguments = {
  readonly persist?: boolean;
  readonly root?: string;
  readonly json?: boolean;
};

/** `realserver up|down|show`: the real server's side of LVS-DR on this host. Resolves with the exit status; `show` gives 1
 *  while something is missing. Rejects with DirectorError. */
export async function realServerCommand(
  verb: "up" | "down" | "show",
  words: readonly string[],
  given: RealServerArguments,
): Promise<number> {
  const named = [...new Set(words.map(vipOf))];
  using host = await RealServerHost.open();
  const file = recordFile();
  const changes = readChanges(file);
  const recorded = [...new Set([...changes.addresses, ...changes.routes])];
  switch (verb) {
    case "up":
      return await up(host, named, given, file); // the host is closed when this function ends
    case "down": {
      const vips = named.length > 0 ? named : recorded;
      const kept = given.persist ? keptSettings(rootOf(given)) : {};
      const planned = planDown(vips, host.state(), { ...changes, settings: { ...kept, ...changes.settings } });
      await host.carryOut(planned.steps);
      writeChanges(file, planned.changes);
      for (const vip of vipsOnLo(host.state()).filter((address) => named.includes(address)))
        say(`${vip} was on lo before, and stays`);
      if (given.persist)
        keep(given, planned.changes, (all) => (named.length > 0 ? all.filter((vip) => !named.includes(vip)) : []));
      return 0;
    }
    case "show": {
      const state = host.state();
      const vips = named.length > 0 ? named : [...new Set([...recorded, ...vipsOnLo(state)])];
      return show(vips, state, given.json === true);
    }
  }
}

async function up(
  host: RealServerHost,
  vips: readonly string[],
  given: RealServerArguments,
  file: string,
): Promise<number> {
  const state = host.state();
  if (!state.loIsUp) throw failed("realserver/lo", "lo is down", "`ip link set lo up` first");
  const [own] = ownedElsewhere(vips, state);
  if (own)
    throw failed(
      "realserver/owned",
      `${own.address} is an address of ${own.device}`,
      "a real server has its VIP on lo alone; is this the director?",
    );
  const planned = planUp(vips, state, readChanges(file));
  writeChanges(file, planned.changes); // first: what was before must be known even if we end half way
  await host.carryOut(planned.steps);
  if (given.persist) keep(given, planned.changes, (all) => [...new Set([...all, ...vips])]);
  return 0;
}

const rootOf = ({ root = "/" }: RealServerArguments): string => root;

function keep(given: RealServerArguments, { settings }: Changes, choose: (vips: string[]) => string[]): void {
  const program = [process.execPath, realpathSync(process.argv[1] ?? "")];
  for (const file of persist(rootOf(given), program, settings, choose)) say(file);
}

function show(vips: readonly string[], state: HostState, json: boolean): number {
  const lacks = lacksOf(vips, state);
  if (json) say(JSON.stringify({ vips, ready: lacks.length === 0 && vips.length > 0, missing: lacks }));
  else if (vips.length === 0) say("no VIP is on lo: this host is no real server of LVS-DR");
  else if (lacks.length === 0) say(`ready for ${vips.join(", ")}`);
  else for (const lack of lacks) say(lack);
  return lacks.length === 0 && vips.length > 0 ? 0 : EXIT_FAILED;
}

function vipOf(word: string): string {
  const address = canonicalAddress(word.replace(/\/(32|128)$/, ""));
  if (address === undefined || isMulticast(address))
    throw failed("cli/usage", `${word} is no address of a VIP`, "write it as 192.0.2.1 or 2001:db8::1");
  return address;
}

const failed = (code: string, message: string, hint: string): CommandError =>
  new CommandError(code, message, { exitStatus: EXIT_FAILED, hint });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
