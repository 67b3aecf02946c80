import { expect, it } from 'vitest';
import { parseViewerUrl } from './viewer-url.ts';

const TEMPLATE = 'https://viewer.example/viewer?StudyInstanceUIDs={study}&s={series}#{instance}';

it('puts UIDs into their places, percent-encoded', () => {
  const uids = { study: '1.2', series: '1.3&x=/../', instance: '"><script>$&{study}' };
  expect(parseViewerUrl(TEMPLATE)(uids)).toBe(
    'https://viewer.example/viewer?StudyInstanceUIDs=1.2&s=1.3%26x%3D%2F..%2F#%22%3E%3Cscript%3E%24%26%7Bstudy%7D',
  );
});

it.each([
  'javascript:alert(1)//{study}',
  'data:text/html,{study}',
  '//viewer.example/{study}',
  'https://{study}.example/',
  'https://viewer.example{study}/',
  'https://viewer.example:{study}/',
  'https://me:secret@viewer.example/{study}',
  'https://viewer.example/',
  'https://viewer.example/{study}/{patient}',
  'https://viewer.example/{study}/{constructor}',
  'https://viewer.example/{study}\r\nSet-Cookie: a=b',
  'https://viewer.example/{{study}',
  'https:///{study}',
])('is refused where it is no address of a viewer: %s', (template) => {
  expect(() => parseViewerUrl(template)).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
