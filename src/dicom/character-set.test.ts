import { expect, it } from 'vitest';
import { decodeText } from './character-set.ts';

/** Names in each character set of PS3.3, C.12.1.1.2, written by pydicom; those with escape sequences by PS3.5, annexes H to K. */
const NAMES: readonly [characterSet: string, hex: string, name: string][] = [
  ['ISO_IR 100', '4dfc6c6c65725e5a6feb', 'Müller^Zoë'],
  ['ISO_IR 101', '5761b3ea73615ea3756b61737a', 'Wałęsa^Łukasz'],
  ['ISO_IR 109', 'c66170656b5ede61b6', 'Ĉapek^Ŝaĥ'],
  ['ISO_IR 110', 'd3fef369735ed1696e61', 'Ķūķis^Ņina'],
  ['ISO_IR 144', 'bbeeda6365dcd17970d3', 'Люкceмбypг'],
  ['ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1', 'قباني^لنزار'],
  ['ISO_IR 126', 'c4e9efedf5f3e9eff2', 'Διονυσιος'],
  ['ISO_IR 138', 'f9f8e5ef5ee3e1e5f8e4', 'שרון^דבורה'],
  ['ISO_IR 148', 'de6168696e5ec761f072fd', 'Şahin^Çağrı'],
  ['ISO_IR 203', 'bc757672655eb469a6656b', 'Œuvre^ŽiŠek'],
  ['ISO_IR 166', 'e4b7c25eb9d2c1', 'ไทย^นาม'],
  ['ISO_IR 13', 'd4cfc0de5ec0dbb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['ISO_IR 192', 'e5b1b1e794b05ee5a4aae9838e3de38284e381bee381a0', '山田^太郎=やまだ'],
  ['GB18030', 'cdf55ed0a1b6ab', '王^小东'],
  ['GBK', 'cdf55ed0a1b6ab', '王^小东'],
  ['\\ISO 2022 IR 203', '59763d1b2d62bc75767265', 'Yv=Œuvre'],
  [
    'ISO 2022 IR 6\\ISO 2022 IR 87',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  ['ISO 2022 IR 6\\ISO 2022 IR 159', '546573745e1b24284430211b2842', 'Test^丂'],
  [
    '\\ISO 2022 IR 149',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  [
    '\\ISO 2022 IR 58',
    '5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d',
    'Zhang^XiaoDong=张^小东=',
  ],
  [
    'ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126',
    '44696f6e7973696f733d1b2d46c4e9efedf5f3e9eff23d1b2d4cbbeeda6365dcd17970d3',
    'Dionysios=Διονυσιος=Люкceмбypг',
  ],
  [
    '\\ISO 2022 IR 127\\ISO 2022 IR 138\\ISO 2022 IR 148\\ISO 2022 IR 101',
    '4b616262616e693d1b2d47e2c8c7e6ea3d1b2d48f9f8e5ef',
    'Kabbani=قباني=שרון',
  ],
];

it.each(NAMES)('a name in %s is read', (characterSet, hex, name) => {
  expect(decodeText(Buffer.from(hex, 'hex'), characterSet, 'PN')).toBe(name);
});

it.each(['411b', '1b24', '1b24423b', '1b2d', '1b1b1b', '1b2842ff'])(
  'escape sequences that end early or say nothing are no error: %s',
  (hex) => {
    for (const [characterSet] of NAMES) {
      expect(typeof decodeText(Buffer.from(hex, 'hex'), characterSet, 'PN')).toBe('string');
    }
  },
);
