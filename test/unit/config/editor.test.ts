// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language writes its own.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { entries, pathOf } from "../../../src/config/docs.ts";
import { keywordsJson, tmLanguage } from "../../../src/config/editor.ts";
import { root } from "../../../src/process/options.ts";

const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
await oniguruma.loadWASM(readFileSync(wasm));
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(tmLanguage(root), "keepalived.tmLanguage.json"),
});
const grammar = (await registry.loadGrammar("source.keepalived")) as textmate.IGrammar;

/** Words of a text with the scope that they are given, its last part left out: "keyword.other priority". */
function scopesOf(text: string): string[] {
  const found: string[] = [];
  let stack = textmate.INITIAL;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const word = line.slice(startIndex, endIndex).trim();
      const scope = scopes.at(-1)?.replace(/\.keepalived$/, "");
      if (word !== "" && word !== "{" && word !== "}") found.push(`${scope === "source" ? "" : scope} ${word}`.trim());
    }
  }
  return found;
}

test.for([
  {
    name: "a block, keywords, values and a comment",
    text: "vrrp_instance VI_1 { # first\n    state MASTER\n    priority 150 ! high\n}",
    scopes: [
      "entity.name.section vrrp_instance",
      "VI_1",
      "comment.line.number-sign # first",
      "keyword.other state",
      "constant.language MASTER",
      "keyword.other priority",
      "constant.numeric 150",
      "comment.line.number-sign ! high",
    ],
  },
  {
    name: "addresses and options of a line",
    text: "virtual_ipaddress {\n  192.168.1.50/24 dev eth0 label eth0:1\n  2001:db8::1/64\n}",
    scopes: [
      "entity.name.section virtual_ipaddress",
      "constant.other.address 192.168.1.50/24",
      "support.type.property-name dev",
      "eth0",
      "support.type.property-name label",
      "eth0:1",
      "constant.other.address 2001:db8::1/64",
    ],
  },
  {
    name: "a block on one line",
    text: "authentication { auth_type PASS }",
    scopes: ["entity.name.section authentication", "keyword.other auth_type", "constant.language PASS"],
  },
  {
    name: "a definition, and its uses inside and outside quotes",
    text: '$VIP=10.0.0.1\nrouter_id "x${VIP}y # no comment"\nrouter_id ${_ENV HOME}',
    scopes: [
      "variable.other.definition $VIP",
      "keyword.operator.assignment =",
      "constant.other.address 10.0.0.1",
      "keyword.other router_id",
      'string.quoted.double "',
      "string.quoted.double x",
      "variable.other ${VIP}",
      "string.quoted.double y # no comment",
      'string.quoted.double "',
      "keyword.other router_id",
      "variable.language ${_ENV HOME}",
    ],
  },
  {
    name: "conditions and sequences, and the keyword after them",
    text: "@^node1 priority 100\n~SEQ(i, 1, 3) router_id r$i",
    scopes: [
      "keyword.control.conditional @^node1",
      "keyword.other priority",
      "constant.numeric 100",
      "keyword.control.loop ~SEQ",
      "(",
      "variable.parameter i",
      ",",
      "constant.numeric 1",
      ",",
      "constant.numeric 3",
      ")",
      "keyword.other router_id",
      "r",
      "variable.other $i",
    ],
  },
  {
    name: "an include",
    text: "include conf.d/*.conf # all",
    scopes: ["keyword.control.import include", "string.unquoted.path conf.d/*.conf", "comment.line.number-sign # all"],
  },
  {
    name: "a keyword's name is none where a value stands, and nothing is where nothing is known",
    text: "router_id state\nprorities 100",
    scopes: ["keyword.other router_id", "state", "prorities", "constant.numeric 100"],
  },
])("colours: $name", ({ text, scopes }) => {
  expect(scopesOf(text)).toEqual(scopes);
});

test("every keyword and option has a colour", () => {
  for (const { path, member } of entries(root)) {
    if (path.at(-1)?.endsWith("[]")) {
      if (!/^[A-Z]+$/.test(member.name))
        expect(scopesOf(`x ${member.name}`)[1], member.name).toMatch(/^(support|constant)\./);
    } else
      expect(scopesOf(member.name === "include" ? "include x" : `${member.name} x`)[0], member.name).toMatch(
        /^(keyword|entity)\./,
      );
  }
});

const golden = fileURLToPath(new URL("../../golden/", import.meta.url));
const files = readdirSync(golden).filter((file) => file.endsWith(".conf"));

test.for(files)("colours of %s: a statement begins with a keyword, and lines end what they begin", (file) => {
  const names = new Set(entries(root).map(({ member }) => member.name));
  let stack = textmate.INITIAL;
  for (const line of readFileSync(golden + file, "utf8")
    .replace("\ufeff", "")
    .split(/\r?\n/)) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    expect(ruleStack.depth).toBe(1);
    stack = ruleStack;
    const first = /^\s*([a-z]\w*)(?=\s+[^\s{]|\s*\{)/.exec(line)?.[1];
    if (first === undefined || !names.has(first)) continue;
    const at = line.indexOf(first);
    const token = tokens.find(({ startIndex, endIndex }) => startIndex <= at && endIndex > at);
    expect(token?.scopes.at(-1), line).toMatch(/^(keyword|entity|support|constant)\./);
  }
});

test("the description of all rows is JSON, and complete", () => {
  const { version, keywords, language } = JSON.parse(keywordsJson(root));
  expect(version).toBe(1);
  expect(keywords.map(({ path }: { path: string }) => path)).toEqual(entries(root).map(pathOf));
  for (const keyword of keywords) {
    expect(Object.keys(keyword)).toEqual(expect.arrayContaining(["path", "kind", "name", "syntax", "type", "doc"]));
    expect(["block", "keyword", "option", "alias"]).toContain(keyword.kind);
  }
  expect(keywords.find(({ path }: { path: string }) => path === "vrrp_instance.advert_int")).toMatchObject({
    kind: "keyword",
    syntax: "advert_int SECONDS",
    type: "seconds",
    unit: "s",
    range: "0.01..255",
    default: "1",
    process: "vrrp",
    example: "advert_int 1",
  });
  expect(language.predefined.map(({ name }: { name: string }) => name)).toContain("${_PWD}");
});
