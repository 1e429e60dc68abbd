import type { Check } from '../../check.js';
import { noProblems, problem, show, token, type Problem } from '../../problem.js';
import type { Process } from '../../types.js';

/** `create` needs a program to run (config.md, "Process"; runc's validateProcessSpec). */
export const processIsGiven: Check = ({ process }) => {
  if (process !== undefined) return processProblems(process, '/process');
  const words = 'process property must not be empty';
  return [
    problem({ pointer: '/process', expected: 'present', found: 'nothing', remedy: 'add "process" with "args", "cwd" and "user"', words }),
  ];
};

/** Finds what makes a process impossible to start, wherever its document is from. */
export function processProblems(process: Process, pointer: string): readonly Problem[] {
  return [...argsAreGiven(process, pointer), ...cwdIsAbsolute(process, pointer), ...environmentHasNames(process, pointer)];
}

function argsAreGiven({ args }: Process, pointer: string): readonly Problem[] {
  if (args !== undefined && args.length > 0 && args[0] !== '') return noProblems;
  const words = args?.[0] === '' ? undefined : 'args must not be empty';
  return [
    problem({
      pointer: args?.[0] === '' ? `${pointer}/args/0` : `${pointer}/args`,
      expected: 'the program and its arguments',
      found: args?.[0] === '' ? '""' : show(args),
      remedy: 'name the program to run, such as ["sh"]',
      ...(words === undefined ? {} : { words }),
    }),
  ];
}

function cwdIsAbsolute({ cwd }: Process, pointer: string): readonly Problem[] {
  if (cwd.startsWith('/')) return noProblems;
  return [
    problem({
      pointer: `${pointer}/cwd`,
      expected: 'an absolute path',
      found: show(cwd),
      remedy: `write ${cwd === '' ? '"/"' : show(`/${cwd}`)}`,
    }),
  ];
}

/** Entries without a name are refused, as by runc, because no program could look them up. */
function environmentHasNames({ env }: Process, pointer: string): readonly Problem[] {
  let problems: Problem[] | undefined;
  const list = env ?? [];
  for (let index = 0; index < list.length; index++) {
    const entry = list[index] as string;
    if (entry.indexOf('=') > 0) continue;
    problems ??= [];
    problems.push(
      problem({
        pointer: `${pointer}/env${token(index)}`,
        expected: 'of the form NAME=value',
        found: show(entry),
        remedy: 'give the variable a name and a value, or remove it',
      }),
    );
  }
  return problems ?? noProblems;
}
