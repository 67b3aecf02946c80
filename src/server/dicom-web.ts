import type { MiddlewareHandler } from 'hono';
import { SemblanceError } from '../domain/errors/error.ts';

/** What a server gives away of whom images are of: UIDs of studies, series and instances, and maybe more. */
export interface DicomWebPolicy {
  /** Names, numbers and dates of patients, too. */
  personal: boolean;
}

/** Refuses requests whose answers name patients, unless that was allowed. */
export function requirePatients(policy: DicomWebPolicy | undefined): MiddlewareHandler {
  return async (_, next) => {
    if (!policy?.personal) {
      const why = 'The server was started without --dicom-web patients.';
      throw new SemblanceError('DICOMWEB_OFF', why);
    }
    await next();
  };
}

/** Refuses requests whose answers name instances by their own UIDs, unless that was allowed. */
export function requireDicomWeb(policy: DicomWebPolicy | undefined): MiddlewareHandler {
  return async (_, next) => {
    if (policy === undefined) {
      throw new SemblanceError('DICOMWEB_OFF', 'The server was started without --dicom-web.');
    }
    await next();
  };
}
