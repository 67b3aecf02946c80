/** What operating systems, storage devices and programs leave in folders of pictures; in lower case. */
const NAMES: ReadonlySet<string> = new Set([
  // macOS
  '__macosx',
  'icon\r',
  'network trash folder',
  'temporary items',
  'thevolumesettingsfolder',
  // Windows
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  '$recycle.bin',
  'recycler',
  'recycled',
  'system volume information',
  '$extend',
  '$winreagent',
  'config.msi',
  'dfsrprivate',
  'wpsettings.dat',
  'picasa.ini',
  'zbthumbnail.info',
  // Linux
  'lost+found',
  // Synology, QNAP, NetApp and others of their kind
  '@eadir',
  '@tmp',
  '@synoresource',
  '@appstore',
  '@docker',
  '@recycle',
  '@recently-snapshot',
  '@sharebin',
  '@sharesnap',
  '@snapshot',
  '@__thumb',
  '#recycle',
  '#snapshot',
  '~snapshot',
  // Tools
  'cvs',
  '__pycache__',
  'node_modules',
]);

/** Locks, backups, and files that a program has not finished writing. */
const PATTERNS: readonly RegExp[] = [
  /^~\$/,
  /~$/,
  /^#.*#$/,
  /^found\.\d{3}$/,
  /@syno(eastream|resource)$/,
  // Streams of a file beside its content, where a disk of Windows or macOS was copied.
  /[:\uf03a\uf022](zone\.identifier|encryptable|afp_\w+|com\.[\w.]+)(:\$data)?$/,
  /\.(part|partial|filepart|crdownload|download|opdownload|aria2|tmp|temp|swp|swo|lock|lck)$/,
];

/**
 * Whether a file or folder is hidden (its name begins with a dot: .DS_Store, .Trash-1000, ._scan.png,
 * .git) or one that systems and programs leave behind, so that nobody means it as a picture.
 */
export function isLeftover(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower.startsWith('.') || NAMES.has(lower) || PATTERNS.some((pattern) => pattern.test(lower))
  );
}
