/** What completes the value of an option: `files`, `directories`, a list of words, or nothing. */
export function valuesOf({ value, about }) {
  if (value === undefined) return undefined;
  if (value === 'directory' || value === 'file' || value === 'path') return value === 'directory' ? 'directories' : 'files';
  if (value === 'memory|directory') return ['memory'];
  const choices = /^([a-z]+(?:, [a-z]+)*) or ([a-z]+)\b/.exec(about);
  return choices === null ? [] : [...choices[1].split(', '), choices[2]];
}

/** Whether the first argument of a verb is the id of an existing container. */
export const takesContainer = ({ name, usage }) => usage.includes('container-id') && !['create', 'run', 'plan'].includes(name);

/** All spellings of an option, `--name` first. */
export const spellings = ({ name, short, aliases }) =>
  [name, ...(short === undefined ? [] : [short]), ...aliases].map((word) => (word.length === 1 ? `-${word}` : `--${word}`));

/** Whether the next word is the option's value. An optional value can only follow after `=`. */
export const takesWord = ({ value, valueIsOptional }) => value !== undefined && !valueIsOptional;
