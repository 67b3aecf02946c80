import { ERRORS, type ErrorCode } from './registry.ts';

/** An error with a code of the registry: what happened to which thing, and what to do about it. */
export class SemblanceError extends Error {
  override readonly name = 'SemblanceError';
  readonly code: ErrorCode;
  /** The file, parameter or other thing concerned; shown to the user, never written to a log. */
  readonly subject: string | undefined;

  /**
   * @param code one of the registry
   * @param detail one sentence that says what happened here
   * @param options `subject`: the file or thing concerned; `cause`: the error below
   */
  constructor(
    code: ErrorCode,
    detail: string,
    options: { subject?: string; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.subject = options.subject;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get title(): string {
    return ERRORS[this.code].title;
  }

  get advice(): string {
    return ERRORS[this.code].advice;
  }
}

/** How many places an error remembers; V8 has it, the language does not. */
const traces = Error as ErrorConstructor & { stackTraceLimit?: number | undefined };

/** An error that is listed, not thrown: of millions, where in this program they were made is of no interest. */
export function listedError(code: ErrorCode, detail: string, subject: string): SemblanceError {
  const limit = traces.stackTraceLimit;
  traces.stackTraceLimit = 0;
  const error = new SemblanceError(code, detail, { subject });
  traces.stackTraceLimit = limit;
  return error;
}

/** An error as plain data, for JSON documents and lists of problems. */
export interface ErrorData {
  code: ErrorCode;
  title: string;
  detail: string;
  advice: string;
  subject: string | null;
}

/** An error as plain data. */
export function errorData(error: SemblanceError): ErrorData {
  const { code, title, message: detail, advice, subject = null } = error;
  return { code, title, detail, advice, subject };
}

/** So much of what was given is repeated in an error, in characters. */
const EXCERPT = 120;

/** A text for a message: its beginning, when it is long. */
export function excerpt(text: string, length = EXCERPT): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The system's error code (`ENOENT`, `EACCES`, ...) of an unknown error, if it has one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/**
 * Turns any thrown value into a coded error: coded ones pass through, the file system's
 * (missing, forbidden, full) get their code, everything else becomes `INTERNAL`.
 *
 * @param subject the file or thing that was being worked on
 */
export function toSemblanceError(error: unknown, subject?: string): SemblanceError {
  if (error instanceof SemblanceError) return error;
  const options = { cause: error, ...(subject === undefined ? {} : { subject }) };
  const message = error instanceof Error ? error.message : String(error);
  const code = systemCode(error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      // Bytes that are no UTF-8 are read as this character, with which there is no such file.
      if (subject?.includes('\ufffd')) {
        return new SemblanceError('PATH_NOT_UTF8', 'Its name is not UTF-8.', options);
      }
      return new SemblanceError('PATH_NOT_FOUND', 'The path does not exist.', options);
    case 'EACCES':
    case 'EPERM':
      return new SemblanceError('PATH_NOT_READABLE', 'The system refused access.', options);
    case 'ENAMETOOLONG':
      return new SemblanceError('PATH_NOT_FOUND', 'The path is too long for the system.', options);
    case 'ELOOP':
      return new SemblanceError('PATH_NOT_FOUND', 'Its links lead in a circle.', options);
    case 'EISDIR':
      return new SemblanceError('PATH_NOT_A_FILE', 'It is a folder.', options);
    case 'ENXIO':
    case 'ENODEV':
    case 'EOPNOTSUPP':
      return new SemblanceError('PATH_NOT_A_FILE', 'It is a socket or a device.', options);
    case 'EROFS':
      return new SemblanceError('PATH_READ_ONLY', 'Its file system is mounted read-only.', options);
    case 'EIO':
    case 'ESTALE':
    case 'ETIMEDOUT':
    case 'ENOTCONN':
    case 'EHOSTDOWN':
    case 'EREMOTEIO':
    case 'EUCLEAN':
      return new SemblanceError(
        'PATH_NOT_READABLE',
        `The disk or its network did not answer as it should (${code}).`,
        options,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new SemblanceError('TOO_MANY_FILES', 'No further file can be opened.', options);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return new SemblanceError('DISK_FULL', 'The disk is full.', options);
    default:
      return new SemblanceError('INTERNAL', message, options);
  }
}
