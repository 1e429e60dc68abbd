/** Two paths of PATH_MAX and some words: nothing that is meant to be read is longer. */
const kept = 12_288;
const end = 1024;

/**
 * A text that a configuration is quoted in, without its middle where it is huge: what engines keep and show is not for the author of an image to fill. The end
 * stays, for the reason is there.
 */
export function clipped(text: string): string {
  if (text.length <= kept) return text;
  return `${text.slice(0, kept - end)} [... ${text.length - kept} characters ...] ${text.slice(-end)}`;
}
