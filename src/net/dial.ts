// Owns the client's end: one TLS 1.3 connection to a server whose key is checked before anything is sent.
// Must not know where pins are kept, when to try again, or what is said on the link.

import type { Clock, Dial, DialFailure, Link, LinkHandler } from "../ports.ts";
import { certificateOf } from "./certificate.ts";
import { keyOfServer } from "./peer-key.ts";
import { TurnEnd } from "./send-queue.ts";
import { codeOf, TLS_1_3, TlsLink } from "./tls-link.ts";
import type { LinkHost } from "./tls-link.ts";

interface Target {
  /** An address or a name, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The device's Ed25519 seed, 32 bytes. A secret. */
  readonly seed: Uint8Array;
  /** Milliseconds for all of it: the name, the connection, the handshake. */
  readonly timeout: number;
  /** Bytes that may wait for the server to read them; more than the longest frame. */
  readonly cap: number;
  readonly clock: Clock;
  /** A bug in a handler, whose link has been dropped. */
  readonly onFault: (error: unknown) => void;
}

/** Which server is meant: the one with this key (32 bytes), or whichever the caller accepts at first contact. */
type Expected =
  | { readonly pin: Uint8Array; readonly acceptKey?: undefined }
  | { readonly pin?: undefined; readonly acceptKey: (key: Uint8Array) => boolean };

export type DialOptions = Target & Expected;

/** Nothing waits behind the client's frames that would tell the server of its own slowness. */
const NO_FAREWELL = new Uint8Array(0);

type Outcome = Awaited<ReturnType<Dial>>;

/**
 * A Dial to one server. It resolves when the handshake is finished and the server's key accepted; before that
 * neither a byte nor the device's certificate is sent. What `attach` throws rejects the dial: a bug of the caller.
 */
export function dialer(options: DialOptions): Dial {
  const { key, cert } = certificateOf(options.seed);
  const tls = { key, cert, rejectUnauthorized: false, minVersion: TLS_1_3 };
  const host: LinkHost = {
    clock: options.clock,
    turnEnd: new TurnEnd(),
    cap: options.cap,
    slowReader: NO_FAREWELL,
    onFault: options.onFault,
    onEnded() {},
  };
  return (attach) => dial(options, tls, host, attach);
}

function dial(
  options: DialOptions,
  tls: Bun.TLSOptions,
  host: LinkHost,
  attach: (link: Link) => LinkHandler,
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  let settled = false;
  let link: TlsLink | undefined;
  let connecting: Bun.Socket | undefined;

  const fail = (failure: DialFailure) => {
    if (settled) return;
    settled = true;
    cancelTimeout();
    // Not end(): that would finish the handshake and show the device's certificate.
    connecting?.terminate();
    resolve({ ok: false, failure });
  };
  const cancelTimeout = options.clock.after(options.timeout, () =>
    fail({ cause: "timeout", detail: connecting === undefined ? "connecting" : "handshake" }),
  );

  function established(socket: Bun.Socket, success: boolean, error: Error | null): void {
    if (settled) return;
    const server = keyOfServer(socket, success, error);
    if (server.outcome === "unfinished") return fail(brokenHandshake(server.detail, error));
    const found = server.outcome === "proven" ? server.key : new Uint8Array(0);
    if (server.outcome === "no-key") return fail({ cause: "wrong-key", detail: server.detail, found });
    if (!isExpected(options, found)) return fail({ cause: "wrong-key", detail: "another key", found });
    settled = true;
    cancelTimeout();
    link = new TlsLink(socket, found, host);
    link.attach(attach(link));
    resolve({ ok: true, link });
  }

  Bun.connect({
    hostname: options.host,
    port: options.port,
    tls,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        connecting = socket;
        if (settled) socket.terminate();
      },
      handshake(socket, success, error) {
        try {
          established(socket, success, error);
        } catch (fault) {
          settled = true;
          cancelTimeout();
          reject(fault);
          if (link === undefined) socket.terminate();
          else link.drop({ cause: "failed" });
        }
      },
      data: (_, chunk) => link?.received(chunk),
      drain: () => link?.drain(),
      close(_, error) {
        link?.closed(error);
        fail({ cause: "unreachable", detail: error === undefined ? "closed" : codeOf(error) });
      },
      error(socket, error) {
        if (link === undefined) socket.terminate();
        else link.broke(error);
      },
    },
  }).catch((error: Error) => fail({ cause: "unreachable", detail: codeOf(error) }));
  return promise;
}

function isExpected(options: DialOptions, found: Uint8Array): boolean {
  if (options.pin === undefined) return options.acceptKey(found);
  return Buffer.compare(options.pin, found) === 0;
}

/** The server went away in mid-handshake, or what it said was not TLS 1.3 as it should be. */
function brokenHandshake(detail: string, error: Error | null): DialFailure {
  const lost = error !== null && codeOf(error) === "ECONNRESET";
  return lost ? { cause: "unreachable", detail: "ECONNRESET" } : { cause: "not-tls", detail };
}
