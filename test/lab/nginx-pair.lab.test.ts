import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addressOf, type Host, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.150`;
const PID_FILE = "/run/keepalived.pid";
type Node = "d1" | "d2";

type NodeConfig = {
  readonly state: "MASTER" | "BACKUP";
  readonly priority: number;
  /** 0: a failed check is a fault of the instance. */
  readonly weight: number;
  readonly nopreempt?: boolean;
};

/** A proxy of the nginx pair: no LVS, one VIP, and a script that looks after the nginx on the same machine. */
const config = (at: Node, { state, priority, weight, nopreempt = false }: NodeConfig): string => `
global_defs {
    router_id edu-proxy-${at}
}

vrrp_script chk_nginx {
    script "/run/nginx_check.sh"
    interval 1
    weight ${weight}
}

vrrp_instance VI_1 {
    state ${state}
    ${nopreempt ? "nopreempt" : ""}
    interface eth0
    virtual_router_id 51
    mcast_src_ip ${addressOf(at)}
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        chk_nginx
    }
    virtual_ipaddress {
        ${VIP}
    }
}
`;

/** Fails while nginx does not answer. */
const CHECK = "#!/bin/sh\nexec curl -s -o /dev/null -m 1 http://127.0.0.1/\n";

/** Stops the director where nginx does not answer, as the article's script does. */
const CHECK_AND_STOP = `#!/bin/sh
curl -s -o /dev/null -m 1 http://127.0.0.1/ || kill "$(cat ${PID_FILE})"
`;

describe("a pair of nginx proxies that share one VIP", () => {
  let lab: Lab;
  const web: Partial<Record<Node, LabProcess>> = {};

  beforeEach(async () => {
    lab = await Lab.start();
    [web.d1, web.d2] = await Promise.all([lab.web("d1"), lab.web("d2")]);
  });
  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  async function start(at: Node, script: string, node: NodeConfig): Promise<LabProcess> {
    await lab.writeFile("/run/nginx_check.sh", script, { at });
    return lab.director(at, config(at, node), ["-p", PID_FILE]);
  }

  const holds = (at: Host): Promise<number> =>
    lab.eventually(`the VIP on ${at} alone`, 20_000, async () => {
      const [d1, d2] = await Promise.all([lab.owns("d1", VIP), lab.owns("d2", VIP)]);
      return d1 === (at === "d1") && d2 === (at === "d2");
    });
  const page = (): Promise<string> => lab.curl("cl", `http://${VIP}/`);

  test("nginx stops: weight -20 takes the master below its backup, and the VIP moves; it returns with nginx", async () => {
    await start("d1", CHECK, { state: "MASTER", priority: 100, weight: -20 });
    await start("d2", CHECK, { state: "BACKUP", priority: 90, weight: -20 });
    await holds("d1");
    expect(await page()).toBe("d1\n");
    await web.d1?.signal("SIGTERM");
    await holds("d2");
    expect(await page()).toBe("d2\n");
    await lab.web("d1");
    await holds("d1");
    expect(await page()).toBe("d1\n");
  });

  test("nginx stops: the script stops the director, and the VIP moves", async () => {
    const director = await start("d1", CHECK_AND_STOP, { state: "MASTER", priority: 100, weight: -20 });
    await start("d2", CHECK_AND_STOP, { state: "BACKUP", priority: 90, weight: -20 });
    await holds("d1");
    await web.d1?.signal("SIGTERM");
    await holds("d2");
    expect(await director.exited()).toMatchObject({ code: 0 });
    expect(await page()).toBe("d2\n");
  });

  test("nopreempt: the VIP stays where it is when the first director comes back", async () => {
    const nodes = {
      d1: { state: "BACKUP", priority: 100, weight: 0, nopreempt: true },
      d2: { state: "BACKUP", priority: 90, weight: 0, nopreempt: true },
    } as const;
    await start("d1", CHECK, nodes.d1);
    await holds("d1");
    await start("d2", CHECK, nodes.d2);
    await web.d1?.signal("SIGTERM");
    await holds("d2");
    await lab.web("d1");
    // d1 is fit again when its script has succeeded; two of its master-down intervals pass, and it says nothing.
    const capture = await lab.capture("cl", "ip proto 112", []);
    const advertsOf = async (at: Host): Promise<number> =>
      (await capture.log()).split(`IP ${addressOf(at)} > `).length - 1;
    await lab.eventually("eight more adverts of d2", 20_000, async () => (await advertsOf("d2")) >= 8);
    expect(await advertsOf("d1")).toBe(0);
    await holds("d2");
    expect(await page()).toBe("d2\n");
  });
});
