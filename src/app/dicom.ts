import { resolve } from 'node:path';
import type { Inspection } from '../contract/dicom.ts';
import type { DicomPicture } from '../dicom/picture.ts';
import type { DecodeLimits } from '../domain/decode-limits.ts';
import {
  type ErrorData,
  errorData,
  SemblanceError,
  toSemblanceError,
} from '../domain/errors/error.ts';
import { parseWindow } from '../domain/window.ts';
import { PreprocessPool } from '../encoding/preprocess/pool.ts';
import type { InspectedFile } from '../encoding/preprocess/worker.ts';
import type { DataDirectory } from '../store/data-directory.ts';
import type { Call } from './call.ts';
import { locatePlace } from './locate.ts';

/** What is in DICOM files, before anything of them is indexed. */
export class DicomService {
  /** @internal */
  constructor(
    private readonly directory: DataDirectory,
    private readonly limits: DecodeLimits | undefined,
  ) {}

  /** See `locatePlace`. @throws SemblanceError PATH_NOT_FOUND */
  locate({ path }: { path: string }): string {
    return locatePlace(this.directory, path);
  }

  /**
   * What would be indexed of a file, with the stored pixels of all its frames; why it is refused is its `error`.
   * @param request path of the file, and the window as `parseWindow` reads it
   * @throws SemblanceError WINDOW_INVALID
   */
  async inspect(
    { signal }: Call,
    { file, window = 'default' }: { file: string; window?: string | undefined },
  ): Promise<Inspection> {
    const choice = parseWindow(window);
    const pool = new PreprocessPool({
      threads: 1,
      ...(this.limits === undefined ? {} : { limits: this.limits }),
    });
    try {
      return toInspection(await pool.inspect(resolve(file), choice, signal), file);
    } catch (error) {
      signal?.throwIfAborted();
      return {
        kind: 'unknown',
        indexed: false,
        identity: [],
        frames: [],
        error: told(error, file),
      };
    } finally {
      await pool.close();
    }
  }
}

function told(thrown: unknown, file: string): ErrorData {
  return { ...errorData(toSemblanceError(thrown, file)), subject: file };
}

function toInspection(found: InspectedFile, file: string): Inspection {
  const { kind, transferSyntax, modality, identity, frames, pixels, refusal } = found;
  return {
    kind: kind ?? 'unknown',
    indexed: kind === 'image' && refusal === undefined,
    ...(transferSyntax === undefined ? {} : { transferSyntax }),
    ...(modality === undefined ? {} : { modality }),
    identity,
    frames: frames.map(toFrame),
    ...(pixels === undefined ? {} : { pixels }),
    ...(refusal && { error: told(new SemblanceError(refusal.code, refusal.detail), file) }),
  };
}

function toFrame({
  width,
  height,
  channels,
  record,
}: Omit<DicomPicture, 'data'>): Inspection['frames'][number] {
  const { frame, codec, photometric, grey, shuttered, aspect, regions } = record;
  return {
    frame: frame + 1,
    codec,
    photometric,
    width,
    height,
    channels,
    // What the file calls a window is free text.
    windows: (grey?.windows ?? []).map(({ name, ...window }) => ({
      ...window,
      ...(window.source === 'file' || name === undefined ? {} : { preset: name }),
    })),
    windowReplaced: grey?.replaced ?? false,
    ...(grey && !grey.table && { slope: grey.slope, intercept: grey.intercept }),
    rescaleTable: grey?.table ?? false,
    inverted: grey?.inverted ?? false,
    padding: grey?.padding ?? 0,
    notFinite: grey?.notFinite ?? 0,
    shuttered,
    aspect,
    regions,
  };
}
