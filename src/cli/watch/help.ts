/** Keys, and what they do; without keys: a heading. */
export const HELP: readonly (readonly [string, string])[] = [
  ["", "Keys"],
  ["q, Ctrl-C", "quit"],
  ["up down, j k", "move"],
  ["PgUp PgDn, b Space", "move by a screen"],
  ["Home End, g G", "to the beginning, to the end"],
  ["Enter, right, left", "expand or fold: checks of a real server, trackers of an instance, ..."],
  ["e", "expand or fold all virtual servers"],
  ["/", "filter: only what has these words in it"],
  ["t", "only what is not well, or all"],
  ["s, S", "sort: as configured, worst, latest change, connections, name"],
  ["Esc", "show all again"],
  ["?, h", "this help"],
  ["Ctrl-Z", "suspend; fg comes back"],
  ["", "Marks"],
  ["+", "there is more below, folded"],
  [">", "at the end of a line: it goes on; Enter shows all of it"],
];
