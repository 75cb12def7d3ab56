// Which server is meant by what somebody typed: a link, or an address of this machine.
// Must not know what is kept of it.

import type { ServerAddress } from "../client/profile.ts";
import { type Address, type JoinLink, parseAddress, parseLink } from "../domain/join-link.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import { EXIT, Failure } from "./exit.ts";

/** Without the server's key there is only this machine to go to. */
export function reachable(server: ServerAddress): ServerAddress {
  if (server.pin !== undefined || isThisMachine(server.host)) return server;
  throw new Failure(EXIT.untrusted, {
    line: `nothing is known yet of the server at ${server.host}`,
    hint: "use the link that the instructor handed out: classchat join LINK --user NAME",
  });
}

export function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** How others reach a server here, for its links. Throws a Failure for what is no address. */
export function publicAddress(text: string, port: number): Address {
  const parsed = parseAddress(text, port);
  if (parsed.ok) return { host: parsed.host, port: parsed.port };
  throw new Failure(EXIT.usage, {
    line: `${text} is no address`,
    hint: "--public HOST or HOST:PORT, as students reach it",
  });
}

/** A link or HOST:PORT. Throws a Failure that says what is wrong with it. */
export function parseServer(text: string): ServerAddress {
  if (text.includes("://")) return fromLink(text);
  const parsed = parseAddress(text, DEFAULT_PORT);
  if (!parsed.ok) {
    const line = parsed.why === "bad-port" ? `${text} has no good port` : `${text} is no address`;
    throw new Failure(EXIT.usage, { line, hint: "HOST:PORT, such as 127.0.0.1:12345, or the link" });
  }
  return { host: parsed.host, port: parsed.port };
}

/** The server a link names. Throws a Failure that says what is wrong with the link. */
export function fromLink(text: string): ServerAddress & JoinLink {
  const parsed = parseLink(text);
  if (parsed.ok) return { host: parsed.host, port: parsed.port, pin: parsed.pin, secret: parsed.secret };
  const line = {
    "not-a-link": "that is not a classchat link",
    mistyped: "the link has a mistake in it",
    "bad-host": "the link names no good host",
    "bad-port": "the link names no good port",
  }[parsed.why];
  throw new Failure(EXIT.usage, {
    line,
    hint: "copy the whole line that classchat serve printed: classchat://…",
  });
}
