/** What was asked of the world outside while something was made of it, and what came back: whether to make it again would
 *  come to the same. Answers are values; how each is compared is said when it is asked. */
export class Observed {
  readonly #questions = new Map<string, Question>();
  readonly #fresh: Answers;

  /** `fresh`: answers that are known already, for those who ask. */
  constructor(fresh: Answers = new Map()) {
    this.#fresh = fresh;
  }

  /** Asks now, and remembers the question under `key`; the first answer to a question counts for all that ask it. When it is
   *  asked again, `ask` is given that answer, and may give it back. */
  see<T>(key: string, ask: (then?: T) => T, isSame: (then: T, now: T) => boolean = sameText): T {
    const answer = this.#fresh.has(key) ? (this.#fresh.get(key) as T) : ask();
    const question = { answer, ask: ask as Question["ask"], isSame: isSame as Question["isSame"] };
    if (!this.#questions.has(key)) this.#questions.set(key, question);
    return answer;
  }

  /** Something that has no second time: a random number. */
  never(key: string): void {
    this.#questions.set(key, { answer: undefined, ask: () => Symbol(key), isSame: () => false });
  }

  /** The questions that are answered otherwise now, with the answers; undefined where one cannot be asked any more. */
  changes(): Answers | undefined {
    try {
      const changes = new Map<string, unknown>();
      for (const [key, { answer, ask, isSame }] of this.#questions) {
        const now = ask(answer);
        if (now !== answer && !isSame(answer, now)) changes.set(key, now);
      }
      return changes;
    } catch {
      return undefined;
    }
  }

  /** All that was asked here and there; where both asked the same, what was answered there. */
  and(later: Observed): Observed {
    const both = new Observed();
    for (const [key, question] of [...this.#questions, ...later.#questions]) both.#questions.set(key, question);
    return both;
  }
}

/** Answers by the keys of their questions. */
export type Answers = ReadonlyMap<string, unknown>;

type Question = {
  readonly answer: unknown;
  readonly ask: (then: unknown) => unknown;
  readonly isSame: (then: unknown, now: unknown) => boolean;
};

const sameText = (then: unknown, now: unknown): boolean => JSON.stringify(then) === JSON.stringify(now);
