/** An error for the person at the terminal: its message says what is wrong, and a stack would add nothing. */
export class CommandError extends Error {
  override name = 'CommandError';
}
