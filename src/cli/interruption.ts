/** Ctrl-C (SIGINT), or the system's request to end (SIGTERM), as a signal. */
interface Interruption {
  signal: AbortSignal;
  /** Leaves both to their ordinary effect again. */
  end(): void;
}

/** Turns the first Ctrl-C into the end of the work under way; a second one ends the program. */
export function interruptible(): Interruption {
  const controller = new AbortController();
  const interrupt = () => {
    end();
    controller.abort();
  };
  const end = () => {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return { signal: controller.signal, end };
}
