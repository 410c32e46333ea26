import { type Stats, statSync } from "node:fs";
import path from "node:path";
import type { CommandLine } from "../config/command.ts";
import { type Placed, type Problems, quote, relatedAt } from "../config/diagnostic.ts";
import { errnoCode } from "../core/errors.ts";
import type { Observed } from "../core/observed.ts";
import type { ScriptSpec, ScriptUser } from "../script/model.ts";
import type { Accounts } from "./accounts.ts";
import { type Called, gainsPrivileges } from "./privileged-programs.ts";
import { whoCouldReplace } from "./program-path.ts";

export type ScriptPolicy = {
  /** script_user, or the account keepalived_script; undefined: as the director itself runs. */
  readonly user: ScriptUser | undefined;
  /** Where script_user stands. */
  readonly userAt?: Placed | undefined;
  /** set_supplementary_groups. */
  readonly allGroups?: boolean;
  /** enable_script_security. */
  readonly secure: boolean;
};

/** The account that `script_user` and the like name; an unknown one is an error at `at`. */
export function resolveUser(
  accounts: Accounts,
  names: { readonly user: string; readonly group?: string | undefined; readonly hint?: string },
  at: Placed,
  problems: Problems,
): ScriptUser | undefined {
  const user = accounts.user(names.user);
  if (!user) {
    problems.error("script/unknown-user", `there is no user ${quote(names.user)} on this host`, at, {
      hint: names.hint ?? "add the account, e.g. with `useradd --system`, or name another one",
    });
    return undefined;
  }
  const gid = names.group === undefined ? user.gid : accounts.group(names.group);
  if (gid !== undefined) return { ...user, gid };
  problems.error("script/unknown-group", `there is no group ${quote(names.group ?? "")} on this host`, at);
  return undefined;
}

/** How a command is run beside what its own words say: `user` and `group` are those of a `user` keyword. `leftOut` says what
 *  becomes of a tracker or check whose program cannot be run now; without it the command stays, and fails when it runs. */
export type ScriptUse = {
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  readonly userAt?: Placed;
  readonly leftOut?: string;
};

const QUOTES = 'arguments of a command need quotes around all of it: `"/path/command argument"`';

/** Finds the programs and accounts that a configuration's commands mean. A program that is missing is a warning. One that
 *  script security forbids gives undefined; so does a missing one of a tracker or check, which keepalived leaves out too. */
export class Scripts {
  readonly policy: ScriptPolicy;
  readonly #accounts: Accounts;
  readonly #problems: Problems;
  readonly #observed: Observed;
  readonly #files = new Map<string, ProgramFile>();
  readonly #called: Called = new Map();
  readonly #warned = new Set<string>();
  #securityMentioned = false;
  #orderMentioned = false;

  constructor(accounts: Accounts, policy: ScriptPolicy, problems: Problems, observed: Observed) {
    this.#accounts = accounts;
    this.policy = policy;
    this.#problems = problems;
    this.#observed = observed;
  }

  resolve(line: CommandLine, at: Placed, use: ScriptUse = {}): ScriptSpec | undefined {
    const named = line.user ?? use.user;
    const account =
      named === undefined
        ? this.policy.user
        : resolveUser(
            this.#accounts,
            line.user ? { user: named, group: line.group, hint: QUOTES } : { user: named, group: use.group },
            line.user === undefined ? (use.userAt ?? at) : at,
            this.#problems,
          );
    if (named !== undefined && !account) return undefined;
    if (named === undefined) this.#mentionOrder(at);
    this.#mentionSecurity(at);
    const [command, ...args] = readTest(line.words);
    const program = this.#observed.see(`program ${command}`, () => findProgram(command));
    const file = this.#inspect(program);
    if (!this.#judge(program, file, account, at, use)) return undefined;
    const argv = [program, ...args];
    return account ? { argv, user: this.#withGroups(account) } : { argv };
  }

  /** How it would become more than its user is, in words; undefined: by nothing that can be seen. */
  gainsPrivileges(script: ScriptSpec): string | undefined {
    return gainsPrivileges(script, this.#inspect(script.argv[0] ?? "").stat, this.#called);
  }

  #withGroups(account: ScriptUser): ScriptUser {
    const groups = this.policy.allGroups ? this.#accounts.groupsOf(account.name) : [];
    return groups.length > 0 ? { ...account, groups } : account;
  }

  /** The account that a keyword names beside a file of its own. */
  account(names: { readonly user: string; readonly group?: string | undefined }, at: Placed): ScriptUser | undefined {
    return resolveUser(this.#accounts, names, at, this.#problems);
  }

  /** Readers that go through a file once know no `script_user` before it comes. */
  #mentionOrder(at: Placed): void {
    const { user, userAt } = this.policy;
    if (this.#orderMentioned || !user || !userAt || userAt.source !== at.source || userAt.start < at.start) return;
    this.#orderMentioned = true;
    this.#problems.warning(
      "script/user-later",
      `\`script_user\` stands after this script, which runs as ${quote(user.name)} all the same`,
      at,
      {
        hint: "put global_defs first: keepalived may run a script before it as another user",
        related: [relatedAt("it stands here", userAt)],
      },
    );
  }

  #mentionSecurity(at: Placed): void {
    if (this.policy.secure || this.#securityMentioned) return;
    this.#securityMentioned = true;
    this.#problems.warning("script/security-off", "scripts are run, and script security is off", at, {
      hint: "add `enable_script_security` and `script_user` to global_defs",
    });
  }

  #inspect(program: string): ProgramFile {
    let file = this.#files.get(program);
    if (!file) {
      file = this.#observed.see(`file ${program}`, () => inspectProgram(program), sameProgram);
      this.#files.set(program, file);
    }
    return file;
  }

  /** Says once of each program what is wrong with it; false when it is not to be run. */
  #judge(
    program: string,
    file: ProgramFile,
    account: ScriptUser | undefined,
    at: Placed,
    { leftOut }: ScriptUse,
  ): boolean {
    const uid = account?.uid ?? process.getuid?.() ?? 0;
    const secure = this.policy.secure;
    if (secure && this.policy.user === undefined && account === undefined)
      return this.#refuse(program, "no user is given for it", at, "add `script_user` to global_defs");
    const { stat, missing } = file;
    if (!stat) {
      const hint = leftOut ?? "running it fails until it is there";
      this.#warn("script/not-found", program, `${quote(program)} ${missing}`, at, hint);
      return leftOut === undefined;
    }
    const user = account && this.#withGroups(account);
    const groups = user
      ? [user.gid, ...(user.groups ?? [])]
      : [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])];
    if (!stat.isFile() || !executableBy(stat, uid, groups)) {
      const message = `${quote(program)} cannot be executed by ${account?.name ?? "us"}`;
      const remedy = `chmod +x ${program}`;
      this.#warn("script/not-executable", program, message, at, leftOut ? `${remedy}; ${leftOut}` : remedy);
      if (leftOut !== undefined) return false;
    }
    if (file.weakness === undefined || (uid !== 0 && !(stat.uid === 0 && (stat.mode & 0o4000) !== 0))) return true;
    if (secure) return this.#refuse(program, file.weakness, at, "let root own it and nobody else write to it");
    this.#warn(
      "script/insecure",
      program,
      `${quote(program)} runs as root, and ${file.weakness}`,
      at,
      "let root own it and nobody else write to it",
    );
    return true;
  }

  #refuse(program: string, why: string, at: Placed, hint: string): false {
    this.#warn("script/refused", program, `${quote(program)} is not run, as script security asks: ${why}`, at, hint);
    return false;
  }

  #warn(code: string, program: string, message: string, at: Placed, hint: string): void {
    if (this.#warned.has(`${code} ${program}`)) return;
    this.#warned.add(`${code} ${program}`);
    this.#problems.warning(code, message, at, { hint });
  }
}

/** `</path` asks only whether the file can be read. */
function readTest(words: readonly string[]): readonly [string, ...string[]] {
  const [first = "", ...rest] = words;
  return first.startsWith("<") && first.length > 1 ? ["test", "-r", first.slice(1)] : [first, ...rest];
}

/** A command without `/` is looked for in PATH; where it is not found its name stays, and fails when it is run. */
function findProgram(command: string): string {
  if (command.includes("/")) return path.resolve("/", command);
  const folders = (process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":");
  for (const folder of folders) {
    const candidate = path.join(folder || "/", command);
    if (isProgram(candidate)) return candidate;
  }
  return command;
}

function isProgram(file: string): boolean {
  try {
    const stat = statSync(file);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

type ProgramFile = {
  readonly stat?: Stats;
  readonly missing?: string;
  /** Who else than root could replace it, in words. */
  readonly weakness?: string;
};

/** As far as anything follows from it: not when it was last read. */
function sameProgram(then: ProgramFile, now: ProgramFile): boolean {
  const facts = ({ stat, missing, weakness }: ProgramFile): string =>
    JSON.stringify([stat && [stat.mode, stat.uid, stat.gid], missing, weakness]);
  return facts(then) === facts(now);
}

function inspectProgram(program: string): ProgramFile {
  try {
    const stat = statSync(program);
    const weakness = whoCouldReplace(program);
    return { stat, ...(weakness !== undefined && { weakness }) };
  } catch (error) {
    const code = errnoCode(error);
    return { missing: code === "EACCES" ? "cannot be looked at: permission denied" : "does not exist" };
  }
}

function executableBy(stat: Stats, uid: number, groups: readonly number[]): boolean {
  if (uid === 0) return (stat.mode & 0o111) !== 0;
  const bit = stat.uid === uid ? 0o100 : groups.includes(stat.gid) ? 0o010 : 0o001;
  return (stat.mode & bit) !== 0;
}
