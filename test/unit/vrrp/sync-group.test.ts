import { describe, expect, test } from "vitest";
import { followers, groupState, type Member, mayLead } from "../../../src/vrrp/sync-group.ts";

const member = (name: string, part: Partial<Member> = {}): Member => ({
  name,
  state: "backup",
  wantsMaster: false,
  ownFaults: false,
  ...part,
});
const commands = (members: readonly Member[], name: string, from: Member["state"], to: Member["state"]): string[] =>
  followers(members, { name, from, to }).map((c) => `${c.do} ${c.member}`);

describe("vrrp_sync_group", () => {
  test.for([
    { name: "the others are still content as backups", others: [member("b"), member("c")], may: false },
    { name: "one other does not want it yet", others: [member("b", { wantsMaster: true }), member("c")], may: false },
    {
      name: "all others wait to be",
      others: [member("b", { wantsMaster: true }), member("c", { wantsMaster: true })],
      may: true,
    },
    { name: "an other is master already", others: [member("b", { state: "master" })], may: true },
    { name: "an other is in FAULT", others: [member("b", { state: "fault", ownFaults: true })], may: false },
  ])("a member may lead: $name: $may", ({ others, may }) => {
    expect(mayLead([member("a"), ...others], "a")).toBe(may);
  });

  test("one becomes MASTER: the others follow", () => {
    const members = [member("a", { state: "master" }), member("b"), member("c")];
    expect(commands(members, "a", "backup", "master")).toEqual(["clear a", "clear b", "clear c", "lead b", "lead c"]);
  });

  test("one leaves MASTER to BACKUP: the others yield", () => {
    const members = [member("a"), member("b", { state: "master" })];
    expect(commands(members, "a", "master", "backup")).toEqual(["clear a", "clear b", "yield b"]);
  });

  test("one has a fault: all others get it, itself not", () => {
    const members = [member("a", { state: "fault", ownFaults: true }), member("b", { state: "master" }), member("c")];
    expect(commands(members, "a", "master", "fault")).toEqual(["clear a", "fault b", "fault c"]);
  });

  test("with two faulty members each also has the group's fault, so neither starts before both are well", () => {
    const members = [
      member("a", { state: "fault", ownFaults: true }),
      member("b", { state: "fault", ownFaults: true }),
    ];
    expect(commands(members, "b", "backup", "fault")).toEqual(["fault a", "fault b"]);
  });

  test("the last fault gone: the group's is taken back from all", () => {
    const members = [member("a"), member("b", { state: "fault" })];
    expect(commands(members, "a", "fault", "backup")).toEqual(["clear a", "clear b"]);
  });

  test.for([
    { states: ["master", "master"], group: "master" },
    { states: ["backup", "backup"], group: "backup" },
    { states: ["master", "backup"], group: undefined },
    { states: ["master", "fault"], group: "fault" },
    { states: [], group: undefined },
  ] as const)("its scripts are told $group for $states", ({ states, group }) => {
    expect(groupState(states.map((state, i) => member(String(i), { state })))).toBe(group);
  });
});
