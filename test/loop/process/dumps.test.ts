import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { native } from "../../../native/index.ts";
import { eventually, instance, isAlive, MAIN, Sandbox } from "./sandbox.ts";

const ROOT = process.getuid?.() === 0;
const VIP = "10.9.0.100";
const IN_CLOSE_WRITE = 8;

/** A director that was called as keepalived and runs as a daemon, with dumps in the sandbox's folder. */
class Keepalived {
  readonly #sandbox: Sandbox;
  readonly program: string;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    this.program = sandbox.file("keepalived");
    symlinkSync(MAIN, this.program);
  }

  configure(more = ""): void {
    const { file } = this.#sandbox;
    const named = (name: string): string => file.call(this.#sandbox, name);
    this.#sandbox.writeConfig(`
global_defs {
  state_dump_file ${named("keepalived.data")}
  stats_dump_file ${named("keepalived.stats")}
  json_dump_file ${named("keepalived.json")}
}
${instance("VI_1", 51, VIP)}${more}`);
  }

  run(...args: readonly string[]) {
    return this.#sandbox.exec(process.execPath, this.program, ...args);
  }

  async start(): Promise<void> {
    const files = ["-p", this.#sandbox.pidFile, "-r", this.#sandbox.file("v.pid")];
    const ended = await this.run("-f", this.#sandbox.config, "-G", "-D", ...files);
    expect(ended).toMatchObject({ status: 0 });
    await eventually("VI_1 is MASTER", 10_000, () => this.#sandbox.owns(VIP));
  }

  get pid(): number {
    return this.#sandbox.pidIn("a.pid") ?? 0;
  }

  async signal(name: string): Promise<void> {
    const { stdout } = await this.run(`--signum=${name}`);
    process.kill(this.pid, Number(stdout));
  }

  /** The file's text once it says so. */
  async read(name: string, says: RegExp): Promise<string> {
    let text = "";
    await eventually(`${name} says ${says}`, 5000, () => {
      try {
        text = readFileSync(this.#sandbox.file(name), "utf8");
      } catch {
        return false; // not there yet
      }
      return says.test(text);
    });
    return text;
  }
}

/** The names of the files of a folder that were closed after writing, as they come. */
function closedFiles(folder: string): { readonly names: string[]; stop(): void } {
  const fd = native().openInotify();
  native().watchFolder(fd, folder);
  const names: string[] = [];
  const buffer = Buffer.alloc(65_536);
  const stopWatch = native().watch(fd, () => {
    const length = native().read(fd, buffer);
    for (let at = 0; at + 16 <= length; ) {
      const nameLength = buffer.readUInt32LE(at + 12);
      const name = buffer.toString("utf8", at + 16, at + 16 + nameLength).replaceAll("\0", "");
      if (buffer.readUInt32LE(at + 4) & IN_CLOSE_WRITE) names.push(name);
      at += 16 + nameLength;
    }
  });
  const stop = (): void => {
    stopWatch();
    native().close(fd);
  };
  return { names, stop };
}

describe.runIf(ROOT)("what exporters and orchestration do to keepalived", () => {
  test("pid files, dumps by signals, a reload, and its end", async () => {
    await using sandbox = new Sandbox();
    const keepalived = new Keepalived(sandbox);
    keepalived.configure();
    await keepalived.start();
    const child = sandbox.pidIn("v.pid") ?? 0;
    const titles = [keepalived.pid, child].map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    for (const title of titles) {
      expect(title).toMatch(/^keepalived/);
      expect(title).toContain(sandbox.config);
    }
    const words = titles.map((title) => title.replace(/\0+$/, "").split("\0"));
    expect(words.map(([first]) => first)).toEqual(["keepalived", "keepalived: vrrp"]);
    for (const [, ...args] of words) expect(args.slice(0, 4)).toEqual(["-f", sandbox.config, "-G", "-D"]);
    const closed = closedFiles(sandbox.folder);

    await keepalived.signal("DATA");
    expect(await keepalived.read("keepalived.data", / VRRP Instance = VI_1\n/)).toMatch(
      /\n {3}State = MASTER\n[\s\S]*\n {3}Virtual IP \(1\):\n {5}10\.9\.0\.100 dev e0 scope global set\n/,
    );
    await keepalived.read("keepalived_parent.data", /Global definitions/);

    process.kill(keepalived.pid, 36);
    const json = JSON.parse(await keepalived.read("keepalived.json", /\n$/)) as readonly object[];
    expect(json).toMatchObject([{ data: { iname: "VI_1", state: 2, vrid: 51 }, stats: { become_master: 1 } }]);

    await keepalived.signal("STATS");
    await keepalived.read("keepalived.stats", /VRRP Instance: VI_1\n[\s\S]* {2}Became master: 1\n/);
    await eventually("each file was closed after writing, by its own name", 5000, () =>
      ["keepalived.data", "keepalived_parent.data", "keepalived.json", "keepalived.stats"].every((name) =>
        closed.names.includes(name),
      ),
    );
    closed.stop();

    await keepalived.signal("STATS_CLEAR");
    await eventually("counting began again", 5000, async () => {
      await keepalived.signal("STATS");
      return /Became master: 0\n/.test(await keepalived.read("keepalived.stats", /VI_1/));
    });

    keepalived.configure(instance("VI_2", 52, "10.9.0.101"));
    await keepalived.signal("RELOAD");
    await eventually("VI_2 is in the dump", 10_000, async () => {
      await keepalived.signal("DATA");
      return /VRRP Instance = VI_2/.test(await keepalived.read("keepalived.data", /VI_1/));
    });

    for (const signal of [34, 40, 64]) for (const pid of [keepalived.pid, child]) process.kill(pid, signal);
    await keepalived.signal("JSON");
    await eventually("JSON has both instances", 5000, () =>
      /VI_2/.test(readFileSync(sandbox.file("keepalived.json"), "utf8")),
    );
    expect(sandbox.pidIn("v.pid")).toBe(child);

    const { pid } = keepalived;
    await keepalived.signal("STOP");
    await eventually("it is gone, and so are its pid files", 10_000, () => !isAlive(pid));
    expect([sandbox.pidIn("a.pid"), sandbox.pidIn("v.pid")]).toEqual([undefined, undefined]);
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("a dump replaces a link of somebody else's, and does not follow it", async () => {
    await using sandbox = new Sandbox();
    const keepalived = new Keepalived(sandbox);
    keepalived.configure();
    writeFileSync(sandbox.file("precious"), "precious");
    symlinkSync(sandbox.file("precious"), sandbox.file("keepalived.data"));
    await keepalived.start();
    await keepalived.signal("DATA");
    await keepalived.read("keepalived.data", /VRRP Instance = VI_1/);
    expect(readFileSync(sandbox.file("precious"), "utf8")).toBe("precious");
  });

  test("a second one with the same pid file ends with 0, as scripts expect", async () => {
    await using sandbox = new Sandbox();
    const keepalived = new Keepalived(sandbox);
    keepalived.configure();
    await keepalived.start();
    const again = await keepalived.run("-f", sandbox.config, "-G", "-p", sandbox.pidFile);
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining("already running") });
  });

  test.runIf(existsSync("/usr/sbin/keepalived"))("keepalived itself sees that its pid file is taken", async () => {
    await using sandbox = new Sandbox();
    const keepalived = new Keepalived(sandbox);
    sandbox.writeConfig(instance("VI_1", 51, VIP)); // words that every keepalived knows
    await keepalived.start();
    const { pid } = keepalived;
    const files = ["-p", sandbox.pidFile, "-r", sandbox.file("other.pid")];
    const theirs = await sandbox.exec("/usr/sbin/keepalived", "-n", "-l", "-G", "-f", sandbox.config, ...files);
    expect(theirs).toMatchObject({ status: 0, stderr: expect.stringContaining("already running") });
    expect(keepalived.pid).toBe(pid);
  });

  test("the version on stderr, exit statuses, and what is written to the log of a check", async () => {
    await using sandbox = new Sandbox();
    const keepalived = new Keepalived(sandbox);
    const version = await keepalived.run("-v");
    expect(version).toMatchObject({
      status: 0,
      stdout: "",
      stderr: expect.stringMatching(/^Keepalived v2\.\d+\.\d+ \(/),
    });
    expect(version.stderr).toContain("--enable-json");
    expect(await keepalived.run("--signum=NONSENSE")).toMatchObject({ status: 1, stdout: "" });
    expect(await keepalived.run("-n", "-G", "-f", sandbox.config)).toMatchObject({ status: 6 });
    sandbox.writeConfig(instance("VI_1", 51, VIP).replace("priority", "priorty"));
    expect(await keepalived.run("-n", "-G", "-f", sandbox.config)).toMatchObject({ status: 2 });
    const log = sandbox.file("check.log");
    const checked = await keepalived.run(`--config-test=${log}`, "-f", sandbox.config);
    expect(checked).toMatchObject({ status: 5, stdout: "", stderr: "" });
    expect(readFileSync(log, "utf8")).toContain("priorty");
  });
});

describe.runIf(ROOT)("options of keepalived that change how it runs", () => {
  test("-R: a process that dies is the end of all, and takes its addresses along", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(instance("VI_1", 51, VIP));
    const director = sandbox.director("-R", "-r", sandbox.file("v.pid"));
    await eventually("VI_1 is MASTER", 15_000, () => sandbox.owns(VIP));
    process.kill(sandbox.pidIn("v.pid") ?? 0, "SIGKILL");
    expect(await director.ended).toBe(1);
    expect(director.log()).toContain("with --dont-respawn that is the end of all");
    expect(await sandbox.owns(VIP)).toBe(false);
  });

  test("--ignore-sigint and -m: SIGINT does not stop it, and its processes may leave core files", async () => {
    await using sandbox = new Sandbox();
    sandbox.writeConfig(instance("VI_1", 51, VIP));
    const director = sandbox.director("--ignore-sigint", "-m", "-r", sandbox.file("v.pid"));
    await eventually("VI_1 is MASTER", 15_000, () => sandbox.owns(VIP));
    process.kill(director.pid, "SIGINT");
    for (const pid of [director.pid, sandbox.pidIn("v.pid")])
      expect(readFileSync(`/proc/${pid}/limits`, "utf8")).toMatch(/^Max core file size +unlimited +unlimited/m);
    expect(isAlive(director.pid)).toBe(true);
    expect(await sandbox.owns(VIP)).toBe(true);
    process.kill(director.pid, "SIGTERM");
    expect(await director.ended).toBe(0);
  });
});
