/** What the page around the viewer says of Semblance. */
export interface Settings {
  /** Address of the server: `https://semblance.example`, or a path of the viewer's own server. */
  url: string;
  /** The collection that is searched at first; by default one that has the image, else the first. */
  collection: string | undefined;
  /** Whether pixels may be sent of images that Semblance does not know. */
  sendPixels: boolean;
  /** Where the panel stands in every mode; nowhere of itself with `none`, where a mode names it. */
  position: 'left' | 'right' | 'none';
}

/** What is wrong with the settings. */
export class SettingsError extends Error {}

/**
 * Reads `semblance` of the viewer's configuration.
 * @throws {SettingsError} where it cannot be used
 */
export function settingsOf(
  given: Readonly<Record<string, unknown>>,
  page = location.href,
): Settings {
  const { url, collection, sendPixels = true, position = 'right', ...others } = given;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw new SettingsError(`"${unknown}" is no setting.`);
  if (typeof url !== 'string' || !URL.canParse(url, page)) {
    throw new SettingsError('"url" has to be the address of the server.');
  }
  const { origin, pathname, protocol } = new URL(url, page);
  if (!/^https?:$/.test(protocol)) throw new SettingsError('"url" has to be http or https.');
  if (collection !== undefined && typeof collection !== 'string') {
    throw new SettingsError('"collection" has to be a name.');
  }
  if (typeof sendPixels !== 'boolean') {
    throw new SettingsError('"sendPixels" has to be true or false.');
  }
  if (position !== 'left' && position !== 'right' && position !== 'none') {
    throw new SettingsError('"position" has to be "left", "right" or "none".');
  }
  return { url: origin + pathname.replace(/\/+$/, ''), collection, sendPixels, position };
}
