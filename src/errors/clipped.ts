/** Two paths of PATH_MAX and some words: no readable message is longer. */
const kept = 12_288;
const end = 1024;

/**
 * Cuts the middle out of a huge message that quotes a configuration, so that the author of an image cannot fill what engines store and
 * show. The end stays because it contains the reason.
 */
export function clipped(text: string): string {
  if (text.length <= kept) return text;
  return `${text.slice(0, kept - end)} [... ${text.length - kept} characters ...] ${text.slice(-end)}`;
}
