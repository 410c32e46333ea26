import { expect, test } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { type AnswerParts, answerTo } from "../../../src/process/api-answers.ts";
import type { Director } from "../../../src/process/director.ts";
import { EventRing } from "../../../src/process/event-ring.ts";
import { processEvents } from "../../../src/process/log-events.ts";
import { CONTROL_REQUESTS, type ControlRequest } from "../../../src/process/messages.ts";

const broken = (): never => {
  throw new TypeError("a mistake of ours");
};

/** A director of which every part has the mistake. */
const parts: AnswerParts = {
  director: new Proxy({}, { get: () => broken }) as Director,
  events: new EventRing(0),
  log: createLogger(processEvents, () => {}),
  describe: () => ({ role: "api", state: "running", respawns: 0 }),
  subscribe: () => {},
};

const ask = (request: ControlRequest, body?: unknown) => answerTo({ t: "request", id: 1, request, body }, parts);

test.for(["status", "ipvs", "config", "plan", "running", "metrics"] as const)(
  "a mistake while %s is told ends nothing",
  async (request) => {
    expect(await ask(request)).toEqual({
      httpStatus: 500,
      body: { ok: false, code: "internal", message: "a mistake of ours" },
    });
  },
);

test("one while something is changed does: what it left half done is begun anew", async () => {
  await expect(ask("reload")).rejects.toThrow("a mistake of ours");
  await expect(ask("rs", { do: "disable", server: "10.0.0.1" })).rejects.toThrow("a mistake of ours");
  await expect(ask("vrrp", { do: "failover", instance: "VI_1" })).rejects.toThrow("a mistake of ours");
});

test("what is no command, or no request, is refused before anybody is asked", async () => {
  expect(await ask("rs", { do: "burn" })).toMatchObject({ httpStatus: 400 });
  expect(await ask("vrrp", 7)).toMatchObject({ httpStatus: 400 });
  expect(await ask("surprise" as ControlRequest)).toMatchObject({ httpStatus: 404 });
  expect(CONTROL_REQUESTS).not.toContain("surprise");
});
