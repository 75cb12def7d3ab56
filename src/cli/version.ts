// The program's version, put in at build time from package.json. Must not know who asks.

declare const CLASSCHAT_VERSION: string | undefined;

export const VERSION = typeof CLASSCHAT_VERSION === "string" ? CLASSCHAT_VERSION : "0.0.0-source";
