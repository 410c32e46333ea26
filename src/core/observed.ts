/** What was asked of the world outside while something was made of it, and what came back: whether to make it again would
 *  come to the same. Answers are values; how each is compared is said when it is asked. */
export class Observed {
  readonly #unchanged = new Map<string, () => boolean>();

  /** Asks now, and remembers the question under `key`; the first answer to a question counts for all that ask it. */
  see<T>(key: string, ask: () => T, isSame: (then: T, now: T) => boolean = sameText): T {
    const answer = ask();
    if (!this.#unchanged.has(key)) this.#unchanged.set(key, () => isSame(answer, ask()));
    return answer;
  }

  /** Something that has no second time: a random number. */
  never(key: string): void {
    this.#unchanged.set(key, () => false);
  }

  /** Whether all questions are answered as before. One that fails now is another answer. */
  isUnchanged(): boolean {
    try {
      for (const unchanged of this.#unchanged.values()) if (!unchanged()) return false;
      return true;
    } catch {
      return false;
    }
  }
}

const sameText = (then: unknown, now: unknown): boolean => JSON.stringify(then) === JSON.stringify(now);
