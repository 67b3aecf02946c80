import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type * as Ort from 'onnxruntime-node';

const SWITCH = 'ORT_DISABLE_TELEMETRY';

let loaded: typeof Ort | undefined;

/**
 * Switches off onnxruntime's telemetry in this process. Unless this comes before the library is loaded, it
 * writes an identifier of the machine into the user's folder and looks up a collector of its maker
 * (onnxruntime/core/platform/posix/telemetry.cc reads the variable once). The environment of a worker
 * thread is a copy that native code does not see, so whoever starts a worker calls this first.
 */
export function silenceTelemetry(): void {
  process.env[SWITCH] = '1';
}

/**
 * The onnxruntime library, loaded when it is first used: it takes a while, and most commands need none.
 * @throws Error in a worker thread of a process that did not switch its telemetry off
 */
export function ort(): typeof Ort {
  if (loaded === undefined) {
    if (isMainThread) silenceTelemetry();
    else if (process.env[SWITCH] !== '1') {
      throw new Error(`Set ${SWITCH}=1 in the process before it starts a worker thread.`);
    }
    loaded = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort;
  }
  return loaded;
}
