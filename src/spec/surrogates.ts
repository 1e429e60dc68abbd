import { problem, token, type Problem } from './problem.js';

/**
 * Finds strings that UTF-8 cannot represent: an escape such as \ud800 without its other half (RFC 8259, section 8.2). UTF-8 JSON text can
 * contain them only as escapes, so text without such an escape needs no search.
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
  // With the u flag, whole pairs are one character, so only halves match.
  return !/[\ud800-\udfff]/u.test(text);
}

function malformed(pointer: string): Problem {
  return problem({
    pointer,
    expected: 'text that UTF-8 can represent',
    found: 'half of a surrogate pair',
    remedy: 'write the character itself, or both halves of its escape',
  });
}
