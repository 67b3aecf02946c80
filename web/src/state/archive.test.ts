import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/domain/errors/registry.ts';
import {
  ALL_STUDIES,
  addressOf,
  clock,
  inWords,
  isReadable,
  NO_LOGIN,
  secretsOf,
} from './archive.ts';

describe('the address of an archive', () => {
  it.each([
    ['https://pacs.example/dicom-web', 'dicomweb+https://pacs.example/dicom-web'],
    [' pacs.example/rs ', 'dicomweb+https://pacs.example/rs'],
    ['http://localhost:8042/dicom-web', 'dicomweb+http://localhost:8042/dicom-web'],
    ['dicomweb+https://pacs.example/rs', 'dicomweb+https://pacs.example/rs'],
  ])('is taken as it is written: %s', (url, address) => {
    expect(addressOf(url, ALL_STUDIES)).toBe(address);
  });

  it('says which studies are meant', () => {
    const choice = {
      ...{ from: '2024-01-31', to: '', modality: 'CT', patient: ' 7 ', description: 'thorax & co' },
    };
    const { searchParams } = new URL(addressOf('https://host/rs', choice).replace('dicomweb+', ''));
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ StudyDate: '20240131-', ModalitiesInStudy: 'CT', PatientID: '7' },
      StudyDescription: '*thorax & co*',
    });
    const until = addressOf('https://host/rs?limit=5', { ...ALL_STUDIES, to: '2024-02-01' });
    expect(until).toBe('dicomweb+https://host/rs?limit=5&StudyDate=-20240201');
    expect(addressOf('https://host/rs', { ...ALL_STUDIES, description: 'CT*' })).toContain('=CT*');
  });

  it('is readable on the way without encryption, but for this machine', () => {
    expect(isReadable('http://pacs.example/rs')).toBe(true);
    expect(isReadable('https://pacs.example/rs')).toBe(false);
    expect(isReadable('http://127.0.0.1:8042/rs')).toBe(false);
    expect(isReadable('pacs.example')).toBe(false);
  });
});

it('a login is what was chosen, and nothing that was typed before', () => {
  const typed = { ...NO_LOGIN, user: 'me', password: 'x', token: 't' };
  expect(secretsOf(typed)).toEqual({});
  expect(secretsOf({ ...typed, kind: 'password' })).toEqual({ user: 'me', password: 'x' });
  expect(secretsOf({ ...typed, kind: 'token' })).toEqual({ token: 't' });
});

it('every failure of an archive has words of its own', () => {
  // The form fetches no single instance and sends none.
  const told = Object.entries(ERRORS).filter(
    ([code]) => /^PACS_/.test(code) && !/INSTANCE_GONE|STORE_REFUSED|SECRET/.test(code),
  );
  for (const [code, { title, advice }] of told) {
    expect(inWords({ code, title, advice }).title, code).not.toBe(title);
  }
});

it.each([
  [5, '0:05'],
  [65, '1:05'],
  [3723, '1:02:03'],
])('%d seconds are %s', (seconds, text) => expect(clock(seconds)).toBe(text));
