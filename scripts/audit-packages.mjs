// Asks the registry which packages of the lock file have known weaknesses: `npm run audit`. It ends with 1 where one that
// is installed with the program has, with 2 where nobody could be asked: no answer is not taken for a good one.
import { spawnSync } from 'node:child_process';

const { stdout, error } = spawnSync('npm', ['audit', '--json', '--omit=dev'], {
  encoding: 'utf8',
  maxBuffer: 1e8,
});
const end = (code, ...lines) => {
  console.log(lines.join('\n'));
  process.exit(code);
};
if (error) end(2, `npm could not be run: ${error.message}`);
let told;
try {
  told = JSON.parse(stdout);
} catch {
  end(2, 'npm gave no answer that can be read.');
}
const { metadata, vulnerabilities } = told;
if (metadata === undefined || vulnerabilities === undefined) {
  const why = told.error?.summary || told.message || 'it has no audits, or is not reached';
  end(2, `Nothing was looked at: the registry does not say what is known (${why}).`);
}
const found = Object.values(vulnerabilities);
const packages = metadata.dependencies?.prod ?? metadata.dependencies?.total;
if (found.length === 0) end(0, `${packages} packages, none with a known weakness.`);
end(
  1,
  `${found.length} of ${packages} packages have known weaknesses:`,
  ...found.map(({ name, severity, via, fixAvailable }) => {
    const titles = via.map((each) => each.title ?? each).join('; ');
    return `  ${name} (${severity}): ${titles}${fixAvailable ? '' : ' (not mended yet)'}`;
  }),
);
