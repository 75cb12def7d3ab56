// The signals that ask a process to end in order. Must not know what is ended.

export interface Stop {
  /** Resolves at the first SIGINT, SIGTERM or SIGHUP. A second one ends the process at once, as the system would. */
  readonly asked: Promise<void>;
  readonly signal: AbortSignal;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function onStop(): Stop {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const ask = () => {
    // Later: another listener that now found itself alone (signal-exit, under Ink) would end the process.
    setImmediate(() => {
      for (const signal of SIGNALS) process.off(signal, ask);
    });
    controller.abort();
    resolve();
  };
  for (const signal of SIGNALS) process.on(signal, ask);
  return { asked: promise, signal: controller.signal };
}
