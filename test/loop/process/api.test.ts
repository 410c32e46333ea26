import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { openapi } from "../../../src/api/openapi.ts";
import type { DirectorEvent } from "../../../src/process/events.ts";
import { eventually, instance, isAlive, Sandbox } from "./sandbox.ts";

const VIP = "10.9.0.100";
const ROOT = process.getuid?.() === 0;
const PUBLIC = "127.0.0.1:9650";

const config = `global_defs {\n  http_listen ${PUBLIC}\n}\n${instance("VI_1", 51, VIP)}`;

async function master(sandbox: Sandbox, text = config) {
  sandbox.writeConfig(text);
  const director = sandbox.director();
  await eventually("the director owns the VIP", 15_000, () => sandbox.owns(VIP));
  return director;
}

type Said = { readonly status: number; readonly body: string; readonly headers: http.IncomingHttpHeaders };

/** A request to the control socket. */
function ask(sandbox: Sandbox, path: string, options: http.RequestOptions & { readonly body?: string | Buffer } = {}) {
  return new Promise<Said>((resolve, reject) => {
    const { body, ...rest } = options;
    const given = { socketPath: sandbox.file("a.sock"), path, agent: false, ...rest };
    const request = http.request(given, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text, headers: response.headers }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const post = (sandbox: Sandbox, path: string, body: string | Buffer) => ask(sandbox, path, { method: "POST", body });

/** A stream of events until `isEnough`; the comments too. */
function stream(sandbox: Sandbox, headers: http.OutgoingHttpHeaders, isEnough: (text: string) => boolean) {
  return new Promise<string>((resolve, reject) => {
    const options = { socketPath: sandbox.file("a.sock"), path: "/events", agent: false };
    const request = http.get({ ...options, headers: { accept: "text/event-stream", ...headers } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        if (!isEnough(text)) return;
        request.destroy();
        resolve(text);
      });
    });
    request.on("error", reject);
  });
}

const eventsOf = (text: string): DirectorEvent[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1] ?? "") as DirectorEvent);

const apiPid = async (sandbox: Sandbox): Promise<number> =>
  (await sandbox.status()).processes.find(({ role }) => role === "api")?.pid ?? 0;

/** What the description says of an answer holds for this one. */
function describedBy(path: string, method: string, { status, body }: Said): void {
  const { paths } = openapi("0") as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
    >;
  };
  const schema = paths[path]?.[method]?.responses[String(status)]?.content["application/json"]?.schema;
  expect(schema, `${method} ${path} ${status}`).toBeDefined();
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(schema ?? {}, JSON.parse(body)) ? [] : ajv.errors).toEqual([]);
}

describe.runIf(ROOT)("every address", () => {
  test("answers as the description says", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    for (const path of ["/status", "/ipvs", "/config", "/running", "/plan", "/events", "/openapi.json"]) {
      const said = await ask(sandbox, path);
      expect(said.status).toBe(200);
      describedBy(path, "get", said);
    }
    const { body: configuration } = await ask(sandbox, "/config");
    expect(JSON.parse(configuration)).toMatchObject({ plan: { vrrp: { instances: [{ name: "VI_1", vrid: 51 }] } } });
    const head = await ask(sandbox, "/status", { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, body: "" });

    for (const [path, body, status] of [
      ["/vrrp", '{"do":"failover","instance":"VI_9"}', 409],
      ["/vrrp", '{"do":"failover"}', 400],
      ["/rs", '{"do":"drain","server":"10.0.0.2:80"}', 409],
      ["/rs", '{"do":"drain"}', 400],
      ["/reload", "", 200],
    ] as const) {
      const said = await post(sandbox, path, body);
      expect(said.status, said.body).toBe(status);
      describedBy(path, "post", said);
    }

    sandbox.writeConfig(`${config}${instance("VI_2", 52, "10.9.0.101")}`);
    const plan = await ask(sandbox, "/plan");
    expect(JSON.parse(plan.body)).toMatchObject({ changes: true, addresses: [{ kind: "add" }] });
    describedBy("/plan", "get", plan);
    sandbox.writeConfig(config.replace("priority", "priorty"));
    for (const said of [await ask(sandbox, "/plan"), await post(sandbox, "/reload", "")]) {
      expect(said.status).toBe(409);
      expect(JSON.parse(said.body)).toMatchObject({ ok: false, drawn: expect.stringContaining("priorty") });
    }
    const stopping = await post(sandbox, "/stop", "");
    describedBy("/stop", "post", stopping);
  });

  test("tells by whom something was asked", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    await post(sandbox, "/reload", "");
    expect(director.log()).toContain(`Asked to reload over the control socket by process ${process.pid} of user 0`);
    const { events } = JSON.parse((await ask(sandbox, "/events")).body) as { events: DirectorEvent[] };
    expect(events.find(({ event }) => event === "control.asked")?.facts).toMatchObject({
      byPid: process.pid,
      byUid: 0,
    });
    const reload = events.find(({ event }) => event === "reload.started");
    expect(reload?.cause).toMatchObject({ event: "control.asked" });
  });
});

describe.runIf(ROOT)("the stream of events", () => {
  test("begins with what is kept, goes on with what happens, and takes up where it was left", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const entered = (state: string) => (text: string) => eventsOf(text).some(({ event }) => event === `vrrp.${state}`);
    const first = await stream(sandbox, {}, entered("master"));
    expect(first).toMatch(/^retry: \d+\n\nid: /);
    const known = eventsOf(first);
    const master1 = known.find(({ event }) => event === "vrrp.master");
    expect(master1).toMatchObject({
      process: "vrrp",
      facts: { instance: "VI_1" },
      cause: { text: expect.stringMatching(/^no advert/) },
    });

    const last = known.at(-1)?.id ?? "";
    const later = stream(sandbox, { "last-event-id": last }, entered("fault"));
    await sandbox.exec("ip", "link", "set", "e0", "down");
    const heard = eventsOf(await later);
    expect(heard.map(({ id }) => id)).not.toContain(last);
    expect(heard.find(({ event }) => event === "vrrp.fault")?.cause?.text).toBe("interface e0 is down");
    const numbers = heard.map(({ id }) => Number(id.split("-")[1]));
    expect(numbers).toEqual(numbers.map((_, i) => Number(last.split("-")[1]) + 1 + i));
  });

  test("outlives the vrrp process, and tells of its end", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const heard = stream(sandbox, {}, (text) => eventsOf(text).some(({ event }) => event === "vrrp.resumed"));
    await ask(sandbox, "/status");
    process.kill(sandbox.pidIn("a_vrrp.pid") ?? 0, "SIGKILL");
    const events = eventsOf(await heard);
    expect(events.find(({ event }) => event === "child.died")?.facts).toMatchObject({
      role: "vrrp",
      how: "killed by SIGKILL",
    });
    expect(events.findLast(({ event }) => event === "child.starting")?.cause).toMatchObject({ event: "child.died" });
  });
});

/** Writes to the control socket for as long as it is read; resolves with the answer when it is closed. */
function flood(path: string, head: string, totalBytes: number): Promise<{ answer: string; sent: number }> {
  return new Promise((resolve) => {
    let answer = "";
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024, "a");
    const socket = net.connect(path, () => {
      socket.write(head);
      const more = (): void => {
        while (sent < totalBytes && !socket.destroyed) {
          sent += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on("drain", more);
      more();
    });
    socket.on("data", (data) => {
      answer += data.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve({ answer, sent }));
  });
}

const residentKb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

describe.runIf(ROOT)("hostile clients", () => {
  test.for([
    { name: "no length", head: "POST /reload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n" },
    { name: "a length", head: "POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" },
  ])("a body of 1 GB with $name is refused, and not read", async ({ head }) => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const pid = await apiPid(sandbox);
    const before = residentKb(pid);
    const { answer, sent } = await flood(sandbox.file("a.sock"), head, 1024 ** 3);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(16 * 1024 ** 2);
    expect(residentKb(pid) - before).toBeLessThan(64 * 1024);
    expect(director.log()).not.toContain("Reloading");
    expect(await apiPid(sandbox)).toBe(pid);
  });

  test("bytes that are not UTF-8, in the body and in the address", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const bytes = Buffer.concat([
      Buffer.from('{"do":"failover","instance":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const refused = await post(sandbox, "/vrrp", bytes);
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toMatchObject({ code: "control/bad-request", message: "the body is not UTF-8" });
    expect((await ask(sandbox, "/events?after=%ff%fe")).status).toBe(200);
    expect((await ask(sandbox, "/%ff")).status).toBe(404);
  });

  test.for([
    { name: "head", words: "GET /status HTTP/1.1\r\nHost: x\r\nX-Slow: " },
    { name: "body", words: "POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n" },
  ])("slow ones are let go, and keep nobody waiting: a $name that comes a byte at a time", async ({ words }) => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    await ask(sandbox, "/status");
    const loris = Array.from({ length: 40 }, () => {
      const socket = net.connect(sandbox.file("a.sock"));
      socket.on("error", () => {});
      const timer = setInterval(() => socket.write("a"), 200);
      socket.write(words);
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      return { closed: closed.then(() => clearInterval(timer)) };
    });
    expect((await ask(sandbox, "/status")).status).toBe(200);
    await Promise.all(loris.map(({ closed }) => closed));
    expect((await ask(sandbox, "/status")).status).toBe(200);
    expect(director.log()).not.toContain("Reloading");
  });

  test("one that reads nothing of its answer holds up no other", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const deaf = net.connect(sandbox.file("a.sock"), () => deaf.write("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"));
    deaf.on("error", () => {});
    deaf.pause();
    for (let i = 0; i < 5; i++) expect((await ask(sandbox, "/openapi.json")).status).toBe(200);
    deaf.destroy();
  });

  test("1,000 at once: some are turned away, the director and its adverts do not notice", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    const pids = ["a.pid", "a_vrrp.pid"].map((name) => sandbox.pidIn(name));
    const all = await Promise.all(
      Array.from({ length: 1000 }, () =>
        ask(sandbox, "/status").then(
          ({ status }) => status,
          () => 0,
        ),
      ),
    );
    expect(all.filter((status) => status === 200).length).toBeGreaterThan(0);
    expect(all.filter((status) => ![200, 0].includes(status))).toEqual([]);
    await eventually("it answers again", 5000, async () => (await ask(sandbox, "/status")).status === 200);
    expect(["a.pid", "a_vrrp.pid"].map((name) => sandbox.pidIn(name))).toEqual(pids);
    expect(director.log()).not.toMatch(/BACKUP STATE(?! \(init\))|silent/);
    expect(await sandbox.owns(VIP)).toBe(true);
  });
});

describe.runIf(ROOT)("http_listen", () => {
  const curl = (sandbox: Sandbox, ...words: readonly string[]) => sandbox.exec("curl", "-sS", "-m", "10", ...words);

  test("serves reading, and never an action; by a process that is nobody", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox);
    await eventually("it listens", 5000, () => director.log().includes(`served at http://${PUBLIC}/`));
    for (const path of ["/", "/status", "/metrics", "/events", "/openapi.json"])
      expect((await curl(sandbox, "-o", "/dev/null", "-w", "%{http_code}", `http://${PUBLIC}${path}`)).stdout).toBe(
        "200",
      );
    for (const words of [["/config"], ["/running"], ["/ipvs"], ["/plan"], ["-XPOST", "/reload"], ["-XPOST", "/stop"]]) {
      const url = `http://${PUBLIC}${words.at(-1)}`;
      const { stdout } = await curl(sandbox, "-w", "%{http_code}", ...words.slice(0, -1), url);
      expect(stdout).toMatch(/control\/read-only.*\n403$/);
    }
    const { stdout } = await curl(sandbox, "-i", `http://${PUBLIC}/`);
    expect(stdout).toMatch(/^content-security-policy: default-src 'none'; script-src 'self'; /m);
    const status = readFileSync(`/proc/${await apiPid(sandbox)}/status`, "utf8");
    expect(status).toMatch(/^Uid:\t(?!0\t)/m);
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"])
      expect(status).toMatch(new RegExp(`^${set}:\\t0+$`, "m"));
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(statSync(sandbox.file("a.sock")).mode & 0o777).toBe(0o600);
  });

  test("is back by itself when its process dies or hangs, and the others have not noticed", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const vrrp = sandbox.pidIn("a_vrrp.pid");
    const serves = async (): Promise<boolean> =>
      (await curl(sandbox, "-m", "1", `http://${PUBLIC}/metrics`)).status === 0;
    await eventually("it serves", 5000, serves);
    const first = await apiPid(sandbox);
    process.kill(first, "SIGKILL");
    await eventually("another serves", 10_000, async () => !isAlive(first) && (await serves()));
    const second = await apiPid(sandbox);
    process.kill(second, "SIGSTOP");
    await eventually("a third serves", 20_000, async () => !isAlive(second) && (await serves()));
    const { processes } = await sandbox.status();
    expect(processes.find(({ role }) => role === "api")).toMatchObject({ respawns: 2 });
    expect(sandbox.pidIn("a_vrrp.pid")).toBe(vrrp);
    expect(await sandbox.owns(VIP)).toBe(true);
  });

  test("follows a reload: elsewhere, and off", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    const code = async (at: string): Promise<number | null> => (await curl(sandbox, `http://${at}/metrics`)).status;
    await eventually("it serves", 5000, async () => (await code(PUBLIC)) === 0);
    sandbox.writeConfig(config.replace(PUBLIC, "10.9.0.1:9651"));
    expect((await post(sandbox, "/reload", "")).status).toBe(200);
    await eventually("it serves there", 10_000, async () => (await code("10.9.0.1:9651")) === 0);
    expect(await code(PUBLIC)).toBe(7);
    sandbox.writeConfig(instance("VI_1", 51, VIP));
    expect((await post(sandbox, "/reload", "")).status).toBe(200);
    await eventually("nobody listens", 5000, async () => (await code("10.9.0.1:9651")) === 7);
    const { processes } = await sandbox.status();
    expect(
      processes.find(({ role }) => role === "api"),
      "none of them died",
    ).toMatchObject({ respawns: 0 });
  });

  test("an address that is not there is told, and served once it is", async () => {
    await using sandbox = new Sandbox();
    const director = await master(sandbox, config.replace(PUBLIC, "10.9.0.77:9650"));
    await eventually("it is told", 5000, () => director.log().includes("Nothing is served at http://10.9.0.77:9650/"));
    expect((await ask(sandbox, "/status")).status).toBe(200);
    await sandbox.exec("ip", "addr", "add", "10.9.0.77/24", "dev", "e0");
    await eventually(
      "it is served",
      15_000,
      async () => (await curl(sandbox, "http://10.9.0.77:9650/metrics")).status === 0,
    );
  });

  test("connections that say nothing cost no later one its turn", async () => {
    await using sandbox = new Sandbox();
    await master(sandbox);
    await eventually("it serves", 5000, async () => (await curl(sandbox, `http://${PUBLIC}/metrics`)).status === 0);
    const [host, port] = PUBLIC.split(":");
    const idle = `for (let i = 0; i < 300; i++) require("net").connect(${port}, "${host}").on("error", () => {}); setTimeout(() => {}, 60000)`;
    void sandbox.exec(process.execPath, "-e", idle);
    await eventually("they stand", 10_000, async () => {
      const { stdout } = await sandbox.exec("ss", "-Htn", "state", "established", "dport", "=", `:${port}`);
      return stdout.split("\n").length > 200;
    });
    await eventually("it serves", 15_000, async () => (await curl(sandbox, `http://${PUBLIC}/metrics`)).status === 0);
  });
});
