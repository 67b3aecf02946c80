// Fetches the viewer that the tests run the extension in: OHIF as it is published, built, in a folder that git ignores.
// It is no dependency: npm would install the parts that it was built from, too, which are many times as large.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@ohif/app@3.13.2';
const INTEGRITY =
  'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==';
/** Models and a viewer of slides, which are most of it and of no use here. */
const LEFT_OUT = ['package/dist/ort', 'package/dist/dicom-microscopy-viewer'];

const folder = fileURLToPath(new URL('viewer', import.meta.url));
const part = `${folder}.part`;

if (!existsSync(folder)) {
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  const packed = execFileSync('npm', ['pack', PACKAGE, '--json', '--pack-destination', part]);
  const [{ filename }] = JSON.parse(packed.toString());
  const archive = `${part}/${filename}`;
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (`sha512-${hash}` !== INTEGRITY) throw new Error(`${PACKAGE} is not the one that is known.`);
  const excluded = LEFT_OUT.flatMap((each) => ['--exclude', each]);
  execFileSync('tar', ['xzf', archive, '-C', part, ...excluded, 'package/dist']);
  renameSync(`${part}/package/dist`, folder);
  rmSync(part, { recursive: true });
}
console.log(`${PACKAGE} is in ${folder}`);
