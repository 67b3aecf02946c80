import Bowser from 'bowser';

/** A header that is longer is none of a browser. */
const LONGEST = 1000;
const SHOWN = 60;

/** What kind of browser says so of itself: "Firefox on Linux"; null where it says nothing that is known. */
export function browserOf(userAgent: string | undefined): string | null {
  if (userAgent === undefined || userAgent === '' || userAgent.length > LONGEST) return null;
  const parser = Bowser.getParser(userAgent);
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()];
  if (!browser) return null;
  return (system ? `${browser} on ${system}` : browser).slice(0, SHOWN);
}
