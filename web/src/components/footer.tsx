import { LoggedIn, OpenNotice, SettingsLink } from './login.tsx';

/** What this is not, on every state of the page. */
export function Footer({ keys = false }: { keys?: boolean }) {
  return (
    <footer className="footer">
      <OpenNotice />
      <SettingsLink />
      <LoggedIn />
      <span>Not a medical device; for research and teaching.</span>
      <span className="footer-more">
        Similarity compares appearance. It is not a diagnosis and not a probability.
      </span>
      {keys && (
        <span className="footer-keys">
          <kbd>?</kbd> keys
        </span>
      )}
    </footer>
  );
}
