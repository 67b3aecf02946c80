/** How one signs in to an archive. */
export type SignIn = 'none' | 'password' | 'token';

/** What is told to an archive so that it lets somebody in. It stays in this form, and goes to the server alone. */
export interface Login {
  kind: SignIn;
  user: string;
  password: string;
  token: string;
}

export const NO_LOGIN: Login = { kind: 'none', user: '', password: '', token: '' };

/** Which studies are meant; empty for any. Days as 2024-01-31. */
export interface StudyChoice {
  from: string;
  to: string;
  modality: string;
  patient: string;
  description: string;
}

export const ALL_STUDIES: StudyChoice = {
  from: '',
  to: '',
  modality: '',
  patient: '',
  description: '',
};

const SCHEME = 'dicomweb+';
const DIMSE = /^dimse(\+tls)?:/i;

/** The address as the server takes it; a name without a scheme is asked by HTTPS. */
function rootOf(url: string): string {
  if (DIMSE.test(url.trim())) return url.trim();
  const text = url.trim().replace(/^dicomweb\+/i, '');
  return SCHEME + (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
}

/** The address with the studies that are meant, by QIDO-RS (PS3.18, 8.3.4.1). */
export function addressOf(url: string, choice: StudyChoice): string {
  const [root = '', given = ''] = rootOf(url).split('?', 2);
  const query = new URLSearchParams(given);
  const day = (text: string) => text.replaceAll('-', '');
  const set = (name: string, value: string) => {
    if (value !== '') query.set(name, value);
  };
  if (choice.from !== '' || choice.to !== '') {
    set('StudyDate', `${day(choice.from)}-${day(choice.to)}`);
  }
  set('ModalitiesInStudy', choice.modality);
  set('PatientID', choice.patient.trim());
  const words = choice.description.trim();
  // Stars match anything; who writes some knows where.
  set('StudyDescription', words === '' || words.includes('*') ? words : `*${words}*`);
  return query.size === 0 ? root : `${root}?${query}`;
}

/** What of a login is sent. */
export function secretsOf(login: Login): { user?: string; password?: string; token?: string } {
  if (login.kind === 'token') return login.token === '' ? {} : { token: login.token };
  if (login.kind === 'none' || login.user === '') return {};
  return { user: login.user, ...(login.password !== '' && { password: login.password }) };
}

/** Whether somebody on the way could read what is sent: it is not encrypted, and leaves this machine. */
export function isReadable(url: string): boolean {
  const text = rootOf(url).replace(SCHEME, '');
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^(http|dimse):$/.test(protocol) && !/^(localhost|127\.|\[::1\])/.test(hostname);
}

/** A name that a new collection can have. */
export const COLLECTION_NAME = '[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}';

/** A name for a collection made of another one; empty where nothing of it may stand in one. */
export function nameFrom(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\.(csv|tsv|zip)$/i, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 64);
}

/** Seconds as 1:05 or 1:02:03. */
export function clock(seconds: number): string {
  const s = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** What a failure means to who fills in the form, and what to do about it. */
const WORDS: Readonly<Record<string, { title: string; advice: string }>> = {
  LOGIN_REQUIRED: {
    title: 'You are not logged in any more',
    advice: 'Log in again to go on.',
  },
  PACS_HOST_UNKNOWN: {
    title: 'There is no computer of this name',
    advice:
      'Check how the name in the address is spelled. Names of a hospital are often known in its own network alone: are you in it, or connected by VPN?',
  },
  PACS_NOT_LISTENING: {
    title: 'The computer is there, but no archive answers',
    advice:
      'Check the port, the number behind the colon in the address. If it is right, ask whoever runs the archive whether it runs and lets this computer in.',
  },
  PACS_UNAVAILABLE: {
    title: 'The archive does not answer',
    advice:
      'It may be busy, switched off, or behind a firewall. Try again in a minute; if it stays so, ask whoever runs it.',
  },
  PACS_NOT_TRUSTED: {
    title: 'It is not certain that this is your archive',
    advice:
      'Its certificate is not signed by anybody whom this computer trusts. Nothing was sent. Ask whoever runs the archive for the certificate of their authority; whoever starts Semblance gives it in SEMBLANCE_DICOMWEB_CA.',
  },
  PACS_REFUSED: {
    title: 'The archive does not let you in',
    advice:
      'Check user and password, or the token. If they are right, ask whoever runs the archive whether you may use DICOMweb.',
  },
  PACS_ANSWER_INVALID: {
    title: 'Something answers, but it is no DICOMweb archive',
    advice:
      'The address may lead to a page for people, or to another service. Ask for the address of DICOMweb (QIDO-RS and WADO-RS); often it ends with /dicom-web or /rs.',
  },
  PACS_ADDRESS_INVALID: {
    title: 'The address cannot be read',
    advice:
      'It looks like https://pacs.hospital.example/dicom-web. User and password have fields of their own.',
  },
};

/** A failure in these words; one that has none as the server says it. */
export function inWords<T extends { code: string; title: string; advice: string }>(problem: T): T {
  return { ...problem, ...WORDS[problem.code] };
}
