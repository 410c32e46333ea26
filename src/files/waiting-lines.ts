/** Lines that are written are held until there are so many. */
const FORGET_AFTER = 1000;

/** Lines that wait to be written: those that say how everything stands, as of the moment when their turn has come, and single
 *  ones behind them. */
export class WaitingLines {
  readonly #current: () => readonly string[];
  #all: readonly string[] = [];
  #lines: string[] = [];
  /** Of `#all`, and then of `#lines`. */
  #written = 0;
  /** What stands is to be told, once what waits has been written. */
  wantsAll = false;

  constructor(current: () => readonly string[]) {
    this.#current = current;
  }

  /** Single lines that wait. */
  get count(): number {
    return this.#lines.length - (this.#all.length > 0 ? 0 : this.#written);
  }

  add(line: string): void {
    this.#lines.push(line);
  }

  /** What stands is to be told instead. */
  dropAll(): void {
    this.#all = [];
    this.#lines = [];
    this.#written = 0;
    this.wantsAll = true;
  }

  /** The next lines as one text of at most so many bytes, one line at least; none: all are written. */
  next(mostBytes: number): { readonly text: string; readonly count: number } {
    if (this.#list().length === 0 && this.wantsAll) {
      this.wantsAll = false;
      this.#all = this.#current();
    }
    const list = this.#list();
    let text = list[this.#written] ?? "";
    let count = this.#written < list.length ? 1 : 0;
    let bytes = Buffer.byteLength(text);
    while (this.#written + count < list.length) {
      const line = list[this.#written + count] ?? "";
      bytes += Buffer.byteLength(line);
      if (bytes > mostBytes) break;
      text += line;
      count += 1;
    }
    return { text, count };
  }

  /** So many lines of next() have been written. */
  taken(count: number): void {
    this.#written += count;
    const isWhole = this.#written === this.#list().length;
    if (!isWhole && (this.#all.length > 0 || this.#written < FORGET_AFTER)) return;
    if (this.#all.length > 0) this.#all = [];
    else this.#lines = this.#lines.slice(this.#written);
    this.#written = 0;
  }

  #list(): readonly string[] {
    return this.#all.length > 0 ? this.#all : this.#lines;
  }
}
