// Owns the server's end: a TLS 1.3 listener that asks each client for its key and makes a Link of the connection.
// Must not know who the keys belong to or what is said on the links.

import type { Clock, Link, LinkHandler } from "../ports.ts";
import { certificateOf } from "./certificate.ts";
import { keyOfClient } from "./peer-key.ts";
import { TurnEnd } from "./send-queue.ts";
import { TLS_1_3, TlsLink } from "./tls-link.ts";
import type { LinkHost } from "./tls-link.ts";

export interface ListenOptions {
  /** An address or a name; `::` is every address of both families. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The server's Ed25519 seed, 32 bytes. A secret. */
  readonly seed: Uint8Array;
  /** Bytes that may wait on one link for its peer to read them; more than the longest frame. */
  readonly cap: number;
  /** Milliseconds a peer has for the TLS handshake; 10,000 unless set. */
  readonly handshakeTimeout?: number;
  /** Ready-made frames, each sent as the last thing on a link: to a slow reader, to a client without a key. */
  readonly farewells: { readonly slowReader: Uint8Array; readonly noKey: Uint8Array };
  readonly clock: Clock;
  /** Called when a client's key is proven. What it throws is a fault and ends that link alone. */
  readonly onLink: (link: Link) => LinkHandler;
  /** A bug in a handler, whose link has been dropped. */
  readonly onFault: (error: unknown) => void;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections; the links stay. */
  stopAccepting(): void;
  /** Stops accepting, closes every link (sending what is queued, 5 s at the most); resolves when all have ended. */
  close(): Promise<void>;
}

/** A connection whose handshake is not finished. */
class Handshake {
  readonly cancelTimeout: () => void;
  constructor(cancelTimeout: () => void) {
    this.cancelTimeout = cancelTimeout;
  }
}

type Stage = Handshake | TlsLink | undefined;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Listens. Rejects with the system's error (`code` EADDRINUSE, EACCES, EADDRNOTAVAIL…) when it cannot. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { clock, farewells, onFault } = options;
  const handshakeTimeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT_MS;
  const { key, cert } = certificateOf(options.seed);
  const links = new Set<TlsLink>();
  const handshakes = new Set<Bun.Socket<Stage>>();
  const allEnded = Promise.withResolvers<void>();
  let closing = false;

  const host: LinkHost = {
    clock,
    turnEnd: new TurnEnd(),
    cap: options.cap,
    slowReader: farewells.slowReader,
    onFault,
    onEnded(link) {
      links.delete(link);
      if (closing && links.size === 0) allEnded.resolve();
    },
  };

  function established(socket: Bun.Socket<Stage>, success: boolean, error: Error | null): void {
    leaveHandshake(socket);
    const peer = keyOfClient(socket, success, error);
    if (peer.outcome === "unfinished") {
      socket.terminate();
      return;
    }
    const link = new TlsLink(socket, peer.outcome === "proven" ? peer.key : new Uint8Array(0), host);
    socket.data = link;
    links.add(link);
    if (peer.outcome === "no-key") {
      link.send(farewells.noKey);
      link.close();
      return;
    }
    try {
      link.attach(options.onLink(link));
    } catch (fault) {
      link.fault(fault);
    }
  }

  function leaveHandshake(socket: Bun.Socket<Stage>): void {
    handshakes.delete(socket);
    if (socket.data instanceof Handshake) socket.data.cancelTimeout();
    socket.data = undefined;
  }

  const tls = { key, cert, requestCert: true, rejectUnauthorized: false, minVersion: TLS_1_3 };
  const listener = Bun.listen<Stage>({
    hostname: options.host,
    port: options.port,
    tls,
    socket: {
      binaryType: "uint8array",
      open(socket) {
        socket.data = new Handshake(clock.after(handshakeTimeout, () => socket.terminate()));
        handshakes.add(socket);
      },
      handshake: established,
      data(socket, chunk) {
        if (socket.data instanceof TlsLink) socket.data.received(chunk);
      },
      drain(socket) {
        if (socket.data instanceof TlsLink) socket.data.drain();
      },
      close(socket, error) {
        if (socket.data instanceof TlsLink) socket.data.closed(error);
        else leaveHandshake(socket);
      },
      error(socket, error) {
        if (socket.data instanceof TlsLink) socket.data.broke(error);
        else {
          if (!("code" in error)) onFault(error);
          socket.terminate();
        }
      },
    },
  });

  return {
    host: listener.hostname,
    port: listener.port,
    stopAccepting: () => listener.stop(false),
    close() {
      closing = true;
      listener.stop(false);
      for (const socket of handshakes) socket.terminate();
      for (const link of links) link.close();
      if (links.size === 0) allEnded.resolve();
      return allEnded.promise;
    },
  };
}
