// A TLS 1.3 end in miniature (RFC 8446) that shows a certificate and signs with any key, its own or not: what no
// ready-made TLS library will do. One cipher suite, one group, one signature algorithm, no resumption.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
} from "node:crypto";
import { diffieHellman, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";

const AES_128_GCM_SHA256 = 0x1301;
const X25519 = 0x001d;
const ED25519 = 0x0807;
const X25519_SPKI = Buffer.from("302a300506032b656e032100", "hex");

const u16 = (n: number) => Buffer.from([n >> 8, n & 0xff]);
const sized8 = (body: Uint8Array) => Buffer.concat([Buffer.from([body.length]), body]);
const sized16 = (body: Uint8Array) => Buffer.concat([u16(body.length), body]);
const sized24 = (body: Uint8Array) => Buffer.concat([Buffer.from([0]), u16(body.length), body]);
const message = (type: number, body: Uint8Array) => Buffer.concat([Buffer.from([type]), sized24(body)]);
const extension = (type: number, body: Uint8Array) => Buffer.concat([u16(type), sized16(body)]);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const hmac = (key: Uint8Array, bytes: Uint8Array) => createHmac("sha256", key).update(bytes).digest();

/** HKDF-Expand-Label of at most 32 bytes (§7.1). */
function expand(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const info = Buffer.concat([u16(length), sized8(Buffer.from(`tls13 ${label}`)), sized8(context)]);
  return hmac(secret, Buffer.concat([info, Buffer.from([1])])).subarray(0, length);
}

/** One direction's record protection (§5.2). */
class Protection {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly finishedKey: Buffer;
  #sequence = 0;

  constructor(secret: Buffer) {
    const none = new Uint8Array(0);
    this.#key = expand(secret, "key", none, 16);
    this.#iv = expand(secret, "iv", none, 12);
    this.finishedKey = expand(secret, "finished", none, 32);
  }

  seal(content: Uint8Array, type = 22): Buffer {
    const header = Buffer.from([23, 3, 3, ...u16(content.length + 17)]);
    const cipher = createCipheriv("aes-128-gcm", this.#key, this.#nonce()).setAAD(header);
    const sealed = [cipher.update(content), cipher.update(Buffer.from([type])), cipher.final()];
    return Buffer.concat([header, ...sealed, cipher.getAuthTag()]);
  }

  open(record: Buffer): Buffer {
    const decipher = createDecipheriv("aes-128-gcm", this.#key, this.#nonce()).setAAD(record.subarray(0, 5));
    decipher.setAuthTag(record.subarray(-16));
    const inner = Buffer.concat([decipher.update(record.subarray(5, -16)), decipher.final()]);
    return inner.subarray(0, -1);
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    return nonce;
  }
}

/** The secrets of both directions during the handshake (§7.1). */
function handshakeSecrets(shared: Buffer, hellos: Buffer) {
  const zero = Buffer.alloc(32);
  const empty = sha256(Buffer.alloc(0));
  const secret = hmac(expand(hmac(zero, zero), "derived", empty, 32), shared);
  return {
    client: new Protection(expand(secret, "c hs traffic", sha256(hellos), 32)),
    server: new Protection(expand(secret, "s hs traffic", sha256(hellos), 32)),
  };
}

/** Certificate, CertificateVerify, Finished (§4.4): `cert` is shown, `signer` signs. */
function authentication(
  role: string,
  transcript: Buffer,
  cert: string,
  signer: KeyObject,
  own: Protection,
): Buffer {
  const entry = Buffer.concat([sized24(new X509Certificate(cert).raw), u16(0)]);
  const certificate = message(11, Buffer.concat([Buffer.from([0]), sized24(entry)]));
  const context = Buffer.from(`${" ".repeat(64)}TLS 1.3, ${role} CertificateVerify\0`);
  const shown = Buffer.concat([transcript, certificate]);
  const signature = sign(null, Buffer.concat([context, sha256(shown)]), signer);
  const verify = message(15, Buffer.concat([u16(ED25519), sized16(signature)]));
  const finished = message(20, hmac(own.finishedKey, sha256(Buffer.concat([shown, verify]))));
  return Buffer.concat([certificate, verify, finished]);
}

function sharedSecret(own: KeyObject, theirs: Uint8Array): Buffer {
  const publicKey = createPublicKey({
    key: Buffer.concat([X25519_SPKI, theirs]),
    format: "der",
    type: "spki",
  });
  return diffieHellman({ privateKey: own, publicKey });
}

/** The X25519 share in a hello: the last 32 bytes of a KeyShareEntry with that length (§4.2.8). */
function shareIn(hello: Buffer): Buffer {
  const at = hello.lastIndexOf(Buffer.concat([u16(X25519), u16(32)]));
  if (at < 0) throw new Error("the peer offered no X25519 share");
  return hello.subarray(at + 4, at + 36);
}

/** Splits a byte stream into TLS records. */
function recordReader(take: (record: Buffer) => void): (chunk: Uint8Array) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
      const end = 5 + rest.readUInt16BE(3);
      const record = rest.subarray(0, end);
      rest = rest.subarray(end);
      take(record);
    }
  };
}

/**
 * Connects, shows `cert`, and signs the handshake with the private key `signer` (PEM). `closed` resolves when the
 * server has ended the connection.
 */
export async function impersonateClient(port: number, cert: string, signer: string) {
  const pair = generateKeyPairSync("x25519");
  const share = pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const extensions = [
    extension(0x2b, sized8(u16(0x0304))),
    extension(0x0a, sized16(u16(X25519))),
    extension(0x0d, sized16(u16(ED25519))),
    extension(0x33, sized16(Buffer.concat([u16(X25519), sized16(share)]))),
  ];
  const head = [
    u16(0x0303),
    randomBytes(32),
    Buffer.from([0]),
    sized16(u16(AES_128_GCM_SHA256)),
    Buffer.from([1, 0]),
  ];
  const hello = message(1, Buffer.concat([...head, sized16(Buffer.concat(extensions))]));

  const closed = Promise.withResolvers<void>();
  let transcript = hello;
  let flight = Buffer.alloc(0);
  let secrets: ReturnType<typeof handshakeSecrets> | undefined;
  let answered = false;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: { data: (_, chunk) => read(chunk), close: () => closed.resolve() },
  });
  const read = recordReader((record) => {
    if (secrets === undefined) {
      const serverHello = record.subarray(5);
      transcript = Buffer.concat([hello, serverHello]);
      secrets = handshakeSecrets(sharedSecret(pair.privateKey, shareIn(serverHello)), transcript);
    } else if (record[0] === 23 && !answered) {
      flight = Buffer.concat([flight, secrets.server.open(record)]);
      // Finished is the flight's last message: 4 bytes of header, 32 of MAC.
      if (flight.subarray(-36, -32).toString("hex") !== "14000020") return;
      answered = true;
      const all = Buffer.concat([transcript, flight]);
      const answer = authentication("client", all, cert, createPrivateKey(signer), secrets.client);
      socket.write(secrets.client.seal(answer));
    }
  });
  socket.write(Buffer.concat([Buffer.from([22, 3, 1]), sized16(hello)]));
  return { closed: closed.promise, [Symbol.dispose]: () => socket.terminate() };
}

/** A server that shows `cert` and signs the handshake with the private key `signer` (PEM). */
export function impersonateServer(cert: string, signer: string): { readonly port: number } & Disposable {
  const listener = Bun.listen<{ read: (chunk: Uint8Array) => void } | undefined>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        let greeted = false;
        const read = recordReader((record) => {
          if (greeted) return;
          greeted = true;
          socket.write(serverFlight(record.subarray(5), cert, signer));
        });
        socket.data = { read };
      },
      data: (socket, chunk) => socket.data?.read(chunk),
    },
  });
  return { port: listener.port, [Symbol.dispose]: () => listener.stop(true) };
}

/** ServerHello and all that follows it up to Finished, as records. */
function serverFlight(clientHello: Buffer, cert: string, signer: string): Buffer {
  const pair = generateKeyPairSync("x25519");
  const share = pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const sessionEnd = 39 + (clientHello[38] ?? 0);
  const extensions = [
    extension(0x2b, u16(0x0304)),
    extension(0x33, Buffer.concat([u16(X25519), sized16(share)])),
  ];
  const head = [u16(0x0303), randomBytes(32), clientHello.subarray(38, sessionEnd), u16(AES_128_GCM_SHA256)];
  const body = Buffer.concat([...head, Buffer.from([0]), sized16(Buffer.concat(extensions))]);
  const hello = message(2, body);
  const hellos = Buffer.concat([clientHello, hello]);
  const { server } = handshakeSecrets(sharedSecret(pair.privateKey, shareIn(clientHello)), hellos);
  const encrypted = message(8, u16(0));
  const all = Buffer.concat([hellos, encrypted]);
  const proof = authentication("server", all, cert, createPrivateKey(signer), server);
  const plain = Buffer.concat([Buffer.from([22, 3, 3]), sized16(hello)]);
  return Buffer.concat([plain, server.seal(Buffer.concat([encrypted, proof]))]);
}
