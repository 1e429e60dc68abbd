import { output } from './run.js';

/** The verbs that `tsrun --help` lists. */
export function verbs(): readonly string[] {
  const text = output(['dist/tsrun', '--help']);
  return [...text.slice(text.indexOf('\nCommands:')).matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '');
}

/** The options that `tsrun [VERB] --help` lists, as they are typed. */
export function optionsOf(verb?: string): readonly string[] {
  const text = output(['dist/tsrun', ...(verb === undefined ? [] : [verb]), '--help']);
  const lines = [...text.matchAll(/^ {2}(-[^ ]+(?: --[^ ]+)?) /gm)].map((match) => match[1] ?? '');
  return lines.flatMap((line) => line.split(/,? /));
}
