import { expect, test } from 'vitest';
import { printProblems } from '../../../../src/commands/check/problem_list.js';
import { problem, warning } from '../../../../src/spec/problem.js';

test('a problem shows where it is, what is wrong, and how to solve it', () => {
  const problems = [
    problem({ pointer: '/process/cwd', expected: 'an absolute path', found: '"tmp"', remedy: 'begin it with a slash' }),
    warning({ pointer: '', expected: 'x', found: 'y', remedy: 'mend it', words: 'something is odd' }),
  ];
  expect(printProblems(problems)).toBe(
    [
      'error: /process/cwd: must be an absolute path, found "tmp"',
      '  remedy: begin it with a slash',
      'warning: config.json: something is odd',
      '  remedy: mend it',
      '1 error, 1 warning',
    ].join('\n'),
  );
});

test('a valid bundle is reported as such', () => {
  expect(printProblems([])).toBe('no errors, no warnings');
});
