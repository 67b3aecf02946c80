import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { DimseOptions, ReceiveRequest } from '../app/receiving.ts';
import type { Receiving } from '../contract/receiving.ts';
import { SemblanceError, toSemblanceError } from '../domain/errors/error.ts';
import { checkedHost } from '../server/addresses.ts';
import { collect, wholeNumber } from './output.ts';

/** From whom objects are taken, and how many are kept. */
export interface ReceivingOptions {
  aet: string;
  allow: string[];
  tlsCertificate?: string;
  tlsKey?: string;
  tlsCa?: string;
  maxAssociations: number;
  silence: number;
  maxReceived: number;
  keepFree: number;
}

/** A port number from the command line; 0 asks for any free one. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new SemblanceError('USAGE', `"${text}" is not a port.`);
  }
  return port;
}

/** Adds the options of whoever takes objects. */
export function withReceivingOptions(command: Command): Command {
  return command
    .option('--aet <title>', 'title of this side (AE title)', 'SEMBLANCE')
    .option(
      '--allow <title[@address]>',
      'who may send by DIMSE, once for each: an AE title, or * for any, from anywhere, an address or a network',
      collect,
      [],
    )
    .option('--tls-certificate <file>', 'DIMSE over TLS: the certificate of this side (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option('--tls-ca <file>', 'who signs the certificates of those who send, which they then need')
    .option('--max-associations <n>', 'associations at a time', wholeNumber, 64)
    .option('--silence <s>', 'seconds that an association may say nothing', wholeNumber, 60)
    .option('--max-received <GB>', 'of all objects that are kept of a collection', wholeNumber, 100)
    .option('--keep-free <MB>', 'of the disk', wholeNumber, 1000);
}

/** How much is kept, as the application takes it. */
export function receivedLimits({ maxReceived, keepFree }: ReceivingOptions) {
  return {
    maxBytes: maxReceived * 1e9,
    keepFree: keepFree * 1e6,
  } satisfies Partial<ReceiveRequest>;
}

/**
 * Where associations are taken, as the application takes it.
 * @throws SemblanceError HOST_NOT_PRIVATE, PORT_NOT_ALLOWED, USAGE and those of reading files
 */
export async function dimseOptions(
  { aet, allow, maxAssociations, silence, ...options }: ReceivingOptions,
  { host, port, insecure }: { host: string; port: number; insecure: boolean },
): Promise<DimseOptions> {
  const tls = readTls(options);
  // Who has to show a certificate is asked who he is.
  const { address } = await checkedHost(host, insecure || tls?.ca !== undefined);
  return {
    ...{ host: address, port, aet, allow, maxAssociations, silence: silence * 1000 },
    ...(tls && { tls }),
  };
}

/** @throws SemblanceError USAGE, PATH_NOT_FOUND and others of reading a file */
function readTls({ tlsCertificate, tlsKey, tlsCa }: Partial<ReceivingOptions>) {
  if (tlsCertificate === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCertificate === undefined || tlsKey === undefined) {
    throw new SemblanceError('USAGE', 'TLS needs both --tls-certificate and --tls-key.');
  }
  const read = (file: string) => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw toSemblanceError(error, file);
    }
  };
  const [cert, key] = [read(tlsCertificate), read(tlsKey)];
  if (tlsCa === undefined) return { cert, key };
  return { cert, key, ca: read(tlsCa), requestCert: true, rejectUnauthorized: true };
}

/** What was received, as a line for people. */
export function receivingText(state: Receiving): string {
  const { received, known, apart, refused, troubles, waiting, indexed, leftOut, failed } = state;
  const listed = (name: string, of: Record<string, number>) => {
    const all = Object.entries(of);
    const sum = all.reduce((total, [, count]) => total + count, 0);
    return sum === 0 ? [] : [`${sum} ${name} (${all.map(([why, n]) => `${why} ${n}`).join(', ')})`];
  };
  return [
    `${received} received`,
    ...(known > 0 ? [`${known} known already`] : []),
    ...(apart > 0 ? [`${apart} kept apart (the UID of another, with other bytes)`] : []),
    ...listed('refused', refused),
    ...listed('troubles', troubles),
    ...(waiting > 0 ? [`${waiting} wait to be indexed`] : []),
    `${indexed} indexed`,
    ...listed('left out', leftOut),
    ...listed('failed', failed),
    ...(state.problem ? [`indexing waits: ${state.problem}`] : []),
  ].join(', ');
}
