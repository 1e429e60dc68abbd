import { problem, token, type Problem } from './problem.js';

/**
 * Strings that UTF-8 cannot hold: an escape such as \ud800 without its other half (RFC 8259, section 8.2). JSON text that is UTF-8 gets them by escapes
 * only, so that without one there is nothing to look for.
 */
export function loneSurrogates({ text, value }: { readonly text: string; readonly value: unknown }): readonly Problem[] {
  const problems: Problem[] = [];
  if (text.includes('\\ud') || text.includes('\\uD')) visit(value, '', problems);
  return problems;
}

function visit(value: unknown, pointer: string, problems: Problem[]): void {
  if (typeof value === 'string') {
    if (!isWellFormed(value)) problems.push(malformed(pointer));
  } else if (Array.isArray(value)) {
    value.forEach((element, index) => {
      visit(element, pointer + token(index), problems);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!isWellFormed(key)) problems.push(malformed(pointer));
      visit(member, pointer + token(key), problems);
    }
  }
}

function isWellFormed(text: string): boolean {
  // The u flag reads whole pairs as one character, so that only halves match.
  return !/[\ud800-\udfff]/u.test(text);
}

function malformed(pointer: string): Problem {
  return problem({
    pointer,
    expected: 'text that UTF-8 can hold',
    found: 'half of a surrogate pair',
    remedy: 'write the character itself, or both halves of its escape',
  });
}
