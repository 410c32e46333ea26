import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import type { Diagnostic } from "../../src/config/diagnostic.ts";
import { exitStatus, loadConfiguration } from "../../src/process/configuration.ts";
import { type Kind, kinds, ownErrors } from "./kinds.ts";
import { type Message, readOracle, stoppedAt } from "./oracle.ts";

vi.setConfig({ testTimeout: 60_000 }); // the largest have tens of thousands of real servers

/** Real configurations, and what `keepalived -t` said of each, lie beside the project where it is worked on, and never in
 *  it: conf/NAME.conf, oracle/NAME.txt, or a folder that LVSKEEPER_CORPUS names. */
const folder = process.env.LVSKEEPER_CORPUS ?? "../shared/corpus";
const names = existsSync(folder)
  ? readdirSync(path.join(folder, "conf")).map((file) => path.basename(file, ".conf"))
  : [];

/** Headings of the page as the names that links to them have. */
const anchors = new Set(
  [...readFileSync("docs/compatibility.md", "utf8").matchAll(/^##+ (.*)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  ),
);

/** The oracle ran with `-i low`. */
const check = (name: string) => loadConfiguration(path.join(folder, "conf", `${name}.conf`), { configId: "low" });

function oracleOf(name: string): readonly Message[] {
  const file = path.join(folder, "oracle", `${name}.txt`);
  return existsSync(file) ? readOracle(readFileSync(file, "utf8")) : [];
}

const kindOf = (name: string, { text }: Message): Kind | undefined =>
  kinds.find((kind) => kind.message.test(text) && (kind.in?.test(name) ?? true));

const shown = ({ line, text }: Message): string => `line ${line ?? "-"}: ${text}`;

/** What keepalived said and we do not. */
function missing(name: string, diagnostics: readonly Diagnostic[]): readonly string[] {
  return oracleOf(name).flatMap((message) => {
    const kind = kindOf(name, message);
    if (!kind) return [`of no kind: ${shown(message)}`];
    if (!("ours" in kind)) return [];
    const somewhere = message.line === undefined || kind.elsewhere !== undefined;
    const found = diagnostics.some(
      ({ code, span }) => kind.ours.includes(code) && (somewhere || span?.line === message.line),
    );
    return found ? [] : [`not said: ${shown(message)}`];
  });
}

/** Our errors that keepalived did not give, nor is their difference a listed one. */
function added(name: string, diagnostics: readonly Diagnostic[]): readonly string[] {
  const messages = oracleOf(name);
  const judged = stoppedAt(messages);
  const backed = (line: number, code: string): boolean =>
    messages.some((message) => {
      const kind = kindOf(name, message);
      if (!kind) return false;
      if ("machine" in kind) return message.line === line || code.startsWith("script/");
      if (!("ours" in kind) || !kind.ours.includes(code)) return false;
      return message.line === undefined || message.line === line || kind.elsewhere !== undefined;
    });
  return diagnostics
    .filter(({ severity, span }) => severity === "error" && (span?.line ?? 0) <= judged)
    .filter(({ code }) => judged === Infinity || code.startsWith("conf/"))
    .filter(({ code, span }) => !backed(span?.line ?? 0, code))
    .filter(
      ({ code, message }) =>
        !ownErrors.some(
          (own) => own.code === code && (own.message?.test(message) ?? true) && (own.in?.test(name) ?? true),
        ),
    )
    .map(({ code, message, span }) => `only here: line ${span?.line}: ${code}: ${message}`);
}

if (names.length === 0) test.skip(`the corpus is not here (${folder}; LVSKEEPER_CORPUS names another place)`, () => {});
else {
  test.for(names)("%s: what keepalived says of it is said, and no more is refused", (name) => {
    const { diagnostics } = check(name);
    expect([...missing(name, diagnostics), ...added(name, diagnostics)]).toEqual([]);
  });

  test("what keepalived ends for is refused; a file of another dialect is refused by its name", () => {
    for (const name of names) {
      const { diagnostics } = check(name);
      if (stoppedAt(oracleOf(name)) < Infinity) expect(exitStatus(diagnostics), name).toBe(5);
      if (/dialect/.test(name))
        expect(
          diagnostics.map(({ code }) => code),
          name,
        ).toContain("conf/other-dialect");
    }
  });

  test("no kind is left over", () => {
    const all = names.flatMap((name) => oracleOf(name).map((message) => kindOf(name, message)));
    expect(kinds.filter((kind) => !all.includes(kind)).map(({ message }) => message.source)).toEqual([]);
  });
}

test("every listed difference has its reason in docs/compatibility.md", () => {
  const named = [
    ...kinds.map((kind) => ("differs" in kind ? kind.differs : "elsewhere" in kind ? kind.elsewhere : undefined)),
    ...ownErrors.map(({ differs }) => differs),
  ].filter((anchor) => anchor !== undefined);
  expect(named.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});
