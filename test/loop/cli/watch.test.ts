import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { situations } from "../../unit/cli/situations.ts";
import { manyServers } from "../../unit/cli/watch/many-servers.ts";
import { MAIN } from "../process/sandbox.ts";
import { FakeDirector } from "./fake-director.ts";
import { hasTmux, Tmux } from "./tmux.ts";

const wellStatus = situations["all well"].status;

/** A screen of `status --watch` in tmux, and the director behind it. */
class Watching implements AsyncDisposable {
  readonly director: FakeDirector;
  readonly tmux: Tmux;

  private constructor(director: FakeDirector, tmux: Tmux) {
    this.director = director;
    this.tmux = tmux;
  }

  static async open(
    status: DirectorStatus,
    { size = [110, 24], env = {} }: { size?: [number, number]; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Watching> {
    const director = new FakeDirector(status);
    await director.start();
    const watching = new Watching(director, await Tmux.open(...size, env));
    await watching.begin();
    return watching;
  }

  async begin(): Promise<void> {
    await this.tmux.say(`${process.execPath} ${MAIN} status --watch --control ${this.director.socket}`);
    await this.tmux.until(/^(OK|DEGRADED): /);
  }

  /** The process that draws: the child of the shell. */
  async pid(): Promise<number> {
    const shell = await this.tmux.variable("pane_pid");
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim().split(" ")[0]);
  }

  /** The terminal is as it was: its own screen, a cursor, echo and lines. */
  async restored(exitStatus: number): Promise<void> {
    await this.tmux.until(/^\$$/m);
    await this.tmux.say('echo "status $?"');
    await this.tmux.until(new RegExp(`^status ${exitStatus}$`, "m"));
    await this.sane();
  }

  async sane(): Promise<void> {
    expect(await this.tmux.variable("alternate_on")).toBe("0");
    expect(await this.tmux.variable("cursor_flag")).toBe("1");
    await this.tmux.say("clear; stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo -e 'isig;*'");
    await this.tmux.until(/^3$/m);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tmux[Symbol.asyncDispose]();
    await this.director[Symbol.asyncDispose]();
  }
}

describe.skipIf(!hasTmux).concurrent("status --watch in tmux (apt-get install tmux)", () => {
  test("shows how it stands, and what changes; q gives the terminal back", async () => {
    await using watching = await Watching.open(wellStatus);
    const { tmux, director } = watching;
    await tmux.until(/^OK: MASTER of VI_1/);
    expect(await tmux.variable("alternate_on")).toBe("1");
    expect(await tmux.variable("cursor_flag")).toBe("0");
    director.status = situations["quorum lost"].status;
    await tmux.until(/^DEGRADED: \[192\.0\.2\.100\]:tcp:80 is down[\s\S]*0 of 2 real servers/);
    await tmux.keys("q");
    await watching.restored(0);
  });

  test("keys: expand, filter, sort, trouble only, help", async () => {
    await using watching = await Watching.open(manyServers(2000, 500));
    const { tmux } = watching;
    await tmux.until(/\+ \[192\.0\.2\.1\]:tcp:80/);
    await tmux.keys("e", "End");
    await tmux.until(/> +\[10\.0\.7\.207\]:tcp:80/);
    await tmux.keys("Enter");
    await tmux.until(/TCP_CHECK of .*: ok, last run 2 s ago, took 0\.4 ms, next run in 4 s\n q quit/);
    await tmux.keys("/");
    await tmux.type("10.0.3.7]");
    const found = await tmux.until(/filter: 10\.0\.3\.7\]_/);
    expect(found.match(/\[10\.0\.\d+\.\d+\]/g)).toEqual(["[10.0.3.7]"]);
    // With a key at once behind it Esc would be Alt with that key.
    await tmux.keys("Escape");
    await tmux.until(/\/ filter {2}/);
    await tmux.keys("t");
    await tmux.until(/t trouble only/);
    await tmux.keys("s");
    await tmux.until(/sort: worst first/);
    await tmux.keys("?");
    await tmux.until(/Ctrl-Z +suspend/);
    await tmux.keys("C-c", "q");
    await watching.restored(0);
  });

  test("follows the size of its window", async () => {
    await using watching = await Watching.open(manyServers(300, 300));
    const { tmux } = watching;
    await tmux.keys("e", "PageDown", "PageDown");
    await tmux.until(/ 40\/313$/m);
    await tmux.resize(60, 10);
    const small = await tmux.until((screen) => /q quit/.test(screen.trimEnd().split("\n")[9] ?? ""));
    expect(
      small
        .trimEnd()
        .split("\n")
        .every((line) => line.length <= 60),
    ).toBe(true);
    await tmux.resize(140, 40);
    const large = await tmux.until((screen) => (screen.match(/\[10\.0\.\d+\.\d+\]/g) ?? []).length > 30);
    expect(large.trimEnd().split("\n")[39]).toMatch(/^ q quit .*\d+\/313$/);
  });

  test("a director that goes away, hangs and comes back", async () => {
    await using watching = await Watching.open(wellStatus);
    const { tmux, director } = watching;
    await tmux.until(/^OK: /);
    await director.stop();
    await tmux.until(/NO ANSWER for [1-9] s, what is shown is as old: no director answers at /);
    await director.start();
    await tmux.until((screen) => !screen.includes("NO ANSWER"));
    director.hangs = true;
    await tmux.until(/NO ANSWER for \d+ s.* did not answer/);
    director.hangs = false;
    await tmux.until((screen) => !screen.includes("NO ANSWER"));
  }, 40_000);

  test.for([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("%s gives the terminal back, and is what it ends of", async ([signal, status]) => {
    await using watching = await Watching.open(wellStatus);
    process.kill(await watching.pid(), signal);
    await watching.restored(status);
  });

  test("a bug gives the terminal back before it is told of in a line", async () => {
    await using watching = await Watching.open(wellStatus);
    watching.director.status = { ...wellStatus, processes: null } as never;
    await watching.tmux.until(/^lvskeeper: internal error: .*; --debug shows where$/m);
    await watching.restored(70);
  });

  test.for(["Ctrl-Z", "SIGTSTP", "SIGSTOP"])(
    "suspended by %s the terminal is the shell's, and fg draws all again",
    async (how) => {
      await using watching = await Watching.open(wellStatus);
      const { tmux } = watching;
      if (how === "Ctrl-Z") await tmux.keys("C-z");
      else process.kill(await watching.pid(), how);
      // Nobody can give back what SIGSTOP takes: the shell shows on our screen.
      await tmux.until(/Stopped/);
      if (how !== "SIGSTOP") await watching.sane();
      await tmux.say("clear; fg");
      await tmux.until((screen) => /^OK: MASTER/.test(screen) && /q quit/.test(screen) && !screen.includes("fg"));
      expect(await tmux.variable("alternate_on")).toBe("1");
      await tmux.keys("End");
      await tmux.until(/> +\[10\.0\.0\.12\]:tcp:80/);
      await tmux.keys("q");
      await tmux.until(/\$$/m);
      await watching.sane();
    },
  );

  test("colors tell good from bad, and with NO_COLOR there are none", async () => {
    const { status } = situations["one server down"];
    const colors = async (env: Readonly<Record<string, string>>): Promise<string[]> => {
      await using watching = await Watching.open(status, { env });
      await watching.tmux.until(/DOWN/);
      return [...(await watching.tmux.screen(true)).matchAll(/\[[\d;]*?(3[0-7])m/g)].map((match) => match[1] ?? "");
    };
    expect(new Set(await colors({}))).toEqual(new Set(["31", "32"]));
    expect(await colors({ NO_COLOR: "1" })).toEqual([]);
  });
});

describe("status --watch without a terminal", () => {
  const watch = (director: FakeDirector) =>
    spawn(process.execPath, [MAIN, "status", "--watch", "--control", director.socket], {
      stdio: ["ignore", "pipe", "inherit"],
    });

  test("is text, again when something is another way, without an escape", async () => {
    await using director = new FakeDirector(wellStatus);
    await director.start();
    const child = watch(director);
    let text = "";
    const until = (wanted: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!wanted.test(text)) return;
          child.stdout.off("data", look);
          resolve();
        };
        child.stdout.on("data", look);
        look();
      });
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(/OK: MASTER of VI_1.*\n[\s\S]*TCP_CHECK ok/);
    const later = { ...wellStatus, nowWallMs: wellStatus.nowWallMs + 5000 };
    director.status = later;
    await director.asked(3);
    director.status = situations["split brain"].status;
    await until(/DEGRADED: SPLIT BRAIN/);
    expect(text.match(/^(OK|DEGRADED): /gm)).toEqual(["OK: ", "DEGRADED: "]);
    await director.stop();
    await until(/no director answers at .*; tried again every second/);
    await director.start();
    expect(text).not.toMatch(/[^\n\P{Cc}]/u);
    child.kill();
  });

  test("ends when nobody reads any more", async () => {
    await using director = new FakeDirector(wellStatus);
    await director.start();
    const child = watch(director);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdout.once("data", () => {
      child.stdout.destroy();
      director.status = situations["split brain"].status;
    });
    expect(await ended).toBe(0);
  });
});
