import { expect, test } from "vitest";
import { completionOf, completionText, type Names } from "../../../src/cli/completion.ts";
import { describedProgram } from "../../../src/cli/program.ts";

const asked: string[] = [];
const answer =
  (what: string, ...words: string[]) =>
  async (): Promise<string[]> => {
    asked.push(what);
    return words;
  };
const names: Names = {
  instances: answer("instances", "VI_1", "VI_2", "web"),
  realServers: answer("realServers", "10.0.0.2:80", "[2001:db8::2]:80"),
  virtualServers: answer("virtualServers", "192.0.2.1:80"),
  keywords: answer("keywords", "priority", "preempt", "lint/no-vip"),
};
const words = async (...line: string[]): Promise<string[]> => {
  const { candidates, files } = await completionOf(describedProgram(), line, names);
  return [...candidates.map(({ word }) => word), ...(files ? [":files"] : [])];
};

test.each([
  [["sta"], ["status"]],
  [["status", "--j"], ["--json"]],
  [
    ["vrrp", ""],
    ["failover", "resume"],
  ],
  [
    ["vrrp", "failover", "VI"],
    ["VI_1", "VI_2"],
  ],
  [["vrrp", "failover", "--control", ""], [":files"]],
  [["rs", "drain", "["], ["[2001:db8::2]:80"]],
  [["rs", "drain", "10.0.0.2:80", "--service", ""], ["192.0.2.1:80"]],
  [["rs", "drain", "10.0.0.2:80", "--deadline", ""], []],
  [["rs", "weight", "10.0.0.2:80", ""], []],
  [
    ["why", ""],
    ["VI_1", "VI_2", "web", "192.0.2.1:80", "10.0.0.2:80", "[2001:db8::2]:80"],
  ],
  [
    ["check", "--format", ""],
    ["text", "json", "github"],
  ],
  [["check", "a.conf", "b"], [":files"]],
  [
    ["explain", "pr"],
    ["priority", "preempt"],
  ],
  [["completion", "b"], ["bash"]],
  [["nonsense", ""], []],
])("%j", async (line, expected) => {
  const found = await words(...line);
  expect(found).toEqual(expected);
});

test("all commands are offered first, the hidden one is not; the director is asked only for what it knows", async () => {
  asked.length = 0;
  const found = await words("");
  expect(found).toEqual(expect.arrayContaining(["run", "check", "status", "rs", "vrrp", "completion"]));
  expect(found).not.toContain("complete");
  expect(asked).toEqual([]);
  await words("vrrp", "resume", "");
  expect(asked).toEqual(["instances"]);
});

test("a candidate is one line", () => {
  expect(completionText({ candidates: [{ word: "a:b", about: "two\n\twords" }], files: true })).toBe(
    "a:b\ttwo words\n:files\n",
  );
});
