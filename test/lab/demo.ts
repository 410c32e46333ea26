/** `npm run demo`: a pair of directors, two web servers and a client on a kernel with IPVS. A web server is stopped and
 *  started, a director is killed and comes back; the client asks on. Exits with 0 only if every step was seen to hold. */
import { pairConfig, placement, REAL_SERVERS, serving, settle, startWebServers, VIPS } from "./lib/dual-master.ts";
import { addressOf, type Host, Lab } from "./lib/lab.ts";
import { Narrator } from "./lib/narrator.ts";

const tell = new Narrator();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function main(): Promise<void> {
  tell.heading("Two directors, two web servers, one client");
  tell.say("booting a kernel with IPVS (a User-Mode Linux guest, unless this machine's own kernel has it)");
  await using lab = await Lab.start();
  const interrupted = (): void => void leave(lab);
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  tell.say(
    `d1 ${addressOf("d1")} and d2 ${addressOf("d2")} direct, rs1 ${addressOf("rs1")} and rs2 ${addressOf("rs2")} serve`,
  );
  tell.say(`VIP ${VIPS.one}: master d1, checked by TCP_CHECK; VIP ${VIPS.two}: master d2, checked by HTTP_GET`);
  try {
    await show(lab);
  } catch (error) {
    console.error(`\n${(error as Error).message}`);
  }
  process.exitCode = tell.summary() && steps === STEPS ? 0 : 1;
}

/** The number of steps below: a demo that ends early has not shown everything. */
const STEPS = 12;
let steps = 0;

async function step(what: string, look: () => Promise<string | undefined>): Promise<void> {
  await tell.step(what, look);
  steps += 1;
}

async function leave(lab: Lab): Promise<void> {
  console.log("\ninterrupted, cleaning up");
  await lab[Symbol.asyncDispose]();
  process.exit(130);
}

async function show(lab: Lab): Promise<void> {
  const web = await startWebServers(lab);
  tell.heading("Start");
  await lab.director("d1", pairConfig("A"));
  await lab.director("d2", pairConfig("B"));
  await step("each director owns its VIP", async () => `${seconds(await settle(lab, "d1", "d2"))} after the start`);
  await showOwners(lab);
  await step("both tables hold both web servers", async () => {
    await serving(lab, ["d1", "d2"], REAL_SERVERS);
    return undefined;
  });
  for (const at of ["d1", "d2"] as const) tell.show(`${at}: ipvsadm -Ln`, await lab.table(at));
  await step("the client is answered through both VIPs", () => ask(lab));
  await step("lvskeeper status tells both", async () => {
    const { status, stdout, stderr } = await lab.lvskeeper("d1", ["status"]);
    if (status !== 0 || !stdout.includes(VIPS.one)) throw new Error(`exit status ${status}: ${stderr}`);
    tell.show("d1: lvskeeper status", stdout);
    return undefined;
  });

  tell.heading("A web server stops");
  const served = (await lab.curl("cl", `http://${VIPS.one}/`)).trim() === "rs2" ? "rs2" : "rs1";
  const other = served === "rs1" ? "rs2" : "rs1";
  tell.say(`stopping nginx on ${served}, the one that this client is being served by`);
  await web[served].signal("SIGTERM");
  await web[served].exited();
  await step(`${served} leaves both tables`, async () => `after ${seconds(await serving(lab, ["d1", "d2"], [other]))}`);
  tell.show("d1: ipvsadm -Ln", await lab.table("d1"));
  await step("the client's requests go on", () => ask(lab, other));
  await lab.web(served);
  await step(
    `${served} returns to both tables`,
    async () => `after ${seconds(await serving(lab, ["d1", "d2"], REAL_SERVERS))}`,
  );

  tell.heading("A director dies, its cable pulled");
  const clients = {
    one: await lab.requests("cl", `http://${VIPS.one}/`),
    two: await lab.requests("cl", `http://${VIPS.two}/`),
  };
  tell.say("killing all processes of d1 and cutting its link");
  await lab.crash("d1");
  await step("d2 owns both VIPs", async () => `after ${seconds(await settle(lab, "d2", "d2"))}`);
  await showOwners(lab);
  await step("the client is answered through both VIPs again", () => ask(lab));
  await step("the longest time the client had no answer", async () => {
    const [one, two] = [await clients.one.stop(), await clients.two.stop()];
    if (one.longestMs > 20_000 || two.longestMs > 2000)
      throw new Error(`${seconds(one.longestMs)} and ${seconds(two.longestMs)}`);
    return `${seconds(one.longestMs)} on ${VIPS.one} (adverts every 3 s), ${seconds(two.longestMs)} on ${VIPS.two}, which never moved`;
  });

  tell.heading("The director comes back");
  await lab.restore("d1");
  await lab.director("d1", pairConfig("A"));
  await step("d1 takes its VIP back", async () => `after ${seconds(await settle(lab, "d1", "d2"))}`);
  await showOwners(lab);
  await step("the client is answered through both VIPs, and both tables are whole", async () => {
    await serving(lab, ["d1", "d2"], REAL_SERVERS);
    return ask(lab);
  });
}

/** Asks three times through each VIP. Rejects when one request fails, or when another server than `only` answers. */
async function ask(lab: Lab, only?: Host): Promise<string> {
  const answers: string[] = [];
  for (const vip of [VIPS.one, VIPS.two]) {
    const bodies: string[] = [];
    for (let i = 0; i < 3; i++) bodies.push((await lab.curl("cl", `http://${vip}/`)).trim());
    if (only !== undefined && bodies.some((body) => body !== only))
      throw new Error(`${vip} answered ${bodies.join(" ")}`);
    answers.push(`${vip} by ${bodies.join(" ")}`);
  }
  return answers.join(", ");
}

async function showOwners(lab: Lab): Promise<void> {
  const { one, two } = await placement(lab);
  tell.say(`${VIPS.one} is on ${one}, ${VIPS.two} is on ${two}`);
  for (const at of ["d1", "d2"] as const)
    tell.show(`${at}: ip -4 -br addr`, await lab.run(at, "ip -4 -br addr show dev eth0"));
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
