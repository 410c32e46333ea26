import { execFileSync, type StdioOptions } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { nowMs } from "../core/clock.ts";
import { Observed } from "../core/observed.ts";

/** As long as the name service may take; the parent does nothing else meanwhile. */
const ANSWER_MS = 3000;
/** One that took longer is not asked about the other names, which would add up to what a watchdog takes for death. */
const SILENCE_MS = 10_000;
let silentUntilMs = 0;

export type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** The accounts of this host. Looked up in /etc/passwd and /etc/group first, since that asks nobody; a name that is not
 *  there is looked for by getent, which knows LDAP and the rest. Each name is looked up once. */
export class Accounts {
  readonly #users = new Map<string, Account | undefined>();
  readonly #groups = new Map<string, number | undefined>();
  readonly #memberships = new Map<string, readonly number[]>();
  readonly #observed: Observed;

  constructor(observed = new Observed()) {
    this.#observed = observed;
  }

  /** A user by name or number; undefined when there is none. */
  user(name: string): Account | undefined {
    if (!this.#users.has(name))
      this.#users.set(
        name,
        this.#observed.see(`user ${name}`, () => findUser(name)),
      );
    return this.#users.get(name);
  }

  /** The groups that name a user among their members. */
  groupsOf(user: string): readonly number[] {
    const known = this.#memberships.get(user) ?? this.#observed.see(`groups of ${user}`, () => findGroupsOf(user));
    this.#memberships.set(user, known);
    return known;
  }

  /** The id of a group by name or number. */
  group(name: string): number | undefined {
    if (!this.#groups.has(name))
      this.#groups.set(
        name,
        this.#observed.see(`group ${name}`, () => findGroup(name)),
      );
    return this.#groups.get(name);
  }
}

function findUser(name: string): Account | undefined {
  const fields = entry("passwd", name);
  const [found, , uid, gid] = fields ?? [];
  return found !== undefined && uid !== undefined && gid !== undefined
    ? { name: found, uid: Number(uid), gid: Number(gid) }
    : undefined;
}

function findGroup(name: string): number | undefined {
  const gid = entry("group", name)?.[2];
  if (gid !== undefined) return Number(gid);
  return /^\d{1,9}$/.test(name) ? Number(name) : undefined;
}

/** `getent initgroups` asks every source of groups: "NAME  10 20 30". */
function findGroupsOf(user: string): readonly number[] {
  const local = lines("group").filter(([, , , members = ""]) => members.split(",").includes(user));
  const asked = askNameService("initgroups", user).flatMap(([line = ""]) => line.split(/\s+/).slice(1));
  const ids = [...local.map(([, , gid = ""]) => gid), ...asked].filter((id) => /^\d+$/.test(id));
  return [...new Set(ids.map(Number))];
}

function entry(database: "passwd" | "group", name: string): readonly string[] | undefined {
  if (!/^[^\s:]{1,64}$/.test(name) || name.startsWith("-")) return undefined;
  const isName = (fields: readonly string[]): boolean => fields[0] === name || fields[2] === name;
  return lines(database).find(isName) ?? askNameService(database, name).find(isName);
}

function lines(database: string): readonly (readonly string[])[] {
  try {
    return split(readFileSync(`/etc/${database}`, "utf8"));
  } catch {
    return [];
  }
}

/** Starting a program is dear for a process of this size, and mostly nobody else is to be asked. */
function askNameService(database: string, name: string): readonly (readonly string[])[] {
  if (nowMs() < silentUntilMs || !hasOtherSources(database)) return [];
  try {
    const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
    return split(execFileSync("getent", [database, name], { encoding: "utf8", timeout: ANSWER_MS, stdio }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ETIMEDOUT") silentUntilMs = nowMs() + SILENCE_MS;
    return [];
  }
}

/** Whether nsswitch.conf(5) has more for a database than the files of /etc. systemd knows accounts of its own where it
 *  runs (sd_booted(3)). */
function hasOtherSources(database: string): boolean {
  const sources = nameServices(database) ?? (database === "initgroups" ? nameServices("group") : undefined);
  return sources?.some((word) => word !== "files" && (word !== "systemd" || existsSync("/run/systemd/system"))) ?? true;
}

function nameServices(database: string): readonly string[] | undefined {
  const found = lines("nsswitch.conf").find(([name = ""]) => name.trim() === database);
  return found?.[1]?.replace(/#.*/, "").trim().split(/\s+/);
}

const split = (text: string): readonly (readonly string[])[] => text.split("\n").map((line) => line.split(":"));
