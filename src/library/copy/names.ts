import { refusal } from './failure.js';

const method = 'copyIn';

/** The names of a path below the target, as tar has them: without a slash at the beginning, and without `..`. */
export function namesOf(path: string): string[] {
  const names = withoutNul(path)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw refusal({ method, path, reason: 'a path of an archive must not have ".."' });
  return names;
}

export function withoutNul(text: string): string {
  if (text.includes('\0')) throw refusal({ method, path: text.replace(/\0.*/s, ''), reason: 'a path of an archive must not have NUL' });
  return text;
}
