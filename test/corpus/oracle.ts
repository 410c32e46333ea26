/** What keepalived said of a file. `line` is missing where it names none. */
export type Message = { readonly line?: number; readonly text: string };

/** keepalived's own forms: `(FILE: Line N) text`, `(Line N) text`, `text`. A line that begins with many blanks goes on with
 *  the one before. */
export function readOracle(text: string): readonly Message[] {
  const messages: Message[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const place = /^\((?:[^():]*: )?Line (\d+)\) (.*)$/.exec(line);
    const said = place ? (place[2] as string) : line;
    const last = messages.at(-1);
    if (/^\s{5}/.test(said) && last) messages[messages.length - 1] = { ...last, text: `${last.text} ${said.trim()}` };
    else messages.push(place ? { line: Number(place[1]), text: said } : { text: said });
  }
  return messages;
}

/** A parameter that is missing ends keepalived: what comes after that line it has not judged. */
export const stoppedAt = (messages: readonly Message[]): number =>
  Math.min(...messages.filter(({ text }) => text.startsWith("*** ")).map(({ line }) => line ?? 0), Infinity);
