import { expect, test } from "vitest";
import { err, ok } from "../../../src/core/result.ts";
import { type ReloadTarget, reloadAll } from "../../../src/process/reload.ts";

type Plan = { readonly name: string; readonly needs: readonly string[] };
const refused = err({ code: "x", message: "cannot" });

function target(
  name: string,
  log: string[],
  options: { readonly on: boolean; readonly refuses?: boolean; readonly cannotStart?: boolean },
): ReloadTarget<Plan> {
  let on = options.on;
  return {
    isOn: () => on,
    isNeeded: (plan) => plan.needs.includes(name),
    reload: async (plan) => {
      log.push(`${name} reloads to ${plan.name}`);
      return options.refuses && plan.name === "new" ? refused : ok(undefined);
    },
    start: async (plan) => {
      log.push(`${name} starts with ${plan.name}`);
      on = true;
      return options.cannotStart ? refused : ok(undefined);
    },
    stop: async () => {
      log.push(`${name} stops`);
      on = false;
    },
  };
}

const both = { name: "old", needs: ["checker", "vrrp"] };

test("all take the new plan", async () => {
  const log: string[] = [];
  const targets = [target("checker", log, { on: true }), target("vrrp", log, { on: true })];
  expect(await reloadAll(targets, both, { ...both, name: "new" })).toEqual(ok(undefined));
  expect(log).toEqual(["checker reloads to new", "vrrp reloads to new"]);
});

test("one refuses: it and those before it are taken back, last first", async () => {
  const log: string[] = [];
  const targets = [target("checker", log, { on: true }), target("vrrp", log, { on: true, refuses: true })];
  expect(await reloadAll(targets, both, { ...both, name: "new" })).toEqual(refused);
  expect(log.slice(2)).toEqual(["vrrp reloads to old", "checker reloads to old"]);
});

test("a child that is newly needed is started; if it cannot run, it is stopped and the others are taken back", async () => {
  const log: string[] = [];
  const targets = [target("checker", log, { on: true }), target("vrrp", log, { on: false, cannotStart: true })];
  expect(await reloadAll(targets, { name: "old", needs: ["checker"] }, { ...both, name: "new" })).toEqual(refused);
  expect(log).toEqual(["checker reloads to new", "vrrp starts with new", "vrrp stops", "checker reloads to old"]);
});

test("a child that is no longer needed lets go of what was removed, and stops only when all have agreed", async () => {
  const log: string[] = [];
  const targets = [target("checker", log, { on: true }), target("vrrp", log, { on: true })];
  await reloadAll(targets, both, { name: "new", needs: ["vrrp"] });
  expect(log).toEqual(["checker reloads to new", "vrrp reloads to new", "checker stops"]);
});

test("a child that neither runs nor is needed is left alone", async () => {
  const log: string[] = [];
  await reloadAll([target("vrrp", log, { on: false })], { name: "old", needs: [] }, { name: "new", needs: [] });
  expect(log).toEqual([]);
});
