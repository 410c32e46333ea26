import manifest from "../../package.json" with { type: "json" };

/** The version of package.json ("0.1.0"). */
export const VERSION: string = manifest.version;

/** The keepalived whose configuration language and ways these are. Programs that drive keepalived read it to know what they
 *  may write. */
export const KEEPALIVED_LEVEL = "2.4.3";
