import { type Problems, quote, relatedAt } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import type { Statement } from "../config/tree.ts";

/** A program whose configuration grew out of keepalived's, and what only it knows: keywords, and values of keywords. */
type Dialect = {
  readonly name: string;
  readonly keywords: readonly string[];
  readonly values: Readonly<Record<string, RegExp>>;
};

const DIALECTS: readonly Dialect[] = [
  {
    name: "DPVS",
    keywords: [
      "local_address_group",
      "laddr_group_name",
      "daddr_group_name",
      "deny_address_group",
      "allow_address_group",
      "blklst_addr_gname",
      "whtlst_addr_gname",
      "dpdk_interface",
      "vip_bind_dev",
      "syn_proxy",
      "synproxy",
      "snat_rule",
      "establish_timeout",
      "est_timeout",
      "conn_timeout",
      "expire_quiescent_conn",
      "defence_tcp_drop",
      "defence_udp_drop",
      "limit_proportion",
      "proxy_protocol",
    ],
    values: {
      lb_kind: /^(FNAT|SNAT)$/i,
      lvs_method: /^(FNAT|SNAT)$/i,
      lb_algo: /^conhash$/i,
      virtual_server: /^match$/,
    },
  },
  {
    name: "monalive",
    keywords: ["announce_group", "annonunce_group", "ipv4_outer_source_network", "ipv6_outer_source_network"],
    values: { lvs_method: /^GRE$/i, version: /^v\d/ },
  },
];

type Telling = { readonly dialect: Dialect; readonly word: Token };

/** Says of a file that is written for another dialect that it is, once: its own words would otherwise be as many findings,
 *  and what is left without them means something else. False for a file of keepalived's own words. */
export function isOtherDialect(statements: readonly Statement[], problems: Problems): boolean {
  const [first, ...others] = tellingWords(statements, []);
  if (!first) return false;
  const seen = new Set([first.word.text]);
  const rest = others.filter(({ word }) => !seen.has(word.text) && seen.add(word.text));
  problems.error(
    "conf/other-dialect",
    `this file is written for ${first.dialect.name}: ${quote(first.word.text)} is not keepalived's`,
    first.word,
    {
      hint: `start it with ${first.dialect.name}, or take out what only that knows`,
      related: rest.slice(0, 5).map(({ word }) => relatedAt(`nor is ${quote(word.text)}`, word)),
    },
  );
  return true;
}

function tellingWords(statements: readonly Statement[], found: Telling[]): readonly Telling[] {
  for (const { words, block } of statements) {
    const [keyword, value] = words;
    const dialect = BY_KEYWORD.get(keyword.text);
    const byValue = value && BY_VALUE.get(keyword.text)?.find(({ values }) => values[keyword.text]?.test(value.text));
    if (dialect) found.push({ dialect, word: keyword });
    else if (byValue) found.push({ dialect: byValue, word: value });
    if (block && !block.opaque) tellingWords(block.statements, found);
  }
  return found;
}

const BY_KEYWORD = new Map(
  DIALECTS.flatMap((dialect) => dialect.keywords.map((keyword) => [keyword, dialect] as const)),
);

const BY_VALUE = new Map(
  [...new Set(DIALECTS.flatMap(({ values }) => Object.keys(values)))].map(
    (keyword) => [keyword, DIALECTS.filter(({ values }) => keyword in values)] as const,
  ),
);
