import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DirectorEvent } from "../../src/process/events.ts";
import type { DirectorStatus } from "../../src/process/status.ts";
import { Browser, hasChromium } from "../loop/api/browser.ts";
import { PageServer } from "../loop/api/page-server.ts";
import { addressOf, type Host, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.100`;
const PORT = 9650;
/** With SCREENSHOTS=docs/screens what is seen is kept there. */
const folder = process.env.SCREENSHOTS;
const FULL = process.env.LVSKEEPER_LAB_FULL !== undefined || folder !== undefined;

const configOf = (at: "d1" | "d2", priority: number): string => `
global_defs {
    router_id ${at}
    http_listen ${addressOf(at)}:${PORT}
    script_user root
    enable_script_security
}
vrrp_script chk_disk {
    script "/usr/bin/test ! -e /run/broken"
    interval 1
    weight -60
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    authentication { auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress { ${VIP}/24 }
    track_script { chk_disk }
}
virtual_server ${VIP} 80 {
    delay_loop 2
    lb_algo wrr
    lb_kind DR
    protocol TCP
    real_server ${addressOf("rs1")} 80 {
        weight 3
        HTTP_GET { url { path /
                status_code 200 }
            retry 1
            delay_before_retry 1
        }
    }
    real_server ${addressOf("rs2")} 80 {
        weight 1
        TCP_CHECK { retry 1
            delay_before_retry 1
        }
    }
}
`;

/** Two directors and what an operator sees of one of them: by `status`, by its live screen in tmux, and in a browser. */
describe.runIf(FULL)("what an operator sees", () => {
  let lab: Lab;
  let web: Record<"rs1" | "rs2", LabProcess>;
  let browser: Browser | undefined;

  beforeAll(async () => {
    lab = await Lab.start({ memoryMb: 1536 });
    for (const rs of ["rs1", "rs2"] as const) await lab.drRealServer(rs, [VIP]);
    web = { rs1: await lab.web("rs1"), rs2: await lab.web("rs2") };
    await lab.director("d1", configOf("d1", 150));
    await lab.director("d2", configOf("d2", 100));
    for (const at of ["d1", "d2"] as const) await seen(at, /VI_1 +(MASTER|BACKUP)[\s\S]* 2 of 2 real servers/);
    if (hasChromium) browser = await Browser.open();
  });
  afterAll(async () => {
    await browser?.close();
    await lab?.[Symbol.asyncDispose]();
  });

  const seen = (at: Host, wanted: RegExp): Promise<number> =>
    lab.eventually(`status on ${at} shows ${wanted}`, 60_000, async () =>
      wanted.test((await lab.lvskeeper(at, ["status"])).stdout),
    );
  const keep = (name: string, content: string | Buffer): void => {
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), content);
  };

  /** The live screen of a director, in a terminal of this size. */
  async function watched(at: Host, wanted: RegExp): Promise<string> {
    const tmux = (words: string): Promise<string> =>
      lab.run(at, `LC_ALL=C.UTF-8 tmux -S /run/tmux -f /dev/null ${words}`);
    await tmux(`new-session -d -x 120 -y 30 "${process.execPath} ${await lab.program()} status --watch"`);
    let screen = "";
    await lab.eventually(`the screen of ${at} shows ${wanted}`, 60_000, async () => {
      screen = await tmux("capture-pane -p");
      return wanted.test(screen);
    });
    await tmux("kill-server");
    return screen;
  }

  /** The page of a director, drawn from what it serves. */
  async function drawn(at: Host, name: string, wanted: RegExp): Promise<void> {
    if (!browser) return;
    const served = async <T>(where: string): Promise<T> =>
      JSON.parse(await lab.curl(at, `http://${addressOf(at)}:${PORT}${where}`, 10)) as T;
    const status = await served<DirectorStatus>("/status");
    await using server = new PageServer(status);
    server.show(status, (await served<{ readonly events: readonly DirectorEvent[] }>("/events")).events);
    await server.listen();
    for (const [form, width, scheme] of [
      ["", 1200, "light"],
      ["-phone", 390, "dark"],
    ] as const) {
      await browser.look(width, 900, scheme);
      await browser.send("Page.navigate", { url: server.url });
      await browser.eventually(`document.getElementById("connection").textContent === "live"`);
      await browser.eventually(`document.querySelectorAll("#events li").length > 0`);
      expect(await browser.evaluate(`document.getElementById("headline").textContent`)).toMatch(wanted);
      expect(await browser.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      keep(`page-${name}${form}.png`, await browser.screenshot({ whole: true }));
    }
    expect(browser.complaints).toEqual([]);
    await browser.send("Page.navigate", { url: "about:blank" });
  }

  async function look(at: Host, name: string, headline: RegExp): Promise<void> {
    await lab.eventually(`${at} shows ${headline}`, 60_000, async () =>
      headline.test((await lab.lvskeeper(at, ["status"])).stdout),
    );
    const { stdout } = await lab.lvskeeper(at, ["status"]);
    keep(`status-${name}.txt`, stdout);
    const screen = await watched(at, new RegExp(`${headline.source}[\\s\\S]*Virtual servers`));
    expect(screen.split("\n").every((line) => line.length <= 120)).toBe(true);
    keep(`watch-${name}.txt`, screen);
    await drawn(at, name, headline);
  }

  test("all well", async () => {
    for (let i = 0; i < 20; i++) await lab.curl("cl", `http://${VIP}/`);
    await look("d1", "all-well", /^OK: MASTER of VI_1; 1 of 1 virtual servers up/);
  });

  test("backup", () => look("d2", "backup", /^OK: BACKUP of VI_1; 1 of 1 virtual servers up/));

  test("one server down", async () => {
    await web.rs2.signal("SIGTERM");
    await look("d1", "one-server-down", /^DEGRADED: 1 of 2 real servers down; MASTER of VI_1/);
  });

  test("quorum lost", async () => {
    await web.rs1.signal("SIGTERM");
    await look("d1", "quorum-lost", /^DEGRADED: \[[\d.]+\]:tcp:80 is down; 2 of 2 real servers down/);
  });

  test("split brain", async () => {
    web = { rs1: await lab.web("rs1"), rs2: await lab.web("rs2") };
    await seen("d1", / 2 of 2 real servers/);
    await lab.run(null, ["ip", "link", "set", "dev", "d2", "type", "bridge_slave", "mcast_flood", "off"]);
    await look("d1", "split-brain", /^DEGRADED: SPLIT BRAIN: VI_1 has a second master/);
    await lab.run(null, ["ip", "link", "set", "dev", "d2", "type", "bridge_slave", "mcast_flood", "on"]);
  });
});
