// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how the language writes its own.
/** A word of the configuration language itself, which stands beside the keywords. Texts are Markdown with no more than
 *  `code` in it. */
export type LanguageWord = {
  readonly name: string;
  readonly syntax: string;
  readonly doc: string;
  readonly example: string;
  /** The lines that the example comes to, where `$VIP` is 192.168.1.50 and the configuration id node1. */
  readonly becomes?: readonly string[];
};

/** How a file is read, before any keyword: one paragraph each. */
export const languageText: readonly string[] = [
  "A configuration is made of lines: a keyword, and its values as words with blanks between them. `{` and `}` hold a block; they may stand on the keyword's line or on a line of their own. A value with blanks is written between double quotes.",
  "`#` and `!` begin a comment anywhere on a line, but not between double quotes; `\\#` and `\\!` are the characters themselves.",
  "Times are decimal seconds unless a keyword says otherwise, without a unit after the number. `BOOL` is one of `true` `on` `yes` `false` `off` `no`. An `ADDRESS` is IPv4 or IPv6 without brackets; a port is a word of its own.",
  'A command is one word: one with arguments needs quotes (`notify_master "/etc/fail.sh now"`), since the words after it are the user and the group it runs as.',
  "`# lvskeeper: allow CODE` behind a line silences that warning there, for the whole block where the line opens one; on a line of its own it does so for what comes next. `lvskeeper explain CODE` says what a code means.",
  "In the tables, `[…]` may be left out, `|` separates alternatives, and words in capitals stand for values. “Since” is the version of keepalived that brought a keyword.",
];

export const languageWords: readonly LanguageWord[] = [
  {
    name: "$NAME=",
    syntax: "$NAME=VALUE",
    doc: "Defines a name for the rest of the input. The value is what follows on the line, quotes included; no blank before the `=`. It is expanded where it is used, so it may use names that are defined later. With `\\` at the end of a line the value goes on with the next one, and each becomes a line of its own.",
    example: "$VIP=192.168.1.50",
    becomes: [],
  },
  {
    name: "${NAME}",
    syntax: "${NAME} or $NAME",
    doc: "The value of a definition. `${NAME}` may stand anywhere, inside words and quotes too; `$NAME` needs a blank, a comma, a `)` or the end of the line after it.",
    example: "virtual_ipaddress { ${VIP}/24 }",
    becomes: ["virtual_ipaddress { 192.168.1.50/24 }"],
  },
  {
    name: "@ID",
    syntax: "@ID LINE",
    doc: "The line counts only where the configuration id is ID: that of `-i`, or else the host name up to its first dot.",
    example: "@node1 priority 150",
    becomes: ["priority 150"],
  },
  {
    name: "@^ID",
    syntax: "@^ID LINE",
    doc: "The line counts only where the configuration id is not ID.",
    example: "@^node1 priority 100",
    becomes: [],
  },
  {
    name: "~SEQ",
    syntax: "~SEQ(NAME, [FIRST, [STEP,]] LAST) LINE",
    doc: "Repeats the line with `$NAME` counting from FIRST (1) to LAST; of three numbers the middle one is the step. `~SEQx` counts in hexadecimal.",
    example: "~SEQ(i, 10, 12) real_server 10.0.0.$i 80 { }",
    becomes: ["real_server 10.0.0.10 80 { }", "real_server 10.0.0.11 80 { }", "real_server 10.0.0.12 80 { }"],
  },
  {
    name: "~LST",
    syntax: "~LST(NAME, VALUE, ...) LINE or ~LST({NAME, NAME}, {VALUE, VALUE}, ...) LINE",
    doc: "Repeats the line with `$NAME` each of the values, or several names at once.",
    example: "~LST(host, web1, web2) $host",
    becomes: ["web1", "web2"],
  },
];

/** Names that need no definition. */
export const predefined: readonly LanguageWord[] = [
  { name: "${_PWD}", syntax: "", doc: "The folder of the file being read.", example: "${_PWD}/check.sh" },
  {
    name: "${_INSTANCE}",
    syntax: "",
    doc: "The configuration id, as `@ID` has it.",
    example: "router_id ${_INSTANCE}",
  },
  {
    name: "${_RANDOM}",
    syntax: "${_RANDOM [MIN [MAX]]}",
    doc: "A whole number MIN to MAX, 0 to 32767 unless given.",
    example: "${_RANDOM 1 10}",
  },
  {
    name: "${_ENV}",
    syntax: "${_ENV NAME}",
    doc: "The variable NAME of the environment; empty where it is not set.",
    example: "${_ENV HOME}",
  },
  { name: "${_HASH}", syntax: "", doc: "A `#`, between double quotes.", example: '"${_HASH}"' },
  { name: "${_BANG}", syntax: "", doc: "A `!`, between double quotes.", example: '"${_BANG}"' },
];
