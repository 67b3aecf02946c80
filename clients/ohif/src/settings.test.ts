import { expect, it } from 'vitest';
import { settingsOf } from './settings.ts';

const PAGE = 'https://viewer.example/viewer?StudyInstanceUIDs=1.2.3';

it('reads the address of a server, or of a path of the same one', () => {
  const of = (url: unknown) => settingsOf({ url }, PAGE).url;
  expect(of('https://semblance.example/')).toBe('https://semblance.example');
  expect(of('https://semblance.example:8443/images/')).toBe(
    'https://semblance.example:8443/images',
  );
  expect(of('/semblance/')).toBe('https://viewer.example/semblance');
  expect(settingsOf({ url: '/' }, PAGE)).toEqual({
    ...{
      url: 'https://viewer.example',
      collection: undefined,
      sendPixels: true,
      position: 'right',
    },
  });
});

it.each([
  [{}, '"url"'],
  [{ url: 'javascript:alert(1)' }, '"url"'],
  [{ url: 'file:///etc/passwd' }, '"url"'],
  [{ url: 7 }, '"url"'],
  [{ url: '/', sendPixels: 'no' }, '"sendPixels"'],
  [{ url: '/', position: 'top' }, '"position"'],
  [{ url: '/', collection: 1 }, '"collection"'],
  [{ url: '/', sendpixels: false }, '"sendpixels" is no setting'],
])('refuses %j', (given, why) => {
  expect(() => settingsOf(given, PAGE)).toThrow(why);
});
