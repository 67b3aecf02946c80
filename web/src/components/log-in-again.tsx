/** The way back in for whom a session has ended, to what is shown. */
export function LogInAgain({ code }: { code: string }) {
  if (code !== 'LOGIN_REQUIRED') return null;
  return (
    <p>
      <button type="button" className="button" onClick={() => location.reload()}>
        Log in
      </button>
    </p>
  );
}
