// The link that lets a device in, and addresses as they are typed. One wrong character in a link is noticed.
// Must not know how a server is reached.

import { sha256 } from "@noble/hashes/sha2.js";
import { decodeId, encodeId } from "./id.ts";

export interface Address {
  /** A name, an IPv4 or an IPv6 address, in small letters, without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface JoinLink extends Address {
  /** The server's raw Ed25519 TLS key, 32 bytes. */
  readonly pin: Uint8Array;
  /** What a device from elsewhere shows to register, 16 bytes. */
  readonly secret: Uint8Array;
}

export type ParsedAddress =
  ({ readonly ok: true } & Address) | { readonly ok: false; readonly why: "bad-host" | "bad-port" };

export type ParsedLink =
  | ({ readonly ok: true } & JoinLink)
  | { readonly ok: false; readonly why: "not-a-link" | "mistyped" | "bad-host" | "bad-port" };

const PIN = 32;
const SECRET = 16;
const CHECK = 4;

/** The link as text, safe in a shell. Throws a RangeError for an address or key that is none: the caller's bug. */
export function formatLink({ host, port, pin, secret }: JoinLink): string {
  if (pin.length !== PIN || secret.length !== SECRET) throw new RangeError("link: key length");
  if (!isHost(host.toLowerCase()) || !isPort(port)) throw new RangeError("link: address");
  const address = formatAddress({ host, port });
  return `classchat://${address}/${encodeId(join(pin, secret, checksum(address, pin, secret)))}`;
}

/**
 * A link as somebody pasted it: any case of scheme and host, white space anywhere (a terminal may have wrapped it) and
 * a closing slash are put up with.
 */
export function parseLink(text: string): ParsedLink {
  const match = /^classchat:\/\/([^/]*)(?:\/([^/]*)\/?)?$/i.exec(text.replace(/\s+/g, ""));
  if (match === null) return { ok: false, why: "not-a-link" };
  const [, where = "", token = ""] = match;
  const address = parseAddress(where, 0);
  if (!address.ok) return address;
  if (address.port === 0) return { ok: false, why: "bad-port" };
  const bytes = decodeId(token, PIN + SECRET + CHECK);
  if (bytes === undefined) return { ok: false, why: "mistyped" };
  const pin = bytes.slice(0, PIN);
  const secret = bytes.slice(PIN, PIN + SECRET);
  const check = checksum(formatAddress(address), pin, secret);
  if (!check.every((byte, i) => byte === bytes[PIN + SECRET + i])) return { ok: false, why: "mistyped" };
  return { ok: true, host: address.host, port: address.port, pin, secret };
}

/** `host`, `host:port`, `[::1]`, `[::1]:port` or `::1`; without a port it is `defaultPort`. */
export function parseAddress(text: string, defaultPort: number): ParsedAddress {
  const typed = text.trim().toLowerCase();
  if (isIPv6(typed)) return { ok: true, host: typed, port: defaultPort };
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(typed);
  if (match === null) return { ok: false, why: "bad-host" };
  const [, bracketed, plain = "", digits] = match;
  const host = bracketed ?? plain;
  if (bracketed === undefined ? !isHostName(host) : !isIPv6(host)) return { ok: false, why: "bad-host" };
  if (digits === undefined) return { ok: true, host, port: defaultPort };
  const port = /^[1-9][0-9]{0,4}$/.test(digits) ? Number(digits) : 0;
  return isPort(port) ? { ok: true, host, port } : { ok: false, why: "bad-port" };
}

/** `host:port`, an IPv6 address in brackets, in small letters. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host.toLowerCase()}]:${port}` : `${host.toLowerCase()}:${port}`;
}

function checksum(address: string, pin: Uint8Array, secret: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(`classchat link 1\0${address}\0`);
  return sha256(join(text, pin, secret)).subarray(0, CHECK);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

function isHost(host: string): boolean {
  return isHostName(host) || isIPv6(host);
}

/** RFC 1123 §2.1, and the `_` that some machines' names have; what ends in a number is an IPv4 address or nothing. */
function isHostName(host: string): boolean {
  if (host.length > 253) return false;
  if (/(?:^|\.)[0-9]+$/.test(host)) return isIPv4(host);
  return host.split(".").every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label));
}

function isIPv4(host: string): boolean {
  const parts = host.split(".");
  return (
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)
  );
}

/** RFC 4291 §2.2, with a zone (RFC 4007 §11) if need be. */
function isIPv6(text: string): boolean {
  const [, address = "", zone = "%0"] = /^([0-9a-f:.]+)(%.*)?$/.exec(text) ?? [];
  if (!/^%[a-z0-9._-]{1,32}$/.test(zone)) return false;
  const halves = address.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1);
  if (last !== undefined && isIPv4(last) && !address.endsWith("::")) groups.splice(-1, 1, "0", "0");
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return false;
  return halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
}
