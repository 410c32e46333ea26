import { expect, test } from "vitest";
import { entries, explainEntry } from "../../../src/config/docs.ts";
import { root } from "../../../src/process/options.ts";
import { valuesOf } from "./reading.ts";

const all = entries(root);
const argumentOf: Readonly<Record<string, string>> = {
  vrrp_instance: "A",
  vrrp_script: "A",
  vrrp_sync_group: "A",
  virtual_server: "10.0.0.1 80",
  real_server: "10.0.0.2 80",
};

const examples = all.filter(({ member }) => member.example !== undefined && member.name !== "include");

test.for(examples.map((entry) => ({ name: [...entry.path, entry.member.name].join(" > "), ...entry })))(
  "the example of $name is right",
  ({ path, member }) => {
    const open = path.map((block) => `${block} ${argumentOf[block] ?? ""} {\n`).join("");
    const { diagnostics } = valuesOf(`${open}${member.example}\n${"}\n".repeat(path.length)}`);
    expect(diagnostics).toEqual([]);
  },
);

test("every keyword has a manual that ends in a full stop and says what it takes", () => {
  for (const entry of all) {
    expect(entry.member.doc, entry.member.name).toMatch(/^[A-Z0-9].*[.]$/s);
    expect(explainEntry(entry)).toContain(`syntax: ${entry.member.name}`);
  }
});

test("every keyword stands in the block that declares it", () => {
  for (const { path, member } of all) expect(member.in).toBe(path.at(-1) ?? "root");
});

test("a keyword without effect or support says so at its place, beside what is wrong with its value", () => {
  for (const { path, member } of all) {
    if (path.length > 1 || (member.noEffect === undefined && member.notSupported === undefined)) continue;
    const open = path.map((block) => `${block} ${argumentOf[block] ?? ""} {\n`).join("");
    const takesBlock = member.kind === "row" && member.type.body !== "none";
    const line = `${member.name} some words${takesBlock ? " {\nany thing\nblock {\n}\n}" : ""}`;
    const { codes } = valuesOf(`${open}${line}\n${"}\n".repeat(path.length)}`);
    const expected = member.noEffect === undefined ? "conf/not-supported" : "conf/no-effect";
    expect(codes, member.name).toContain(`${expected} ${path.length + 1}:1`);
  }
});
