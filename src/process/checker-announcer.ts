import { createLogger, type LogSink } from "../core/log.ts";
import { createNotifier, type Notifier } from "../script/notifier.ts";
import { tellOfScripts } from "../script/runner.ts";
import type { Effects } from "../virtual-server/effects.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import { createFifos, fifosOf } from "./fifos.ts";
import { createMailer, type Mailer, type MailerOptions } from "./mail.ts";
import type { RoomGlobals } from "./plan-global-model.ts";
import type { ScriptMeter } from "./script-meter.ts";

/** Tells the world what was decided: log, notify scripts, FIFOs, mails. */
export type Announcer = {
  /** Mails and FIFOs as these say, from now on. */
  configure(global: RoomGlobals): void;
  carryOut(effects: Effects): void;
  /** Scripts and mails may still take this long. */
  close(farewellMs: number): Promise<unknown>;
};

export type AnnouncerOptions = {
  readonly sink: LogSink;
  readonly global: RoomGlobals;
  readonly scripts: ScriptMeter;
  /** The lines that say how everything stands now, for somebody who opens a FIFO. */
  readonly current: () => readonly string[];
  readonly notifier?: Notifier | undefined;
  readonly mailer?: Mailer | undefined;
  readonly mails: Pick<MailerOptions, "saved" | "onSaved">;
};

/** FIFOs are opened by the first configure(): who reads them is told how things stand, which must be known by then. */
export function createAnnouncer({ sink, global, scripts, current, ...parts }: AnnouncerOptions): Announcer {
  const log = createLogger(virtualServerEvents, sink);
  tellOfScripts(sink);
  const notifier = parts.notifier ?? createNotifier(sink, { run: scripts.runner("notify") });
  const mailer = parts.mailer ?? createMailer(global, sink, parts.mails);
  const fifos = createFifos({ sink, current });
  return {
    configure(next) {
      mailer.configure(next);
      fifos.configure(fifosOf("checker", next.fifos));
    },
    carryOut(effects) {
      for (const effect of effects) {
        switch (effect.do) {
          case "log":
            (log[effect.level] as (event: string, fields: object) => void)(effect.event, effect.fields);
            break;
          case "run":
            notifier.notify(effect);
            break;
          case "event":
            fifos.write(effect.line);
            break;
          case "mail":
            mailer.send(effect.subject, effect.body);
            break;
        }
      }
    },
    close: (farewellMs) => Promise.all([notifier.drain(farewellMs), mailer.close(farewellMs), fifos.close()]),
  };
}
