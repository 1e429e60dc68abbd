/**
 * The part of AbortSignal that is used outside `src/library/`; there is none on QuickJS, where no option ever carries one.
 * Node.js' own declaration merges with it.
 */
interface AbortSignal {
  readonly aborted: boolean;
}
