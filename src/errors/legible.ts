/**
 * A text of others with its control characters but line feeds written as \xNN: a hook, an image or a process of a container may have chosen it, and a terminal
 * would obey it.
 */
export function legible(text: string): string {
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
