/** Moves the focus to the page's main part: what had it goes away. */
export function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true });
}
