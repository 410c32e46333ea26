/** A mail that waits, as a successor of this process goes on with it. `left`: who has not got it yet, where others have. */
export type SavedMail = {
  readonly subject: string;
  readonly body: string;
  readonly id: string;
  readonly atWallMs: number;
  readonly left?: readonly string[];
};

/** By id. */
export type SavedMails = Readonly<Record<string, SavedMail>>;

/** As createSavedState() merges it: null is one that waits no more. */
export type SavedMailsPart = Readonly<Record<string, SavedMail | null>>;

/** How long a mail waits before it is worth telling. */
const AFTER_MS = 1000;

/** Tells of the mails that wait, as soon as they have waited for a while: most are gone by then. `waiting` gives the same
 *  object as long as a mail is the same. The function returned is called when something may have changed. */
export function createMailKeeper(
  waiting: () => Iterable<SavedMail>,
  report: (part: SavedMailsPart) => void,
): () => void {
  let told = new Map<string, SavedMail>();
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    timer = undefined;
    const now = new Map([...waiting()].map((mail) => [mail.id, mail]));
    const part: Record<string, SavedMail | null> = {};
    for (const id of told.keys()) if (!now.has(id)) part[id] = null;
    for (const [id, mail] of now) if (told.get(id) !== mail) part[id] = plain(mail);
    told = now;
    if (Object.keys(part).length > 0) report(part);
  };
  return () => {
    if (!timer) timer = setTimeout(tell, AFTER_MS).unref();
  };
}

const plain = ({ subject, body, id, atWallMs, left }: SavedMail): SavedMail => ({
  subject,
  body,
  id,
  atWallMs,
  ...(left && { left }),
});
