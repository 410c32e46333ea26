import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Verdict } from "../../../src/checkers/model.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import type { CheckerProcessPlan, SavedVerdicts } from "../../../src/virtual-server/model.ts";
import { realServerKey, savedKey, virtualServerKey } from "../../../src/virtual-server/names.ts";
import type { RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { server, service } from "./plans.ts";
import {
  dieAfter,
  diedStarting,
  elapse,
  global,
  type Harness,
  refused,
  reload,
  roomOf,
  status,
  survivorOf,
  up,
} from "./room.ts";
import {
  anyHappenings,
  type Event,
  type Happening,
  type Meddling,
  plans,
  type Rows,
  rowsOf,
  serves,
} from "./table-model.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The times between attempts grow to a minute; nothing is refused so often that more than four of these pass. */
const LONGEST_RETRIES_MS = 240_000;
const FOREIGN = service(9, []);
const foreignKey = serviceKey(FOREIGN.id);

/** A director's checker process and its kernel, to which things happen. */
class World {
  harness!: Harness;
  plan = plans[0] as CheckerProcessPlan;
  readonly results = new Map<string, Verdict>();
  readonly said = new Map<string, RsCommand>();
  /** What went wrong with a single command. */
  readonly faults: string[] = [];
  #foreign = false;

  /** `died`: the first process dies as it starts, after so many commands. */
  static async start(died: number | undefined): Promise<World> {
    const world = new World();
    const left = died === undefined ? undefined : await diedStarting(world.plan, died);
    await world.#become(left?.kernel ?? new FakeIpvs(), left?.saved);
    return world;
  }

  async happens(what: Happening): Promise<void> {
    if ("meddle" in what) this.#meddle(this.harness.kernel, what);
    else if ("refuse" in what) this.#refuse(what.refuse);
    else if ("crash" in what) await this.#crash(what);
    else await this.#event(what);
    await elapse(300);
  }

  /** The table as it is, and as it has to be when all is known. */
  tables(): { readonly is: string[]; readonly shouldBe: string[] } {
    const rows = rowsOf(this.plan, (n) => this.results.get(`10.0.0.${n}`)?.up !== false, this.said);
    const text = [...rows].map(([name, row]) => `${name} → ${row.join(", ")}`);
    if (this.#foreign) text.push("10.0.1.9:80 → 10.0.0.7:80 w1");
    return { is: this.harness.kernel.show().sort(), shouldBe: text.sort() };
  }

  isAsItShouldBe(): boolean {
    const { is, shouldBe } = this.tables();
    return is.join() === shouldBe.join();
  }

  async #become(kernel: FakeIpvs, saved: object | undefined): Promise<void> {
    const { checkers = {} } = (saved ?? {}) as Partial<SavedVerdicts>;
    let isUp = (n: number): boolean => checkers[`c${n}`]?.up !== false;
    this.#watch(kernel, (n) => isUp(n));
    const harness = await roomOf(this.plan, { kernel, saved });
    this.harness = harness;
    for (const [host, verdict] of this.results) harness.results.set(host, verdict);
    isUp = (n) => !downIn(harness).has(`10.0.0.${n}:80`);
  }

  /** After every single command: a service that served still does, when by what the process knows it has whom to serve. */
  #watch(kernel: FakeIpvs, isUp: (server: number) => boolean): void {
    const run = kernel.run.bind(kernel);
    kernel.run = (command) => {
      const before = rowsIn(kernel);
      const errno = run(command);
      const after = rowsIn(kernel);
      const wanted = rowsOf(this.plan, isUp, this.said);
      for (const [name, row] of before)
        if (serves(row) && serves(wanted.get(name)) && !serves(after.get(name)))
          this.faults.push(`${command.op} left ${name} empty: ${row} → ${after.get(name)}, wanted ${wanted.get(name)}`);
      return errno;
    };
  }

  async #event(event: Event): Promise<void> {
    if ("server" in event) {
      this.results.set(`10.0.0.${event.server}`, event.up ? up : refused);
      for (const [host, verdict] of this.results) this.harness.results.set(host, verdict);
    } else if ("said" in event) this.#say(event.said);
    else {
      this.plan = plans[event.plan] as CheckerProcessPlan;
      await reload(this.harness, this.plan);
    }
  }

  /** A room that knows no such server refuses. */
  #say(command: RsCommand): void {
    const { address } = command.server;
    const keys = this.plan.virtualServers.flatMap((vs) =>
      vs.realServers
        .filter((rs) => rs.address === address)
        .map((rs) => savedKey(virtualServerKey(vs), realServerKey(rs))),
    );
    const gone = [...this.said].filter(([, { server: named }]) => named.address === address).map(([key]) => key);
    const meant = command.do === "enable" ? gone : keys;
    if (meant.length === 0) expect(() => this.harness.room.override?.(command)).toThrow(address);
    for (const key of meant) {
      if (command.do === "enable") this.said.delete(key);
      else this.said.set(key, command);
    }
    if (meant.length > 0) expect(this.harness.room.override?.(command).servers).toHaveLength(meant.length);
  }

  #refuse(which: readonly boolean[]): void {
    let commands = 0;
    this.harness.kernel.refuse = () => (which[commands++] === true ? "ENOMEM" : undefined);
  }

  async #crash({ crash, during, told, meanwhile, again }: Extract<Happening, { crash: number }>): Promise<void> {
    const { harness } = this;
    let saved = structuredClone(harness.saved.value());
    dieAfter(harness.kernel, crash);
    if (during && "plan" in during) {
      this.plan = plans[during.plan] as CheckerProcessPlan;
      void harness.room.reload(this.plan, global);
    } else if (during) await this.#event(during);
    await elapse(300);
    // A word of the administrator is answered when the parent has it.
    if (told || (during && "said" in during)) saved = harness.saved.value();
    const survivor = survivorOf(harness);
    vi.clearAllTimers(); // of the dead
    if (meanwhile) this.#meddle(survivor, meanwhile);
    const left = { kernel: survivor, saved };
    const next = again === undefined ? left : await diedStarting(this.plan, again, left);
    await this.#become(next.kernel, next.saved);
  }

  #meddle({ table }: FakeIpvs, { meddle, n }: Meddling): void {
    const ours = [...table].filter(([key]) => key !== foreignKey);
    const [key, entry] = ours[n % Math.max(1, ours.length)] ?? [];
    const destinations = entry?.destinations;
    const [place, destination] = [...(destinations ?? [])][n % Math.max(1, destinations?.size ?? 0)] ?? [];
    if (meddle === "clear") table.clear();
    if (meddle === "foreign" || meddle === "clear") this.#foreign = meddle === "foreign";
    if (meddle === "foreign") {
      const other = server(7);
      table.set(foreignKey, {
        service: foreignService(),
        destinations: new Map([["10.0.0.7:80", destinationOf(other)]]),
      });
    }
    if (meddle === "service" && key !== undefined) table.delete(key);
    if (meddle === "stranger") destinations?.set("10.0.0.8:80", destinationOf(server(8)));
    if (place === undefined || !destination) return;
    if (meddle === "remove") destinations?.delete(place);
    if (meddle === "weight") destinations?.set(place, { ...destination, weight: destination.weight === 0 ? 5 : 0 });
  }
}

/** What is down by what the process knows. */
function downIn({ room }: Harness): Set<string> {
  const checks = status(room).virtualServers.flatMap(({ realServers }) => realServers.flatMap((rs) => rs.checkers));
  return new Set(checks.filter((check) => !check.up).map(({ target }) => target));
}

const destinationOf = ({
  address,
  port,
  forwarding,
  weight,
  upperThreshold,
  lowerThreshold,
}: ReturnType<typeof server>) => ({
  address,
  port,
  forwarding,
  weight,
  upperThreshold,
  lowerThreshold,
});

const foreignService = () => ({ id: FOREIGN.id, scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32 });

function rowsIn(kernel: FakeIpvs): Rows {
  const rows = kernel.show().map((line) => line.split(" → ") as [string, string]);
  return new Map(rows.map(([name, row]) => [name, row === "" ? [] : row.split(", ")]));
}

test("whatever happens, the table ends as configuration, verdicts and commands have it, and no command empties a service that has whom to serve", async () => {
  await fc.assert(
    fc.asyncProperty(fc.option(fc.nat(4), { nil: undefined }), anyHappenings, async (died, happenings) => {
      const world = await World.start(died);
      for (const what of happenings) await world.happens(what);
      await elapse(8000);
      for (let waited = 0; waited < LONGEST_RETRIES_MS && !world.isAsItShouldBe(); waited += 8000) await elapse(8000);
      const { is, shouldBe } = world.tables();
      expect([world.faults, is]).toEqual([[], shouldBe]);
      expect(knownOf(world)).toEqual(knowable(world));
      vi.clearAllTimers();
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 600_000);

/** What a successor would be told of: no more and no less than is configured, real servers of which nothing is said being
 *  up. */
function knownOf({ harness, plan }: World) {
  const { startedWallMs, virtualServers, realServers, checkers } = harness.saved.value() as SavedVerdicts;
  const up = Object.entries(checkers).map(([id, state]) => `${id} ${state.up}`);
  const untold =
    startedWallMs === undefined ? [] : realServersOf(plan).filter((key) => !Object.hasOwn(realServers, key));
  const alive = [
    ...Object.entries(realServers).map(([key, rs]) => `${key} ${rs.alive}`),
    ...untold.map((key) => `${key} true`),
  ];
  return [Object.keys(virtualServers).sort(), alive.sort(), up.sort()];
}

const realServersOf = ({ virtualServers }: World["plan"]): readonly string[] =>
  virtualServers.flatMap((vs) => vs.realServers.map((rs) => savedKey(virtualServerKey(vs), realServerKey(rs))));

function knowable({ plan, results }: World) {
  const of = plan.virtualServers;
  const isUp = (id: string): boolean => results.get(`10.0.0.${id.slice(1)}`)?.up !== false;
  const alive = of.flatMap((vs) =>
    vs.realServers.map(
      (rs) =>
        `${savedKey(virtualServerKey(vs), realServerKey(rs))} ${rs.checkers.every((checker) => isUp(checker.id))}`,
    ),
  );
  const guards = new Set(of.flatMap((vs) => vs.realServers.flatMap((rs) => rs.checkers.map(({ id }) => id))));
  const up = [...guards].map((id) => `${id} ${isUp(id)}`);
  return [of.map(virtualServerKey).sort(), alive.sort(), up.sort()];
}

/** The search is the same in every run of the suite; LVSKEEPER_LAW_RUNS looks further. */
const RUNS = Number(process.env.LVSKEEPER_LAW_RUNS ?? 200);
const SEED = RUNS === 200 ? 20260101 : Date.now() & 0x7fffffff;
