// What is put in when the executable is built: its version, from package.json, and the key that releases are signed
// with. Must not know who asks.

declare const CLASSCHAT_VERSION: string | undefined;
declare const CLASSCHAT_RELEASE_KEY: string | undefined;

export const VERSION = typeof CLASSCHAT_VERSION === "string" ? CLASSCHAT_VERSION : "0.0.0-source";

/** Minisign's base64; empty where the executable is nobody's release. */
export const RELEASE_KEY = typeof CLASSCHAT_RELEASE_KEY === "string" ? CLASSCHAT_RELEASE_KEY : "";

/** Whether this is the executable; else it runs from its sources. */
export const IS_EXECUTABLE = typeof CLASSCHAT_VERSION === "string";
