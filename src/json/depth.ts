import { endOfString } from './string_end.js';

/**
 * More than any configuration needs. Engines parse and print JSON recursively, and QuickJS' parser has no guard of its own against a stack
 * overflow.
 */
export const depthLimit = 512;

/**
 * Whether JSON text nests deeper than {@link depthLimit}. Counting the opening brackets is enough for nearly every configuration, and takes
 * a few native calls; the text is only read if there are more of them.
 */
export function isTooDeep(text: string): boolean {
  return opens(text, '{') + opens(text, '[') > depthLimit && deepest(text) > depthLimit;
}

function opens(text: string, bracket: string): number {
  let count = 0;
  for (let at = text.indexOf(bracket); at >= 0 && count <= depthLimit; at = text.indexOf(bracket, at + 1)) count++;
  return count;
}

function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === openBrace || code === openBracket) {
      depth++;
      if (depth > most) most = depth;
    } else if (code === closeBrace || code === closeBracket) {
      depth--;
    } else if (code === quote) {
      at = endOfString(text, at);
    }
  }
  return most;
}

const quote = 0x22;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
