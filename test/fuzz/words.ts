import fc from "fast-check";

/** Words that a value may be made of, right and wrong, from how its row writes it (`INT 1..255`, `a|b`, `[dev IFNAME]`). It
 *  need not understand everything: what it does not know becomes any word. */
export function wordsOf(syntax: string): fc.Arbitrary<string> {
  const alternatives = splitOutside(syntax.trim(), " or ");
  return fc.oneof(...alternatives.map((alternative) => fc.tuple(...partsOf(alternative)).map(joined)));
}

const joined = (words: readonly string[]): string => words.filter((word) => word !== "").join(" ");

/** The text at `separator`, where that stands in no bracket. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "[" || text[i] === "(") depth++;
    else if (text[i] === "]" || text[i] === ")") depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(from, i));
      from = i + separator.length;
    }
  }
  return [...parts, text.slice(from)];
}

function partsOf(text: string): fc.Arbitrary<string>[] {
  const parts: fc.Arbitrary<string>[] = [];
  let rest = text;
  while (rest.length > 0) {
    const ranged = /^(INT|SECONDS|NUMBER|MILLISECONDS) (-?[\d.]+)\.\.(-?[\d.]+)/.exec(rest);
    const optional = rest.startsWith("[") ? closing(rest) : 0;
    if (ranged) parts.push(number(Number(ranged[2]), Number(ranged[3]), ranged[1] !== "INT"));
    else if (optional > 1) parts.push(fc.oneof(fc.constant(""), wordsOf(rest.slice(1, optional))));
    else parts.push(atom(/^\S+/.exec(rest)?.[0] ?? ""));
    rest = rest.slice(ranged ? ranged[0].length : optional > 1 ? optional + 1 : (/^\S*/.exec(rest)?.[0].length ?? 1));
    rest = rest.trimStart();
  }
  return parts;
}

/** Offset of the bracket that closes the first one. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]" && --depth === 0) return i;
  }
  return 0;
}

const number = (min: number, max: number, fraction: boolean): fc.Arbitrary<string> => {
  const [low, high] = [Math.ceil(min), Math.floor(max)];
  return fc.oneof(
    fc.constantFrom(min, max, min - 1, max + 1).map(String),
    ...(low <= high
      ? [fc.integer({ min: low, max: high }), fc.integer({ min: low, max: Math.min(high, low + 100) })]
      : []
    ).map((number) => number.map(String)),
    ...(fraction ? [fc.constantFrom("0.5", "1.25", ".5", "2.000001", "1.0000001")] : []),
  );
};

const ADDRESSES = ["10.0.0.1", "192.168.1.10", "10.0.0.2", "2001:db8::1", "fe80::1", "224.0.0.18", "0.0.0.0", "::"];
const NAMES = ["VI_1", "VI_2", "chk", "web", "eth0", "eth1", "x"];

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  ADDRESS: ADDRESSES,
  ADDR: ADDRESSES,
  "ADDRESS[/PREFIX]": [...ADDRESSES, "10.0.0.0/24", "2001:db8::/64", "default", "10.0.0.1/33"],
  PORT: ["80", "443", "0", "65535", "65536"],
  IFNAME: ["eth0", "eth1", "lo", "a-name-of-more-than-15"],
  NAME: NAMES,
  INSTANCE: ["VI_1", "VI_2"],
  HOST: ["www.example.org", "localhost"],
  EMAIL: ["root@localhost", "a"],
  PATH: ["/", "/index.html", "/tmp/x"],
  '"COMMAND': ["/bin/true", '"/bin/true a b"', "'/bin/false'", '"sh -c \\"exit 1\\""', "nonsense"],
  USER: ["root", "nobody", "nobody nogroup"],
  NETMASK: ["255.255.255.0", "24", "255.0.255.0"],
  "(no": [""],
  "value)": [""],
};

const atom = (text: string): fc.Arbitrary<string> => {
  const repeated = text.endsWith("...") && text.length > 3 ? text.slice(0, -3) : undefined;
  if (repeated) return fc.array(atom(repeated), { maxLength: 4 }).map(joined);
  if (KNOWN[text]) return fc.constantFrom(...KNOWN[text]);
  if (text.includes("|")) return fc.constantFrom(...text.split("|"));
  if (/^[a-z_-]+$/.test(text)) return fc.constant(text);
  return anyWord;
};

/** Any word, most of them wrong wherever they stand. */
export const anyWord: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ADDRESSES, ...NAMES, "0", "1", "-1", "255", "1e9", "0x10", "4294967296", "on", "off", "forever"),
  fc.constantFrom(
    '""',
    '"',
    "'",
    "\\",
    '"a b"',
    '"a # b"',
    "a\\#b",
    "\u00a0",
    "\u{1f600}",
    "$A",
    "a=b",
    "~",
    "@x",
    "--",
    ";",
  ),
  fc.constantFrom("$".concat("{A}"), "$".concat("{_RANDOM 1 5}"), "x$".concat("{B}y"), "$".concat("{_ENV HOME}")),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replaceAll(/[\n\r{}]/g, "")),
  fc.constantFrom("9".repeat(400), "a".repeat(2000)),
);
