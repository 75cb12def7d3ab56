// Owns a small HTTP server for reading alone: one page and named files. What it is not asked rightly for, it refuses
// in one line. Must not know what the page says or where the files come from.

export interface HttpAnswer {
  readonly type: string;
  readonly body: string;
}

export interface HttpFile {
  readonly path: string;
  readonly type: string;
  /** Changes whenever the bytes do; hex. */
  readonly tag: string;
}

export interface HttpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Of the page (`Content-Security-Policy`). */
  readonly policy: string;
  /** Requests, downloads among them, that are answered at one time; 256 unless set. */
  readonly atOnce?: number;
  /** Seconds that a connection may stand still; 20 unless set. Bun measures it in steps of 4 s. */
  readonly idle?: number;
  readonly page: (headers: Headers) => Promise<HttpAnswer>;
  /** A file by its name in the URL, as it stands there; undefined for a name that is none. */
  readonly file: (name: string) => Promise<HttpFile | undefined>;
  readonly onFault: (error: unknown) => void;
}

export interface HttpListener {
  readonly port: number;
  /** Ends it and every download. */
  close(): Promise<void>;
}

const AT_ONCE = 256;
const IDLE = 20;

const ALWAYS = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };

/**
 * Listens. Throws the system's error (`code` EADDRINUSE, EACCES…) when it cannot. Bun itself ends a request line and
 * headers of more than 16 KiB (431), any body (413) and what stays silent; it answers ranges of a file; and sends files
 * from the system's own buffers, so that a download takes next to nothing of this process's time.
 */
export function listenHttp(options: HttpOptions): HttpListener {
  const { atOnce = AT_ONCE, onFault } = options;
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    development: false,
    reusePort: false, // Bun's default, but not where `development` is false: a second server would share the port unseen
    idleTimeout: options.idle ?? IDLE,
    maxRequestBodySize: 0,
    async fetch(request, { pendingRequests }) {
      if (pendingRequests > atOnce)
        return line(503, "too many downloads at this moment; try again in a minute", { "retry-after": "60" });
      if (request.method !== "GET" && request.method !== "HEAD")
        return line(405, "this is for reading alone", { allow: "GET, HEAD" });
      const { pathname } = new URL(request.url);
      if (pathname === "/") return pageOf(options, request.headers);
      const file = await options.file(pathname.slice(1));
      return file === undefined
        ? line(404, "there is no such file here; see /")
        : download(file, request.headers);
    },
    error(error) {
      onFault(error);
      return line(500, "something went wrong here; try again");
    },
  });
  return { port: server.port ?? options.port, close: () => server.stop(true) };
}

async function pageOf({ page, policy }: HttpOptions, headers: Headers): Promise<Response> {
  const { type, body } = await page(headers);
  return new Response(body, {
    headers: {
      ...ALWAYS,
      "content-type": type,
      "cache-control": "no-store",
      "content-security-policy": policy,
      vary: "User-Agent, Accept, Sec-CH-UA-Platform, Sec-CH-UA-Arch",
    },
  });
}

function download({ path, type, tag }: HttpFile, headers: Headers): Response {
  const etag = `"${tag}"`;
  const common = { ...ALWAYS, etag, "cache-control": "no-cache" };
  const wanted = headers
    .get("if-none-match")
    ?.split(",")
    .map((one) => one.trim().replace(/^W\//, ""));
  if (wanted?.includes(etag) === true || wanted?.includes("*") === true)
    return new Response(null, { status: 304, headers: common });
  return new Response(Bun.file(path), {
    headers: {
      ...common,
      "content-type": type,
      "content-disposition": "attachment",
      "accept-ranges": "bytes",
    },
  });
}

function line(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  const all = {
    ...ALWAYS,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    ...headers,
  };
  return new Response(`${text}\n`, { status, headers: all });
}
