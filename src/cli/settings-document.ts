import { Command } from 'commander';
import { withEveryServeOption } from './commands/serve.ts';
import { withGlobalOptions } from './options.ts';
import { kindOf, type Setting, settingsOf } from './settings.ts';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** What holds where nothing is said, as people read it. */
function defaultOf({ name, option }: Setting): string {
  if (name === 'home') return '`~/.semblance`';
  const { defaultValue, defaultValueDescription } = option;
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (option.negate) return '`true`';
  if (option.isBoolean()) return '`false`';
  const isNothing = defaultValue === undefined || String(defaultValue) === '';
  return isNothing ? '' : `\`${String(defaultValue)}\``;
}

/** The settings of a server as the Markdown page `docs/configuration.md`. */
export function settingsDocument(): string {
  const program = withGlobalOptions(new Command('semblance'));
  const settings = settingsOf(withEveryServeOption(program.command('serve')));
  const rows = settings.map((setting) => {
    const { name, variable, option } = setting;
    const cells = [`\`${name}\``, `\`${variable}\``, kindOf(setting), defaultOf(setting)];
    return `| ${[...cells, option.description].map(cell).join(' | ')} |`;
  });
  return `# Configuration

A setting of the server is given by an option of \`semblance serve\`, else by a variable of the environment, else by a file,
else its default holds:

\`\`\`yaml
# semblance.yaml
home: /var/lib/semblance
port: 7780
allow-host: [images.hospital.example]
max-upload: 500
dicom-web: uids
receive: arriving
dimse-port: 11112
allow: [MODALITY1@10.0.0.5]
\`\`\`

\`\`\`sh
semblance config check semblance.yaml        # names what is wrong, with its line; ends with 1 then
semblance serve --config semblance.yaml      # or SEMBLANCE_CONFIG=semblance.yaml
semblance config show --config semblance.yaml --port 8080   # each value, and where it comes from
\`\`\`

- **The file** is YAML 1.2, of which JSON is a part. A name stands for the option of the same name; what is not known, given twice or of
  another kind is refused when the server starts (\`SETTINGS_INVALID\`), each with its line. No file is read unless it is named. Paths in
  it count from where the server is started: write them whole.
- **A list** is separated by commas or spaces in a variable: \`SEMBLANCE_ALLOW_HOST="a.example b.example"\`. What is on or off is \`true\`
  or \`false\`, also \`yes\`, \`no\`, \`1\`, \`0\`; an empty variable counts as none. One that begins with \`SEMBLANCE_\` and is not known is said
  with what may be meant.
- **Secrets**: \`config show\` masks passwords, tokens and what stands before the \`@\` of an address. Those of an archive are given by the
  environment alone ([getting in](pacs.md#getting-in)), and \`SEMBLANCE_ENGINE_KEY\` by it, too; that of OpenID Connect by
  \`SEMBLANCE_OIDC_SECRET\` or the file that \`oidc-secret-file\` names.
- \`semblance demo\` takes its settings from the environment, too, as far as it has the option.

This page is made by \`npm run docs:settings\` from the options themselves: there is no other list.

| Setting | Variable | Is | Default | What |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
