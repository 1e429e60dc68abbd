import { RuntimeError } from '../errors/runtime_error.js';
import type { HostFacts } from '../host/facts.js';
import { missingControllers } from '../spec/checks/resources/controllers.js';
import { diskProblems } from './checks/index.js';
import { readConfig, type Bundle } from './load.js';
import { readShape, type ReadShape } from '../spec/parse.js';
import { problem, type Problem } from '../spec/problem.js';
import { isJudgeable, isNews, repaired } from '../spec/repair.js';
import { findProblems } from './validate.js';

export interface BundleCheck extends Bundle {
  readonly host: HostFacts;
  /** The cgroup v2 controllers that the host offers, such as `pids`: the words in cgroup.controllers. */
  readonly controllers: readonly string[];
  /** The text of a configuration, used instead of a file. */
  readonly configText?: string;
}

/** Lists everything that is wrong or doubtful in a bundle on this host. Changes nothing, and throws nothing that the bundle could cause. */
export function checkBundle({ bundle, configFile, configText, host, controllers }: BundleCheck): readonly Problem[] {
  let read: ReadShape;
  try {
    const named = configFile === undefined ? {} : { configFile };
    read = readShape(configText === undefined ? readConfig({ bundle, ...named }) : { text: configText, path: 'config' });
  } catch (error) {
    if (error instanceof RuntimeError) return [unreadable(error)];
    throw error;
  }
  const { value, problems: shape } = read;
  const spec = repaired(value);
  if (spec === null || !isJudgeable(shape)) return shape;
  const others = [...findProblems({ spec, host }), ...missingControllers({ spec, controllers }), ...diskProblems({ spec, bundle })];
  return [...shape, ...others.filter(isNews(shape))];
}

function unreadable({ message, hint, path }: RuntimeError): Problem {
  return problem({
    pointer: '',
    expected: 'a configuration that can be read',
    found: path ?? 'none',
    remedy: hint ?? 'make the file readable',
    words: message,
  });
}
