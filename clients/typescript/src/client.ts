import createClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './schema.d.ts';

export type { components, operations, paths } from './schema.d.ts';

/** The shapes of the server by name. */
export type Schemas = components['schemas'];
/** A problem document (RFC 9457) with a code of docs/errors.md. */
export type Problem = Schemas['Problem'];

/** A client whose `GET` and `POST` know every address of the server, its parameters and answers. */
export type SemblanceClient = Client<paths>;

/** What the server refused, with its reason. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail === '' ? problem.title : `${problem.title}: ${problem.detail}`);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** Where the server is, and how it is asked. */
export interface ClientOptions {
  /** The address that `/api` follows, for instance http://127.0.0.1:7780; `.` for beside the page. */
  baseUrl: string;
  /** A key of `semblance keys add`, where the server asks for one. */
  key?: string;
  /** Makes each request; by default `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/** Spread into a call whose body is JSON: `client.POST(path, { ...JSON_BODY, body })`. */
export const JSON_BODY = { bodySerializer: (body: unknown) => JSON.stringify(body) };

/**
 * A client of a Semblance server. Bodies are forms: text, numbers and files, several in an array; those of `JSON_BODY`
 * are JSON. The `error` of a call is always a problem document, also where a proxy answered in the server's place.
 */
export function createSemblanceClient({ key, ...options }: ClientOptions): SemblanceClient {
  const headers = key === undefined ? {} : { Authorization: `Bearer ${key}` };
  const client = createClient<paths>({ ...options, headers, bodySerializer: formOf });
  client.use({
    onResponse: async ({ response }) => {
      if (response.ok || (await readProblem(response.clone()))) return undefined;
      return Response.json(unexplained(response.status), { status: response.status });
    },
  });
  return client;
}

/**
 * What a call answers.
 * @throws {ProblemError} when the server refused it
 */
export async function dataOf<T>(call: Promise<{ data?: T; error?: Problem }>): Promise<T> {
  const { data, error } = await call;
  if (error !== undefined) throw new ProblemError(error);
  // An empty answer; no operation has one.
  if (data === undefined) throw new SyntaxError('The answer of the server is empty.');
  return data;
}

/** The problem document of an answer; null when it holds none. Reads its body. */
export async function readProblem(response: Response): Promise<Problem | null> {
  const document: unknown = await response.json().catch(() => null);
  if (!isObject(document) || typeof document.title !== 'string') return null;
  const text = (name: string, otherwise = '') => {
    const value = document[name];
    return typeof value === 'string' ? value : otherwise;
  };
  return {
    type: text('type', 'about:blank'),
    title: document.title,
    status: typeof document.status === 'number' ? document.status : response.status,
    detail: text('detail'),
    code: text('code'),
    advice: text('advice'),
  };
}

function unexplained(status: number): Problem {
  return {
    type: 'about:blank',
    title: 'The answer is not of Semblance',
    status,
    detail: `Something answered with status ${status} in its place.`,
    code: 'UNEXPECTED',
    advice: 'Check the address, and what stands between.',
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function formOf(body: object = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each === undefined) continue;
      if (each instanceof Blob) form.append(name, each, nameOf(each));
      else form.append(name, String(each));
    }
  }
  return form;
}

function nameOf(file: Blob): string {
  return (file instanceof File && file.name) || 'picture';
}
