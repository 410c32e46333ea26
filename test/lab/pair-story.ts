import type { DirectorStatus } from "../../src/process/status.ts";
import type { Answers, Host, Lab, LabProcess, Probe } from "./lib/lab.ts";
import { installScripts, recipe, type Side } from "./recipes.ts";

/** What the tests of the pairs do: two directors that share one VIP, a server on each of them, and a client. */

export const SIDES = ["d1", "d2"] as const;
export const PID_FILE = "/run/keepalived.pid";

/** Three intervals of 1 s and a skew below 1 s, and what a busy machine takes. */
export const TAKEOVER_MS = 4000 + 3000;

export class Pair {
  readonly lab: Lab;
  readonly recipe: string;
  readonly vip: string;

  constructor(lab: Lab, name: string, vip: string) {
    this.lab = lab;
    this.recipe = name;
    this.vip = vip;
  }

  /** A director with the recipe's own file. */
  async start(at: Side, edit: (text: string) => string = (text) => text): Promise<LabProcess> {
    await installScripts(this.lab, at, this.recipe);
    return this.lab.director(at, edit(recipe(this.recipe, at)), ["-p", PID_FILE]);
  }

  /** Waits until one side has the VIP and the other one has not. */
  holds(at: Side): Promise<number> {
    return this.lab.eventually(`the VIP on ${at} alone`, 20_000, async () => {
      const [d1, d2] = await Promise.all(SIDES.map((side) => this.lab.owns(side, this.vip)));
      return d1 === (at === "d1") && d2 === (at === "d2");
    });
  }

  /** Waits until what a client got last is an answer of this side. */
  async serves(at: Side, client: Probe<Answers>): Promise<void> {
    const last = `"ok":true,"text":"${at}"}`;
    const answered = async () => (await client.process.log()).trimEnd().endsWith(last);
    await this.lab.eventually(`the client is answered by ${at}`, 10_000, answered);
  }

  /** Its one instance, as `status` has it. */
  async instance(at: Host) {
    const { status, stdout, stderr } = await this.lab.lvskeeper(at, ["status", "--json", "-p", PID_FILE]);
    if (status !== 0) throw new Error(stderr);
    const { vrrp } = JSON.parse(stdout) as DirectorStatus;
    return typeof vrrp === "object" ? vrrp.instances[0] : undefined;
  }

  async why(at: Host, thing = "VI_1"): Promise<string> {
    return (await this.lab.lvskeeper(at, ["why", thing, "-p", PID_FILE])).stdout;
  }
}
