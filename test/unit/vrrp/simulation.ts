import { boundsOf, Laws } from "./simulation-laws.ts";
import { Agenda, createRandom, Network } from "./simulation-network.ts";
import { Router, sourceOf } from "./simulation-router.ts";
import type { Action, Scenario } from "./simulation-scenario.ts";

/** Intervals that are looked on at the end, when nothing happens any more. */
const LOOKED_ON = 12;

/** Lets routers run through a scenario on a clock of its own, and tells the laws that were broken, in words. The routers
 *  are whole instances with their sync groups; their packets are made and checked as on a wire. */
export async function simulate(scenario: Scenario): Promise<readonly string[]> {
  const { intervalMs, routers: setups, actions, family } = scenario;
  const agenda = new Agenda();
  const random = createRandom(scenario.seed);
  const routers: Router[] = [];
  const network = new Network(scenario, agenda, random, (to, packet, spoiled) => routers[to]?.receive(packet, spoiled));
  const laws = new Laws(scenario, agenda, routers, () => network);
  const addresses = setups.map((_, i) => sourceOf(scenario, i));
  const headerBytes = family === 6 ? 40 : 20;
  const seen = {
    sent(from: number, index: number, packet: Uint8Array, destination: string): void {
      laws.sent(from, index, packet);
      const only = addresses.indexOf(destination);
      for (let to = 0; to < setups.length; to++)
        if (to !== from && (only < 0 || only === to)) network.send(from, to, packet, headerBytes);
    },
    moved: laws.moved.bind(laws),
    announced: laws.announced.bind(laws),
    accepted: laws.accepted.bind(laws),
  };
  setups.forEach((_, number) => {
    routers.push(new Router(scenario, number, agenda, seen, random));
  });
  for (const router of routers) agenda.plan(random() * intervalMs, () => router.start(false));
  for (const action of actions) perform(action, { agenda, network, routers, laws, intervalMs });
  const run = async (until: number): Promise<void> => {
    while (agenda.next(until)) {
      for (const router of routers) await router.settle();
      laws.check();
    }
  };
  const over = Math.max(intervalMs, ...actions.map((a) => (a.at + a.for) * intervalMs));
  const late = Math.max(0, ...actions.map((a) => (a.do === "trouble" ? a.delay * intervalMs : 0)));
  const settled = over + late + boundsOf(scenario).settledMs + intervalMs;
  await run(settled);
  laws.settled();
  await run(settled + LOOKED_ON * intervalMs);
  laws.finished();
  return [...laws.broken];
}

type World = {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly routers: readonly Router[];
  readonly laws: Laws;
  readonly intervalMs: number;
};

type Deed = Exclude<Action, { readonly do: "trouble" }>;

/** Plans what a scenario does, and its end. */
function perform(action: Action, world: World): void {
  const { agenda, network, laws, intervalMs } = world;
  const beginning = action.at * intervalMs;
  const end = beginning + action.for * intervalMs;
  if (action.do !== "trouble") {
    const [begins, ends] = partsOf(action, world);
    agenda.plan(beginning, begins);
    agenda.plan(end, ends);
    return;
  }
  const trouble = { ...action };
  agenda.plan(beginning, () => network.troubles.add(trouble));
  // What it has delayed may still be under way.
  agenda.plan(end + action.delay * intervalMs, () => {
    network.troubles.delete(trouble);
    laws.networkChanged();
  });
}

/** What happens to a router, and how it is undone. */
function partsOf(action: Deed, { routers, laws }: World): readonly [() => void, () => void] {
  const router = routers[action.router % routers.length] as Router;
  const changed = (deed: () => void) => (): void => {
    router.whenAwake(deed);
    laws.configurationChanged();
  };
  /** What is found when the process goes on is no trouble of the network any more. */
  const between = (deed: () => void) => (): void => {
    laws.networkChanged();
    deed();
    laws.networkChanged();
  };
  const stop = (): void => {
    laws.stopping(router);
    router.stop();
  };
  switch (action.do) {
    case "pause":
      return [() => router.standStill(), between(() => router.goOn())];
    case "crash":
      return [between(() => router.crash()), () => router.start(action.saved)];
    case "stop":
      return [() => router.whenAwake(stop), () => router.whenAwake(() => router.start(false))];
    case "fault":
      return [changed(() => router.fault(action.instance, true)), changed(() => router.fault(action.instance, false))];
    case "weight":
      return [changed(() => router.weigh(action.weight)), changed(() => router.weigh(-action.weight))];
    case "reload":
      return [changed(() => router.reload(action.setup)), () => {}];
  }
}
