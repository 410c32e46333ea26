/** Offset at which the comment of a line begins, or its length: `#` or `!` outside double quotes, without a backslash. */
export function commentStart(text: string): number {
  if (!text.includes("#") && !text.includes("!")) return text.length;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === "\\") at++;
    else if (c === '"') quoted = !quoted;
    else if ((c === "#" || c === "!") && !quoted) return at;
  }
  return text.length;
}

/** Whether a text ends between double quotes. */
export function inQuotes(text: string): boolean {
  let quoted = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) quoted = !quoted;
  }
  return quoted;
}
