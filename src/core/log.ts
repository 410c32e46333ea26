export type LogLevel = "error" | "warn" | "info" | "debug";

/** One line of the log: `event` is its stable name, `text` the sentence an administrator reads (keepalived's own where it
 *  has one, since people grep for them), `fields` the same facts for machines. */
export type LogRecord = {
  readonly level: LogLevel;
  readonly event: string;
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

/** Where records go: console, syslog, a test's array. Never throws and never blocks. */
export type LogSink = (record: LogRecord) => void;

/** A room's log messages: event name → the sentence for its fields. Each room has one, in its log-events.ts. */
// biome-ignore lint/suspicious/noExplicitAny: the fields of each sentence are its own; Logger types them at the call
export type LogRegistry = Readonly<Record<string, (fields: any) => string>>;

type FieldsOf<R extends LogRegistry, N extends keyof R> = Parameters<R[N]>[0];

/** `log.info("vrrp.state", { instance, to })`: names and fields are checked against the registry at compile time. */
export type Logger<R extends LogRegistry> = {
  readonly [L in LogLevel]: <N extends keyof R & string>(event: N, fields: FieldsOf<R, N>) => void;
};

/** What an administrator reads of one message: `example` gives the sentence its fields; without `remedy` there is nothing
 *  to do. */
export type MessageHelp<F> = {
  readonly means: string;
  readonly remedy?: string;
} & ([F] extends [undefined] ? { readonly example?: undefined } : { readonly example: F });

/** Help for every message of a registry: a message without it does not compile. */
export type LogHelp<R extends LogRegistry> = { readonly [N in keyof R]: MessageHelp<FieldsOf<R, N>> };

export function createLogger<R extends LogRegistry>(registry: R, sink: LogSink): Logger<R> {
  const at =
    (level: LogLevel) =>
    <N extends keyof R & string>(event: N, fields: FieldsOf<R, N>): void =>
      sink({ level, event, text: (registry[event] as (f: unknown) => string)(fields), fields });
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
