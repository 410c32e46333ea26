/** Tells a person at a terminal what goes on: every line with the seconds since the start, colours on a terminal only. */
export class Narrator {
  private readonly started = performance.now();
  private readonly results: { readonly what: string; readonly seen: boolean; readonly note: string }[] = [];
  private readonly color: boolean;

  constructor(color = process.stdout.isTTY === true && process.env.NO_COLOR === undefined) {
    this.color = color;
  }

  heading(text: string): void {
    console.log(`\n${this.stamp()} ${this.paint("1", text)}`);
  }

  say(text: string): void {
    console.log(`${this.stamp()}   ${text}`);
  }

  /** Shows what a command printed. */
  show(title: string, text: string): void {
    this.say(this.paint("36", title));
    for (const line of text.trimEnd().split("\n")) console.log(`           ${this.paint("2", "|")} ${line}`);
  }

  /** One thing that has to be seen. `look` resolves with a note when it was, and rejects when it was not. */
  async step(what: string, look: () => Promise<string | undefined>): Promise<void> {
    this.say(`… ${what}`);
    const since = performance.now();
    const waiting = setInterval(() => {
      this.say(this.paint("2", `  still looking after ${Math.round((performance.now() - since) / 1000)} s`));
    }, 4000);
    try {
      const note = (await look()) ?? "";
      this.results.push({ what, seen: true, note });
      this.say(`${this.paint("32", "✓")} ${what}${note && `: ${note}`}`);
    } catch (error) {
      this.results.push({ what, seen: false, note: "" });
      this.say(`${this.paint("31", "✗")} ${what}`);
      throw error;
    } finally {
      clearInterval(waiting);
    }
  }

  /** The table of everything that was to be seen; true when all of it was. */
  summary(): boolean {
    this.heading("Summary");
    for (const { what, seen, note } of this.results) {
      console.log(`           ${seen ? this.paint("32", "✓") : this.paint("31", "✗")} ${what}${note && ` (${note})`}`);
    }
    return this.results.length > 0 && this.results.every(({ seen }) => seen);
  }

  private stamp(): string {
    return this.paint("2", `[${((performance.now() - this.started) / 1000).toFixed(1).padStart(6)} s]`);
  }

  private paint(code: string, text: string): string {
    return this.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}
