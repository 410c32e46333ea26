import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";

const VIP = `${NETWORK}.222`;
const PORT = 3306;
const PID_FILE = "/run/keepalived.pid";
const SCRIPT = "/run/closekeepalived.sh";

/** A MySQL server that is its own director: its only real server is itself, and when that is down it gives the VIP away. */
const config = (at: "d1" | "d2"): string => `
global_defs {
    router_id mysql_${at}
}
vrrp_instance VI_1 {
    state ${at === "d1" ? "MASTER" : "BACKUP"}
    interface eth0
    virtual_router_id 51
    priority ${at === "d1" ? 100 : 50}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        ${VIP}/24
    }
}
virtual_server ${VIP} ${PORT}{
    delay_loop 2
    lb_algo wrr
    lb_kind DR
    persistence_timeout 60
    protocol TCP
    real_server ${addressOf(at)} ${PORT} {
        weight 3
        notify_down ${SCRIPT}
        TCP_CHECK{
            connect_timeout 10
            nb_get_retry 3
            delay_before_retry 1
            connect_port ${PORT}
        }
    }
}
`;

describe("a pair of MySQL servers that share one VIP", () => {
  let lab: Lab;
  let mysql: LabProcess;
  let director: LabProcess;

  beforeAll(async () => {
    lab = await Lab.start();
    mysql = await lab.web("d1", { port: PORT });
    await lab.web("d2", { port: PORT });
    for (const at of ["d1", "d2"] as const)
      await lab.writeFile(SCRIPT, `#!/bin/sh\necho "giving up" >&2\nkill "$(cat ${PID_FILE})"\nexit 3\n`, { at });
    director = await lab.director("d1", config("d1"), ["-p", PID_FILE]);
    await lab.director("d2", config("d2"), ["-p", PID_FILE]);
    await lab.eventually("the VIP on d1", 20_000, () => lab.owns("d1", VIP));
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
  });

  test("a client reaches the server that holds the VIP", async () => {
    expect(await lab.curl("cl", `http://${VIP}:${PORT}/`)).toBe("d1\n");
  });

  test("MySQL's port is closed: notify_down runs and stops the director, and the VIP moves", async () => {
    await mysql.signal("SIGTERM");
    await lab.eventually("the VIP on d2 alone", 30_000, async () => {
      return (await lab.owns("d2", VIP)) && !(await lab.owns("d1", VIP));
    });
    expect(await director.exited()).toMatchObject({ code: 0 });
    expect(await lab.curl("cl", `http://${VIP}:${PORT}/`)).toBe("d2\n");
  });

  test("the log tells which script ran as whom, how it ended and what it wrote", async () => {
    const log = await director.log();
    expect(log).toMatch(new RegExp(`notify_down .*${SCRIPT} \\(as [^)]+\\)`));
    expect(log).toMatch(/exited with status 3; it wrote: giving up/);
  });
});
